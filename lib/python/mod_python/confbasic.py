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
from mod_python.installation import configuration_lines

MPMS = ("event", "worker", "prefork")

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
    Raises `OSError` when something cannot be written, or mod_python's own module is missing.

    The configuration works for an httpd with or without built-in modules and MPM.
    """
    root = os.path.abspath(server_root)
    path = os.path.join(root, conf, conf_name)
    if os.path.exists(path) and not replace_config:
        _say(f"{path} exists already and is kept")
        return None
    python = list(_python(pythonhandler, pythonpath, pythonoptions, mp_comments))
    if createdirs:
        _make_directories(os.path.join(root, name) for name in ("", htdocs, conf, logs))
        _copy_mime_types(os.path.join(root, conf, "mime.types"))
    config = Container(
        Container(*_load_modules(version.LIBEXECDIR)),
        Container(*_server(root, listen, conf, logs, htdocs)),
        Container(*python),
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
    source = mime_types()
    if os.path.exists(target):
        _say(f"{target} exists already and is kept")
    elif source is None:
        _say(f"there is no mime.types in {version.SYSCONFDIR} or /etc, so files have no content types")
    else:
        shutil.copyfile(source, target)


def mime_types() -> str | None:
    """The file on this machine that says which content types names stand for, if there is one."""
    candidates = [os.path.join(directory, "mime.types") for directory in (version.SYSCONFDIR, "/etc")]
    return next(filter(os.path.isfile, candidates), None)


def _load_modules(directory: str) -> Iterator[Node]:
    yield Comment("Modules, unless they are built in")
    mpm = next((name for name in MPMS if os.path.exists(module_file(directory, f"mpm_{name}"))), None)
    if mpm:
        yield unless_loaded([f"mpm_{name}" for name in MPMS], load_module(directory, f"mpm_{mpm}"))
    for name in _HTTPD_MODULES:
        if os.path.exists(module_file(directory, name)):
            yield unless_loaded([name], load_module(directory, name))


def module_file(directory: str, name: str) -> str:
    """The file of httpd's module `name`, such as "alias", in the directory of its modules."""
    return os.path.join(directory, f"mod_{name}.so")


def load_module(directory: str, name: str) -> Node:
    """The line that loads httpd's module `name`."""
    return Directive("LoadModule", (f"{name}_module", module_file(directory, name)))


def load_mod_python() -> Iterator[Node]:
    """The lines that load mod_python with this Python; raises FileNotFoundError when there is no module."""
    for name, _, arguments in (line.partition(" ") for line in configuration_lines()):
        yield Directive(name, arguments)


def unless_loaded(modules: Iterable[str], node: Node) -> Node:
    """`node`, for the case that none of these modules is loaded or built in."""
    for name in modules:
        node = ContainerTag("IfModule", f"!{name}_module", [node])
    return node


def _server(root: str, listen: str, conf: str, logs: str, htdocs: str) -> Iterator[Node]:
    types = os.path.join(conf, "mime.types")
    yield Comment("The server")
    yield Directive("ServerRoot", root)
    yield Directive("DefaultRuntimeDir", logs)
    yield Directive("PidFile", os.path.join(logs, "httpd.pid"))
    yield Directive("ServerName", "127.0.0.1")
    yield Directive("Listen", listen)
    yield Directive("DocumentRoot", os.path.join(root, htdocs))
    yield Directive("TypesConfig", types if os.path.exists(os.path.join(root, types)) else os.devnull)
    yield Directive("MaxConnectionsPerChild", "65536")
    yield from _account()
    yield Comment("Logs")
    yield Directive("LogFormat", _COMBINED)
    yield Directive("CustomLog", (os.path.join(logs, "access_log"), "combined"))
    yield Directive("ErrorLog", os.path.join(logs, "error_log"))
    yield Directive("LogLevel", "warn")


def _account() -> Iterator[Node]:
    """Whom the children become when root starts httpd."""
    account = server_account()
    if account:
        group = grp.getgrgid(account.pw_gid).gr_name
        yield Container(Directive("User", account.pw_name), Directive("Group", group), only_if="os.geteuid() == 0")


def server_account() -> pwd.struct_passwd | None:
    """Whom the children of a web server become here when root starts it; None: there is no such account."""
    return next(filter(None, map(_find_account, _ACCOUNTS)), None)


def _find_account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _python(handler: str, path: Sequence[str], options: Sequence[str], comments: Sequence[str]) -> Iterator[Node]:
    yield Comment("mod_python")
    yield from load_mod_python()
    yield Directive("SetHandler", "mod_python")
    yield Comment("Shows errors to the visitors: only while you develop\nPythonDebug On")
    yield Directive("PythonHandler", handler)
    if path:
        yield Directive("PythonPath", f"sys.path+{list(path)!r}")
    yield from (Directive("PythonOption", option) for option in options)
    yield from map(Comment, comments)
