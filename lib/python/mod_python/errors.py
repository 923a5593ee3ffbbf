"""The exception types that the module itself defines."""

from __future__ import annotations


class SERVER_RETURN(Exception):  # noqa: N801, N818 - the documented name
    """Ends the current handler with a result, from any depth of calls.

    `SERVER_RETURN(result)` is the same as returning `result` from the handler. `SERVER_RETURN(result, status)` also
    sets `req.status` when `status` is true. `result` is what a handler may return: `OK`, `DECLINED`, `DONE` or an
    HTTP status, as an `int`, `IntEnum` or `http.HTTPStatus`.

    Source: the handler overview of the manual; decisions A9, A11 and A20 in docs/decisions.md.
    """

    @property
    def result(self) -> object:
        """The handler result that was given; `None` when the exception was raised without one."""
        return self.args[0] if self.args else None

    @property
    def status(self) -> object:
        """The value for `req.status`, or `None` to leave it alone."""
        return self.args[1] if len(self.args) > 1 else None


class RequestTimeout(BaseException):  # noqa: N818 - after TimeoutError, which it is not
    """Raised in a handler that has run for longer than `PythonRequestTimeout` allows, wherever it is at that moment.

    It is no `Exception`, as `asyncio.CancelledError` is none, so that `except Exception` in a program or framework
    does not take it for an error of what it happened to interrupt. `finally` clauses and context managers run. Who
    catches it should finish soon, since it is not raised a second time. The client gets status 504 or, when a part of
    the response has been sent, sees the connection cut.
    """


class ClientGone(OSError):
    """The client closed the connection, or was too slow, while a handler read from it or wrote to it.

    Not an error of the handler: when it ends one, that is logged at level info and without a traceback.
    """
