"""A page of diagnosis: is mod_python at work here, and with which settings? `PythonHandler mod_python.testhandler`.

It shows what a stranger should not see, so it answers only where `PythonOption mod_python.testhandler On` is set.
"""

from __future__ import annotations

import html
import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

from mod_python.constants import (
    AP_MPMQ_IS_FORKED,
    AP_MPMQ_IS_THREADED,
    AP_MPMQ_MAX_DAEMONS,
    AP_MPMQ_MAX_THREADS,
    HTTP_FORBIDDEN,
    HTTP_NOT_FOUND,
    OK,
)
from mod_python.options import switched_on
from mod_python.util import FieldStorage

ENABLED: Final = "mod_python.testhandler"
LOG_ENABLED: Final = "mod_python.testhandler.view_log"

LOG_LINES: Final = 100
LOG_BYTES: Final = 64 * 1024

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>mod_python test page</title></head>
<body>
<h1>mod_python works</h1>
{}
</body>
</html>
"""


def handler(req: Any) -> int:
    """Answer with the page, everything in it escaped, or with the end of the error log for `?view_log=1`.

    Leaves the form in `req.form`. Returns 403 unless PythonOption `mod_python.testhandler` is on; the log also wants
    `mod_python.testhandler.view_log` on, and is 404 when it is not a file. Raises what `FieldStorage` raises.
    """
    if not switched_on(req, ENABLED):
        return _refuse(req, ENABLED)
    req.form = getattr(req, "form", None) or FieldStorage(req)
    if req.form.getfirst("view_log"):
        return _send_log(req) if switched_on(req, LOG_ENABLED) else _refuse(req, LOG_ENABLED)
    return _send(req, "text/html", _PAGE.format("\n".join(_sections(req))))


def _refuse(req: Any, option: str) -> int:
    req.log_error(f"MP0310: the test page is not shown, since PythonOption {option} is not On")
    return HTTP_FORBIDDEN


def _send(req: Any, content_type: str, text: str) -> int:
    req.content_type = f"{content_type}; charset=utf-8"
    req.headers_out["Cache-Control"] = "no-store"
    req.headers_out["X-Content-Type-Options"] = "nosniff"
    # Bytes that are no text show up as escapes.
    req.write(text.encode("utf-8", "backslashreplace"))
    return OK


def _send_log(req: Any) -> int:
    apache = _apache()
    name = req.server.error_fname or apache.main_server.error_fname
    path = os.path.join(apache.server_root(), name or "")
    if not os.path.isfile(path):
        return HTTP_NOT_FOUND
    return _send(req, "text/plain", "".join(_last_lines(path)))


def _last_lines(path: str) -> list[str]:
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - LOG_BYTES))
        return file.read(LOG_BYTES).decode("utf-8", "backslashreplace").splitlines(keepends=True)[-LOG_LINES:]


def _apache() -> Any:
    # Only inside httpd.
    return importlib.import_module("mod_python.apache")


def _sections(req: Any) -> Iterator[str]:
    apache = _apache()
    req.add_common_vars()
    yield _table("Server", _server_facts(req, apache))
    yield _table("Request headers", req.headers_in.items())
    yield _table("Environment", req.subprocess_env.items())
    yield _table("Request configuration", req.get_config().items())
    yield _table("Request options", req.get_options().items())
    yield _table("Notes", req.notes.items())
    yield _table("Server configuration", req.server.get_config().items())
    yield _table("Server options", req.server.get_options().items())
    tree = "\n".join(_directives(apache.config_tree()))
    yield f"<h2>Configuration tree</h2>\n<pre>{html.escape(tree)}</pre>"


def _server_facts(req: Any, apache: Any) -> Iterator[tuple[str, object]]:
    yield "Server version", req.subprocess_env.get("SERVER_SOFTWARE")
    yield "Threaded MPM", _limit(apache, AP_MPMQ_IS_THREADED, AP_MPMQ_MAX_THREADS, "threads in a process")
    yield "Forking MPM", _limit(apache, AP_MPMQ_IS_FORKED, AP_MPMQ_MAX_DAEMONS, "processes")
    yield "Server root", apache.server_root()
    yield "Document root", req.document_root()
    yield "Error log", req.server.error_fname or apache.main_server.error_fname
    yield "Python version", sys.version
    yield "Python path", "\n".join(map(str, sys.path))
    yield "Interpreter", req.interpreter
    for name in ("publisher", "psp"):
        yield f"mod_python.{name}", _import_result(f"mod_python.{name}")


def _limit(apache: Any, kind: int, most: int, what: str) -> str:
    return f"yes, at most {apache.mpm_query(most)} {what}" if apache.mpm_query(kind) else "no"


def _import_result(name: str) -> str:
    try:
        importlib.import_module(name)
    except Exception as error:
        return f"cannot be imported: {type(error).__name__}: {error}"
    return "can be imported"


def _table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    lines = "\n".join(f"<tr><th>{_cell(name)}</th><td>{_cell(value)}</td></tr>" for name, value in rows)
    return f"<h2>{html.escape(title)}</h2>\n<table>\n{lines}\n</table>"


def _cell(value: object) -> str:
    return html.escape(str(value)).replace("\n", "<br>")


def _directives(tree: Iterable[Any], indent: str = "") -> Iterator[str]:
    """The lines of a configuration tree: pairs, and after that of a container the list of its children."""
    for node in tree:
        if isinstance(node, list):
            yield from _directives(node, indent + "    ")
        else:
            yield f"{indent}{node[0]} {node[1]}".rstrip()
