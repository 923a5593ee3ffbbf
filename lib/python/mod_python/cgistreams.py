"""Standard streams for CGI scripts: text on top, bytes underneath, the request at the bottom.

Real `io` classes, so `.buffer`, `.detach()`, `.encoding` and `print` work as in a process of the script's own.
"""

from __future__ import annotations

import contextlib
import io
import sys
from threading import get_ident
from typing import Any

from mod_python.cgireply import Reply


class NullIO:
    """A file that is always empty and forgets what is written to it."""

    def tell(self) -> int:
        """Always 0."""
        return 0

    def read(self, n: int = -1) -> str:
        """Always empty."""
        return ""

    def readline(self, length: int | None = None) -> str:
        """Always empty."""
        return ""

    def readlines(self) -> list[str]:
        """Always empty."""
        return []

    def write(self, s: object) -> None:
        """Forgets `s`."""

    def writelines(self, list: object) -> None:  # noqa: A002 - the documented name
        """Forgets what is in `list`."""

    def isatty(self) -> int:
        """0: it is no terminal."""
        return 0

    def flush(self) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""

    def detach(self) -> None:
        """Does nothing."""

    def seek(self, pos: int, mode: int = 0) -> None:
        """Does nothing."""


class _Body(io.RawIOBase):
    """The request body as a raw stream."""

    def __init__(self, req: Any) -> None:
        self._req = req

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._req.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class CGIStdin(io.TextIOWrapper):
    """The request body as standard input: UTF-8 text, other bytes kept by `surrogateescape`; bytes in `.buffer`.

    Line ends are left alone, so an upload read as text is still what was sent. Errors are those of `req.read`.
    """

    def __init__(self, req: Any) -> None:
        body = io.BufferedReader(_Body(req))
        super().__init__(body, encoding="utf-8", errors="surrogateescape", newline="\n")


class _Writer(io.BufferedWriter):
    """A buffer that tells the raw stream about an explicit flush, for scripts that push their output.

    What another thread than its maker writes goes `outside`: that may be the handler of another request.
    """

    def __init__(self, reply: Reply, outside: Any) -> None:
        super().__init__(reply)
        self._thread = get_ident()
        self._outside = outside

    def write(self, data: Any) -> int:
        if get_ident() == self._thread:
            return super().write(data)
        self._outside.write(bytes(data).decode("utf-8", "surrogateescape"))
        return len(data)

    def flush(self) -> None:
        super().flush()
        self.raw.flush()


class CGIStdout(io.TextIOWrapper):
    """Standard output that becomes the response: a CGI header, a blank line, the body (RFC 3875, section 6).

    Text is sent as UTF-8. `write` takes `bytes` too, and text and `.buffer` keep their order without flushing.
    Only the thread that made the stream writes to the response: what another one prints goes where it went before.
    """

    def __init__(self, req: Any) -> None:
        self._reply = Reply(req)
        self._bytes = _Writer(self._reply, sys.stdout)
        # write_through: nothing waits in the text layer, where bytes could overtake it.
        super().__init__(self._bytes, encoding="utf-8", errors="surrogateescape", newline="\n", write_through=True)

    def write(self, s: str | bytes) -> int:
        """Sends text or bytes; returns how many characters or bytes those were."""
        return super().write(s) if isinstance(s, str) else self._bytes.write(s)

    def tell(self) -> int:
        """The number of bytes written so far, header included."""
        return self._bytes.tell()

    def finish(self, last: Any = None) -> bool:
        """Send what is buffered, in `last` too: what the script may have put in the place of this stream.

        Returns whether there was any output. Raises `CGIError` when it is no CGI response, and the errors of
        `req.write`. Nothing is sent after that, not even by the collection of a buffer.
        """
        self._reply.flushes = False
        try:
            # No file at all, closed or detached: then nothing waits in it.
            with contextlib.suppress(AttributeError, ValueError):
                last.flush()
            if not self._bytes.closed:
                self._bytes.flush()
            return self._reply.end()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Forget what has not been sent yet; `finish` finds nothing wrong any more."""
        self._reply.abandon()
