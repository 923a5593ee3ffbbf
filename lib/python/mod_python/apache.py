"""`from mod_python import apache`: what handlers import. Outside httpd the import fails with ImportError."""

from __future__ import annotations

import sys as _sys
from typing import Any

from mod_python import interpreter as _interpreter
from mod_python import logs as _logs
from mod_python.cgienv import CGIStdin, CGIStdout, NullIO, build_cgi_env, restore_nocgi, setup_cgi
from mod_python.config_tree import config_tree
from mod_python.constants import *  # noqa: F403 - every constant is public here
from mod_python.constants import APLOG_ERR
from mod_python.errors import SERVER_RETURN, RequestTimeout
from mod_python.ffi import lib as _lib
from mod_python.finfo import stat
from mod_python.importer import import_module, module_mtime
from mod_python.interpreter import register_cleanup
from mod_python.resolve import resolve_object
from mod_python.server import Server, mpm_query, server_root
from mod_python.server import server_for as _server_for
from mod_python.table import Table as table
from mod_python.text import encode as _encode

make_table = table  # the same as `table`

interpreter = _interpreter.name
"""The name of the interpreter this code runs in."""

main_server: Server = _server_for(_lib.ap_server_conf)
"""The server outside every virtual host."""

MODULE_MAGIC_NUMBER_MAJOR: int = _lib.MODULE_MAGIC_NUMBER_MAJOR  # the version of httpd's API for modules
MODULE_MAGIC_NUMBER_MINOR: int = _lib.MODULE_MAGIC_NUMBER_MINOR  # the same, for additions to it


def log_error(message: Any, level: int | None = None, server: Server | None = None) -> None:
    """Writes `message` to the error log.

    Args:
        message: `str` or `bytes`; None logs nothing.
        level: `APLOG_*`, by default `APLOG_ERR`.
        server: whose log it is; None: the current request's, or the main server's.

    Raises:
        TypeError: `server` is not a server object.
    """
    if server is not None and not isinstance(server, Server):
        raise TypeError(f"log_error: the server must be a server object, not {type(server).__name__}")
    if message is None:
        return
    if server is not None:
        server.log_error(message, level)
    else:
        text = _encode(message, "message").decode("utf-8", "surrogateescape")
        _logs.log(APLOG_ERR if level is None else level, text)


def exists_config_define(name: Any) -> bool:
    """Whether httpd was started with `-D name`, or the configuration has `Define name`."""
    return bool(_lib.ap_exists_config_define(_encode(name, "name")))


def allow_methods(req: Any, methods: Any, reset: Any = 0) -> None:
    """The same as `req.allow_methods(methods, reset)` (decision A13)."""
    req.allow_methods(methods, reset)


from mod_python import _apache  # noqa: E402 - it has all names of this module

_sys.modules["_apache"] = _apache
