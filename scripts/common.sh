#!/bin/bash
# What the commands of this directory share; they source it.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
PATH=$PATH:/usr/sbin:/sbin # where httpd is, for users who do not have these

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# The comment at the top of the command, as its help.
usage() { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0"; }

# -- Debian packages --------------------------------------------------------------------------------------------------

missing=()

# need PACKAGE TEST...: remember the package unless the test finds what it brings. Looking for the thing itself is
# fast, and right too where it was installed in another way.
need() {
    if ! "${@:2}" >/dev/null 2>&1; then missing+=("$1"); fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Install the packages that `need` remembered.
install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "please install what Debian calls ${missing[*]}, and run this again"
    as_root true || die "please have root run: apt-get install ${missing[*]}"
    say "installing ${missing[*]}"
    without_services apt_install "${missing[@]}" || die "could not install ${missing[*]}"
    missing=()
}

apt_install() {
    as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$@" >/dev/null
}

# A package that brings a service starts it, and enables it for the next boot; what a developer's machine runs is not
# ours to decide. Debian asks policy-rc.d before it starts a service, where 101 says no; whatever was enabled is
# disabled afterwards. A policy that is there before, as in containers, is left alone.
without_services() {
    local policy=/usr/sbin/policy-rc.d before status=0
    before=$(enabled_services)
    if [ ! -e "$policy" ]; then
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        "$@" || status=$?
        as_root rm -f "$policy"
        trap - EXIT
    else
        "$@" || status=$?
    fi
    disable_services "$(comm -13 <(echo "$before") <(enabled_services))"
    return $status
}

enabled_services() {
    find /etc/rc2.d /etc/systemd/system -name 'S??*' -o -name '*.service' -path '*.wants/*' 2>/dev/null |
        sed -E 's,.*/(S[0-9]{2})?,,; s,\.service$,,' | sort -u
}

disable_services() {
    local service
    for service in $1; do
        if [ -e "/etc/init.d/$service" ]; then as_root update-rc.d "$service" disable; fi
        as_root find /etc/systemd/system -path "*.wants/$service.service" -delete
    done
}

# -- Python packages --------------------------------------------------------------------------------------------------

# requirements [EXTRA...]: the dependencies that pyproject.toml names, or those of its extras, one a line.
requirements() {
    "$VENV/bin/python" - "$ROOT/pyproject.toml" "$@" <<'PYTHON'
import sys

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
extras = [project["optional-dependencies"][name] for name in sys.argv[2:]]
print(*sum(extras, []) if extras else project["dependencies"], sep="\n")
PYTHON
}

# pip_install NAME [EXTRA...]: install those requirements, unless the very same were installed under NAME before.
pip_install() {
    local stamp=$VENV/installed-$1 wanted packages
    shift
    wanted=$(requirements "$@")
    [ "$wanted" != "$(cat "$stamp" 2>/dev/null)" ] || return 0
    mapfile -t packages <<<"$wanted"
    say "installing ${packages[*]} into .venv"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" ||
        die "could not install ${packages[*]}"
    echo "$wanted" >"$stamp"
}

# -- Measuring --------------------------------------------------------------------------------------------------------

# What bench/ and stress/ measure is what was built, and is not built anew; they use the harness of the tests.
need_build() {
    [ -x "$VENV/bin/python" ] || die "nothing is built yet: run scripts/build first"
    pip_install harness test
}

# run_module NAME [ARGUMENT...]: become that module of the tree.
run_module() {
    [ -x "$VENV/bin/python" ] || exit 0 # after --help
    PYTHONPATH=$ROOT:$ROOT/test exec "$VENV/bin/python" -m "$@"
}
