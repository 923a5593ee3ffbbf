# mod_python in Debian's httpd. The last stage, runtime, is the image to use:
#
#   docker build --tag mod_python . && docker run --publish 8080:8080 --volume "$PWD/site:/srv/site:ro" mod_python
#
# dist/docker/httpd.conf says what it serves and how to change that. dist/base-image makes the base image where it
# cannot be pulled; --build-arg BASE=debian:trixie-slim builds on another Debian. No BuildKit syntax is used, so that
# the classic builder understands this file too.
ARG BASE=debian:bookworm-slim

# -- toolchain: what the build needs -----------------------------------------------------------------------------------
FROM $BASE AS toolchain
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        apache2-bin apache2-dev autoconf ca-certificates gcc libc6-dev make python3-dev python3-pip
# pip brings a list of authorities of its own; Debian's also has those that this machine's owner trusts.
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# -- environment: the virtual environment that the module will have baked in -------------------------------------------
FROM toolchain AS environment
WORKDIR /source
COPY pyproject.toml ./
RUN python3 -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
        print(*project["dependencies"], sep="\n", file=open("runtime.txt", "w")); \
        print(*project["optional-dependencies"]["test"], sep="\n", file=open("test.txt", "w"))' \
    && python3 -m venv --without-pip /opt/mod_python \
    && python3 -m pip --python /opt/mod_python/bin/python install --quiet --requirement runtime.txt

# -- build: compiles, and installs into /staged ------------------------------------------------------------------------
FROM environment AS build
COPY . ./
RUN autoconf \
    && ./configure --quiet --with-python=/opt/mod_python/bin/python --enable-werror \
    && make --quiet --jobs="$(nproc)" all \
    && make --quiet install DESTDIR=/staged

# -- installed: httpd, Python and the module, nothing else -------------------------------------------------------------
FROM $BASE AS installed
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        apache2-bin ca-certificates media-types python3 \
    && apt-get install -qy --no-install-recommends "lib$(py3versions --default)" \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
COPY --from=environment /opt/mod_python /opt/mod_python
COPY --from=build /staged /

# -- test: the same, with the packages that the test sites import; BACKEND=docker pytest runs its servers in it --------
FROM environment AS test-packages
RUN python3 -m pip --python /opt/mod_python/bin/python install --quiet --requirement test.txt

FROM installed AS test
COPY --from=test-packages /opt/mod_python /opt/mod_python
COPY --from=build /staged /

# -- runtime: an unprivileged httpd on port 8080 that serves /srv/site -------------------------------------------------
# A site that needs packages of its own starts from this image:
#   FROM mod_python
#   USER root
#   RUN apt-get update && apt-get install -y --no-install-recommends python3-pip \
#       && python3 -m pip --python /opt/mod_python/bin/python install flask
#   USER www-data
#   COPY site /srv/site
FROM installed AS runtime
COPY dist/docker/healthcheck /usr/local/bin/
COPY dist/docker/httpd.conf dist/docker/site.conf /etc/httpd/
COPY dist/docker/site /srv/site
RUN install -d -o www-data -g www-data /run/httpd
ENV MPM=event
USER www-data
EXPOSE 8080
# Graceful: httpd finishes the requests in progress, for as long as GracefulShutdownTimeout in httpd.conf allows.
STOPSIGNAL SIGWINCH
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["healthcheck"]
# Not NO_DETACH, which would turn standard output and error, where the logs go, into /dev/null.
CMD ["apache2", "-f", "/etc/httpd/httpd.conf", "-D", "FOREGROUND"]
