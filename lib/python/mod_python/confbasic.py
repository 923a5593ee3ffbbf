"""Writes the first configuration of a site: a Python script that prints it, and the directories it wants."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

from mod_python import version
from mod_python.conftree import Comment, Container, ContainerTag, Directive, Node

_MPMS = ("event", "worker", "prefork")

_HTTPD_MODULES = """
authn_file authn_core authz_host authz_groupfile authz_user authz_core access_compat auth_basic reqtimeout include
filter mime log_config env headers setenvif version unixd status autoindex dir alias
""".split()

# Accounts that distributions make for web servers, the most special first.
_ACCOUNTS = ("www-data", "apache", "http", "www", "daemon", "nobody")

_COMBINED = r'"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined'

_SCRIPT = """\
#!{python}
# The configuration of httpd for this site. Edit it, then have httpd's own file written:
#
#   mod_python genconfig {path} > {conf}
#
# See mod_python.httpdconf for what can be said here.

from mod_python.httpdconf import *

config = {config!r}

print(config)
"""


def write_basic_config(  # noqa: PLR0913, PLR0917 - the documented signature
    server_root: str,
    listen: str = "0.0.0.0:8888",
    conf: str = "conf",
    logs: str = "logs",
    htdocs: str = "public",
    pythonhandler: str = "mod_python.publisher",
    pythonpath: Sequence[str] = (),
    pythonoptions: Sequence[str] = (),
    mp_comments: Sequence[str] = (),
    conf_name: str = "httpd_conf.py",
    createdirs: bool = True,
    replace_config: bool = False,
) -> str | None:
    """Write a script that prints a complete configuration; return its path, or None when there is one already.

    `conf`, `logs` and `htdocs` are directories, relative to `server_root` or absolute; `createdirs` makes them and
    copies `mime.types`. `listen` is what `Listen` takes. `pythonpath` are directories to add to `sys.path`,
    `pythonoptions` texts for `PythonOption`, `mp_comments` comments. What is remarkable is said on standard error.
    Raises `OSError` when something cannot be written.

    The configuration works for an httpd with or without built-in modules and MPM.
    """
    root = os.path.abspath(server_root)
    path = os.path.join(root, conf, conf_name)
    if os.path.exists(path) and not replace_config:
        _say(f"{path} exists already and is kept")
        return None
    if createdirs:
        _make_directories(os.path.join(root, name) for name in ("", htdocs, conf, logs))
        _copy_mime_types(os.path.join(root, conf, "mime.types"))
    config = Container(
        Container(*_load_modules(version.LIBEXECDIR)),
        Container(*_server(root, listen, conf, logs, htdocs)),
        Container(*_python(pythonhandler, pythonpath, pythonoptions, mp_comments)),
    )
    text = _SCRIPT.format(
        python=version.PYTHON_BIN, path=path, conf=os.path.join(root, conf, "httpd.conf"), config=config
    )
    with open(path, "w", encoding="utf-8") as script:
        script.write(text)
    return path


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _make_directories(paths: Iterable[str]) -> None:
    for path in dict.fromkeys(paths):
        if os.path.isdir(path):
            _say(f"directory {path} exists already and is kept")
        os.makedirs(path, exist_ok=True)


def _copy_mime_types(target: str) -> None:
    candidates = [os.path.join(directory, "mime.types") for directory in (version.SYSCONFDIR, "/etc")]
    source = next(filter(os.path.isfile, candidates), None)
    if os.path.exists(target):
        _say(f"{target} exists already and is kept")
    elif source is None:
        _say(f"there is no mime.types in {' or '.join(candidates)}, so files have no content types")
    else:
        shutil.copyfile(source, target)


def _load_modules(directory: str) -> Iterator[Node]:
    yield Comment("Modules, unless they are built in")
    mpm = next((name for name in _MPMS if os.path.exists(_module_path(directory, f"mpm_{name}"))), None)
    if mpm:
        yield _unless_loaded([f"mpm_{name}" for name in _MPMS], _load_module(directory, f"mpm_{mpm}"))
    for name in _HTTPD_MODULES:
        if os.path.exists(_module_path(directory, name)):
            yield _unless_loaded([name], _load_module(directory, name))


def _module_path(directory: str, name: str) -> str:
    return os.path.join(directory, f"mod_{name}.so")


def _load_module(directory: str, name: str) -> Node:
    return Directive("LoadModule", (f"{name}_module", _module_path(directory, name)))


def _unless_loaded(modules: Iterable[str], node: Node) -> Node:
    for name in modules:
        node = ContainerTag("IfModule", f"!{name}_module", [node])
    return node


def _server(root: str, listen: str, conf: str, logs: str, htdocs: str) -> Iterator[Node]:
    mime_types = os.path.join(conf, "mime.types")
    yield Comment("The server")
    yield Directive("ServerRoot", root)
    yield Directive("DefaultRuntimeDir", logs)
    yield Directive("PidFile", os.path.join(logs, "httpd.pid"))
    yield Directive("ServerName", "127.0.0.1")
    yield Directive("Listen", listen)
    yield Directive("DocumentRoot", os.path.join(root, htdocs))
    yield Directive("TypesConfig", mime_types if os.path.exists(os.path.join(root, mime_types)) else os.devnull)
    yield Directive("MaxConnectionsPerChild", "65536")
    yield from _account()
    yield Comment("Logs")
    yield Directive("LogFormat", _COMBINED)
    yield Directive("CustomLog", (os.path.join(logs, "access_log"), "combined"))
    yield Directive("ErrorLog", os.path.join(logs, "error_log"))
    yield Directive("LogLevel", "warn")


def _account() -> Iterator[Node]:
    """Whom the children become when root starts httpd."""
    account = next(filter(None, map(_find_account, _ACCOUNTS)), None)
    if account:
        group = grp.getgrgid(account.pw_gid).gr_name
        yield Container(Directive("User", account.pw_name), Directive("Group", group), only_if="os.geteuid() == 0")


def _find_account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _python(handler: str, path: Sequence[str], options: Sequence[str], comments: Sequence[str]) -> Iterator[Node]:
    yield Comment("mod_python")
    yield _load_module(version.LIBEXECDIR, "python")
    yield Directive("SetHandler", "mod_python")
    yield Comment("Shows errors to the visitors: only while you develop\nPythonDebug On")
    yield Directive("PythonHandler", handler)
    if path:
        yield Directive("PythonPath", f"sys.path+{list(path)!r}")
    yield from (Directive("PythonOption", option) for option in options)
    yield from map(Comment, comments)
