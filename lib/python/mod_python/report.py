"""The one error reporter: every uncaught exception of user code ends here, in the log and perhaps on a debug page."""

from __future__ import annotations

import html
import os
import sys
import traceback
from types import TracebackType

from mod_python import logs
from mod_python.constants import APLOG_ERR, APLOG_INFO, DONE, HTTP_INTERNAL_SERVER_ERROR
from mod_python.errors import ClientGone
from mod_python.ffi import lib
from mod_python.request import Request

_HERE = os.path.dirname(__file__)

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d1f21 }}
h1 {{ font-size: 1.3rem; overflow-wrap: anywhere }}
pre {{ background: #f4f5f7; border-left: 4px solid #c8323c; padding: 1rem; overflow-x: auto; line-height: 1.4 }}
p {{ color: #5a5f66 }}
</style></head><body>
<h1>{title}</h1>
<p>{where}</p>
<pre>{traceback}</pre>
<p>Shown because PythonDebug is On; switch it off where strangers can see this.</p>
</body></html>
"""


def _users_part(tb: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the dispatcher in front of the user's."""
    start = tb
    while start is not None and os.path.dirname(start.tb_frame.f_code.co_filename) == _HERE:
        start = start.tb_next
    if start is None and isinstance(sys.exc_info()[1], SyntaxError):
        return None  # it says itself where it is
    return start or tb


def format_exception() -> str:
    """The exception being handled, with its causes."""
    kind, value, tb = sys.exc_info()
    return "".join(traceback.format_exception(kind, value, _users_part(tb)))


def report_error(where: str) -> None:
    """Logs the exception being handled, a record for each line.

    Args:
        where: what failed, such as `PythonHandler hello::handler`; stands in front of each line.
    """
    error = sys.exc_info()[1]
    if isinstance(error, ClientGone):
        logs.log(APLOG_INFO, f"MP0101: {where}: {error}")
    else:
        logs.log_lines(APLOG_ERR, f"MP0100: {where}: ", format_exception())


def report_request_error(request: Request, where: str, debug: bool) -> int:
    """Logs the exception being handled and, with `debug`, shows it to the client. Returns the handler's result.

    A response that has begun is cut: behind a part of it, an error page would look like the rest.
    """
    report_error(where)
    if isinstance(sys.exc_info()[1], ClientGone):
        return DONE
    if debug:
        return _show(request, where)
    if not request.sent_bodyct:
        return HTTP_INTERNAL_SERVER_ERROR
    request.abort_connection()
    return DONE


def report_filter_error(request: Request, where: str, debug: bool) -> int:
    """As `report_request_error`, for a filter: with `debug`, the page stands in for httpd's own (decision A30)."""
    report_error(where)
    if debug:
        page = _page(where).encode("ascii", "xmlcharrefreplace").replace(b"\0", b"\\0")
        lib.mp_error_page(request._handle.c, HTTP_INTERNAL_SERVER_ERROR, page)
    return HTTP_INTERNAL_SERVER_ERROR


def _page(where: str) -> str:
    error = sys.exc_info()[1]
    title = html.escape(f"{type(error).__name__}: {error}")
    return _PAGE.format(title=title, where=html.escape(where), traceback=html.escape(format_exception()))


def _show(request: Request, where: str) -> int:
    try:
        if not request.sent_bodyct:
            request.headers_out.clear()
            request.headers_out["X-Content-Type-Options"] = "nosniff"
            request.status = HTTP_INTERNAL_SERVER_ERROR
            request.content_type = "text/html; charset=utf-8"
        request.write(_page(where).encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # the client did not wait for it; the log has it
    return DONE
