"""`wsgi.file_wrapper` (PEP 3333): an iterable over a file which the server may send by sendfile instead.

Only files whose descriptor holds exactly the bytes that `read` would give take the short cut.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from typing import Any, NamedTuple


class FileWrapper:
    """Iterates over `filelike` in blocks of `block_size` bytes; `close` exists if the file has it."""

    __slots__ = ("block_size", "close", "filelike")

    def __init__(self, filelike: Any, block_size: int = 65536) -> None:
        self.filelike = filelike
        self.block_size = block_size
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self) -> Iterator[bytes]:
        while block := self.filelike.read(self.block_size):
            yield block


class FileRegion(NamedTuple):
    """The part of an open file that remains to be read: descriptor, and offset and length in bytes."""

    fd: int
    offset: int
    length: int


def file_region(file: Any) -> FileRegion | None:
    """Return what is left to read of a plain file, or None when only `read` can tell.

    A gzip file, for one, has a descriptor too, but its bytes are not what reading gives: hence the exact types.
    Files that claim to be empty, as those in /proc do, are read as well.
    """
    if type(file) not in (io.BufferedReader, io.BufferedRandom, io.FileIO):
        return None
    raw = getattr(file, "raw", file)
    if type(raw) is not io.FileIO:
        return None
    file.flush()
    status = os.fstat(raw.fileno())
    if not stat.S_ISREG(status.st_mode):
        return None
    offset = file.tell()
    length = status.st_size - offset
    return FileRegion(raw.fileno(), offset, length) if length > 0 else None
