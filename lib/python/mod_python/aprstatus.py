"""What an `apr_status_t` says, for the exceptions it becomes."""

from __future__ import annotations

import errno

from mod_python.ffi import ffi, lib
from mod_python.text import decode


def error_arguments(status: int, doing: str) -> tuple[int, str]:
    """The arguments of the OSError for `status`: an errno, and a message that says what was being done."""
    if status == lib.MP_TOO_LATE:
        return errno.EPIPE, f"{doing}: the response is complete"
    if status == lib.MP_NO_FILE:
        return errno.EINVAL, f"{doing}: not a regular file"
    buffer = ffi.new("char[256]")
    reason = decode(ffi.string(lib.mp_strerror(status, buffer, len(buffer))))
    return (status if status in errno.errorcode else errno.EIO, f"{doing}: {reason}")
