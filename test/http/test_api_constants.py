"""The constants of mod_python.apache."""

import subprocess

import pytest
from remote import CONFIG, Remote

from mod_python import constants
from testenv import httpd

NAMES = [name for name in vars(constants) if name.isupper()]

# What Python's side defines for itself: indices of sequences, names of httpd 2.0, statuses that httpd has no name for.
OWN = "URI_ FINFO_ REQ_ APLOG_NOERRNO HTTP_IM_A_TEAPOT HTTP_TOO_EARLY"
HEADERS = "httpd.h http_log.h http_core.h http_request.h ap_mpm.h ap_mmn.h util_filter.h"


def is_of_httpd(name):
    return not name.startswith(tuple(OWN.split()))


@pytest.mark.local_only
@pytest.mark.needs("apxs", "cc", "apr-1-config")
def test_every_value_is_that_of_httpd_s_headers(tmp_path):
    names = [name for name in NAMES if is_of_httpd(name) and isinstance(getattr(constants, name), int)]
    lines = (f'printf("{name} %ld\\n", (long){name});\n' for name in names)
    includes = "".join(f"#include <{header}>\n" for header in HEADERS.split())
    (tmp_path / "print.c").write_text(f"#include <stdio.h>\n{includes}int main(void) {{\n{''.join(lines)}return 0; }}")
    flags = httpd.run(["apr-1-config", "--includes", "--cppflags"]).split()
    include = httpd.run(["apxs", "-q", "INCLUDEDIR"]).strip()
    program = str(tmp_path / "print")
    subprocess.run(["cc", f"-I{include}", *flags, "-o", program, str(tmp_path / "print.c")], check=True)
    printed = dict(line.split() for line in httpd.run([program]).splitlines())
    assert printed == {name: str(getattr(constants, name)) for name in names}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQ_EXIT", "REQ_EXIT"),
        ("CGI_MAGIC_TYPE", "application/x-httpd-cgi"),
        ("INCLUDES_MAGIC_TYPE", "text/x-server-parsed-html"),
        ("INCLUDES_MAGIC_TYPE3", "text/x-server-parsed-html3"),
        ("DIR_MAGIC_TYPE", "httpd/unix-directory"),
        ("REQ_PROCEED", 0),
        ("REQ_NOACTION", -1),
        ("REQ_ABORTED", 500),
        ("APLOG_NOERRNO", 0),
        ("HTTP_IM_A_TEAPOT", 418),
        ("HTTP_TOO_EARLY", 425),
    ],
)
def test_the_other_values(name, value):
    assert getattr(constants, name) == value


def test_indices_count_from_zero():
    parts = "SCHEME HOSTINFO USER PASSWORD HOSTNAME PORT PATH QUERY FRAGMENT"
    assert [getattr(constants, f"URI_{part}") for part in parts.split()] == list(range(9))
    fields = "MODE INO DEV NLINK UID GID SIZE ATIME MTIME CTIME FNAME NAME FILETYPE"
    assert [getattr(constants, f"FINFO_{field}") for field in fields.split()] == list(range(13))


def test_handlers_find_every_one_in_apache(serve):
    assert Remote(serve(CONFIG, app="api"))(f"[n for n in {NAMES} if not hasattr(apache, n)]") == []
