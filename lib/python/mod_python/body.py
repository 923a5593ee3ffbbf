"""Reading from a source of byte blocks: exact amounts, lines, everything. Does no I/O of its own."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK = 65536
"""How much is asked of the source at once, in bytes."""


class Body:
    """A binary file over the source of bytes that its subclasses are.

    Used for request bodies and connections. Nothing is read before it is asked for; whatever was received beyond the
    answer is kept for the next call. Exceptions of `receive` pass through.
    """

    _pending = b""
    """What was received and not read."""

    def _receive(self, least: int, size: int) -> bytes:
        """At most `size` bytes, b"" only at the end; waits for `least` of them if it likes."""
        raise NotImplementedError

    def read(self, size: int | None = -1) -> bytes:
        """`size` bytes, fewer only at the end; everything when `size` is negative or None."""
        if size is None or size < 0:
            return self._read_all()
        if len(self._pending) >= size:
            result, self._pending = self._pending[:size], self._pending[size:]
            return result
        return self._read_exactly(size)

    def _read_all(self) -> bytes:
        return b"".join((self.drain(), *iter(lambda: self._receive(BLOCK, BLOCK), b"")))

    def _read_exactly(self, size: int) -> bytes:
        pending = self.drain()
        blocks = [pending] if pending else []  # one block alone need not be copied
        missing = size - len(pending)
        while missing:
            wanted = min(missing, BLOCK)
            block = self._receive(wanted, wanted)
            if not block:
                break
            blocks.append(block)
            missing -= len(block)
        return b"".join(blocks)

    def drain(self) -> bytes:
        """What was received ahead of what was asked for; it is not kept any longer."""
        pending, self._pending = self._pending, b""
        return pending

    def read_some(self, size: int = BLOCK) -> bytes:
        """What is there, at most `size` bytes and at least one until the end; waits only when nothing is."""
        block = self.drain() or self._receive(1, size)
        self._pending = block[size:]
        return block[:size]

    def readline(self, size: int | None = -1) -> bytes:
        """Through the next newline, or `size` bytes, or to the end; the rest of a long line stays for the next call."""
        limit = -1 if size is None or size < 0 else size
        if limit == 0:
            return b""
        line = bytearray()
        while block := self.drain() or self._receive(1, 8192):
            end = block.find(b"\n") + 1 or len(block)
            if limit >= 0:
                end = min(end, limit - len(line))
            line += block[:end]
            self._pending = block[end:]
            if line.endswith(b"\n") or len(line) == limit:
                break
        return bytes(line)

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Whole lines; stops after the one that reaches `hint` bytes."""
        lines: list[bytes] = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")
