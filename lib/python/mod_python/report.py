"""The one error reporter: every uncaught exception of user code ends here, in the log and perhaps on a debug page."""

from __future__ import annotations

import errno
import os
import sys
import traceback

from mod_python import logs
from mod_python.constants import (
    APLOG_ERR,
    APLOG_INFO,
    DONE,
    HTTP_BAD_REQUEST,
    HTTP_GATEWAY_TIME_OUT,
    HTTP_INTERNAL_SERVER_ERROR,
    HTTP_REQUEST_TIME_OUT,
)
from mod_python.errors import ClientGone, RequestTimeout
from mod_python.ffi import lib
from mod_python.request import Request
from mod_python.tracebacks import shown_part


def format_exception() -> str:
    """The exception being handled, with its causes."""
    kind, value, tb = sys.exc_info()
    try:
        return "".join(traceback.format_exception(kind, value, shown_part(value, tb)))
    except Exception as failure:  # of a property of the exception's own class
        return f"{getattr(kind, '__qualname__', kind)}, which cannot be shown: {type(failure).__qualname__}"


def report_error(where: str) -> None:
    """Logs the exception being handled, a record for each line.

    Args:
        where: what failed, such as `PythonHandler hello::handler`; stands in front of each line.
    """
    error = sys.exc_info()[1]
    if isinstance(error, ClientGone):
        logs.log(APLOG_INFO, f"MP0101: {where}: {error}")
    elif isinstance(error, RequestTimeout):  # the stacks are in the log already
        logs.log(APLOG_ERR, f"MP0377: {where}: interrupted, since it took longer than PythonRequestTimeout allows")
    else:
        logs.log_lines(APLOG_ERR, f"MP0100: {where}: ", format_exception())
        _note_error(where)


def _status() -> int:
    """What the client gets for the exception being handled."""
    return HTTP_GATEWAY_TIME_OUT if isinstance(sys.exc_info()[1], RequestTimeout) else HTTP_INTERNAL_SERVER_ERROR


def _note_error(where: str) -> None:
    """For mod_python.status: what was raised and where, without the message, which may hold secrets."""
    kind, _, tb = sys.exc_info()
    place = ""
    for frame, line in traceback.walk_tb(tb):
        place = f" in {os.path.basename(frame.f_code.co_filename)}, line {line}"
    text = f"MP0100: {where}: {getattr(kind, '__qualname__', '')}{place}"
    lib.mp_status_note_error(text.replace("\0", "\\0").encode("utf-8", "backslashreplace"))


def report_request_error(request: Request, where: str, debug: bool) -> int:
    """Logs the exception being handled and, with `debug`, shows it to the client. Returns the handler's result.

    A client that has sent a part of the body may still be there to read the answer: 408 when it was too slow, 400 when
    it has ended its side (RFC 9112, section 8).
    """
    report_error(where)
    error = sys.exc_info()[1]
    if isinstance(error, ClientGone) and request.eos_sent:
        return DONE  # another module, or a filter, has answered
    if isinstance(error, ClientGone):
        return _unless_begun(request, HTTP_REQUEST_TIME_OUT if error.errno == errno.ETIMEDOUT else HTTP_BAD_REQUEST)
    return _show(request, where) if debug and request._may_show_errors else _unless_begun(request, _status())


def _unless_begun(request: Request, status: int) -> int:
    """The status. A response that has begun is cut: behind a part of it, an error page would look like the rest."""
    if not request.sent_bodyct:
        return status
    request.abort_connection()
    return DONE


def report_filter_error(request: Request, where: str, debug: bool) -> int:
    """As `report_request_error`, for a filter: with `debug`, the page stands in for httpd's own (decision A30)."""
    report_error(where)
    if debug and request._may_show_errors:
        page = _page(request, where, "text/html").encode("ascii", "xmlcharrefreplace")
        lib.mp_error_page(request._handle.c, _status(), page)
    return _status()


def _page(request: Request, where: str, media_type: str) -> str:
    from mod_python import debugpage  # noqa: PLC0415 - few interpreters ever show one

    _, error, tb = sys.exc_info()
    assert error is not None
    try:
        return debugpage.render(request, where, error, shown_part(error, tb), media_type)
    except Exception:
        report_error("the debug page")
        return f"{type(error).__qualname__}; the error log says more\n"


def _show(request: Request, where: str) -> int:
    from mod_python import debugpage, htmlpage  # noqa: PLC0415

    try:
        begun = bool(request._bytes_queued)
        media_type = debugpage.choose(request, begun)
        page = "\n" * begun + _page(request, where, media_type)
        if not request.sent_bodyct:
            request.headers_out.clear()
            for name, value in htmlpage.HEADERS.items():
                request.headers_out[name] = value
            request.status = _status()
            request.content_type = f"{media_type}; charset=utf-8"
        request.write(page.encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # the client did not wait for it; the log has it
    return DONE
