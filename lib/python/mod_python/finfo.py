"""`req.finfo` and `apache.stat()`: what is known about a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

from mod_python import constants as k
from mod_python.ffi import ffi, lib
from mod_python.fields import MICROSECONDS, pool_copy, text_or_none
from mod_python.handle import AnyHandle, Handle, named
from mod_python.text import encode


def _whole_seconds(time: int) -> int:
    return time // MICROSECONDS


def _same(value: Any) -> Any:
    return value


# In index order: attribute, field of apr_finfo_t, the bit that says it is valid (0: always), conversion.
_FIELDS: tuple[tuple[str, str, int, Callable[[Any], Any]], ...] = (
    ("protection", "protection", k.APR_FINFO_PROT, _same),
    ("inode", "inode", k.APR_FINFO_INODE, _same),
    ("device", "device", k.APR_FINFO_DEV, _same),
    ("nlink", "nlink", k.APR_FINFO_NLINK, _same),
    ("user", "user", k.APR_FINFO_USER, _same),
    ("group", "group", k.APR_FINFO_GROUP, _same),
    ("size", "size", k.APR_FINFO_SIZE, _same),
    ("atime", "atime", k.APR_FINFO_ATIME, _whole_seconds),
    ("mtime", "mtime", k.APR_FINFO_MTIME, _whole_seconds),
    ("ctime", "ctime", k.APR_FINFO_CTIME, _whole_seconds),
    ("fname", "fname", 0, text_or_none),
    ("name", "name", k.APR_FINFO_NAME, text_or_none),
    ("filetype", "filetype", 0, _same),
)


@named("mp_finfo")
class FileInfo:
    """What is known about a file, as attributes and, in the order of the `FINFO_*` constants, as a sequence.

    A field that is not known is None; `valid` has a bit (`APR_FINFO_*`) for each that is. Times are whole seconds.
    `protection` has APR's layout: its hexadecimal digits are the octal ones of a Unix mode. `mode` is the Unix mode.
    Source: the manual of mod_python 3.5.
    """

    __slots__ = ("_field", "_handle", "_keep")

    protection: int | None  # the permission bits in APR's layout
    inode: int | None  # the number of the file in its file system
    device: int | None  # the number of the file system
    nlink: int | None  # how many names the file has
    user: int | None  # the owner's number
    group: int | None  # the group's number
    size: int | None  # bytes
    atime: int | None  # last read
    mtime: int | None  # last written
    ctime: int | None  # last changed in any way
    fname: str | None  # the name that was asked for
    name: str | None  # the name as the file system spells it
    filetype: int  # `APR_REG`, `APR_DIR` …; `APR_NOFILE` when there is no such file

    def __init__(self, handle: AnyHandle, field: Callable[[Any], Any], keep: Any = None) -> None:
        self._handle = handle
        self._field = field
        self._keep = keep

    @property
    def _c(self) -> Any:
        return self._field(self._handle.c)

    @property
    def valid(self) -> int:
        """The `APR_FINFO_*` bits of the fields that are filled."""
        valid: int = self._c.valid
        return valid

    @property
    def mode(self) -> int | None:
        """The permission bits as Unix has them, such as 0o644."""
        protection = self[k.FINFO_MODE]
        return None if protection is None else int(f"{protection & 0xFFF:x}", 8)

    def _value(self, field: str, bit: int, convert: Callable[[Any], Any]) -> Any:
        info = self._c
        if bit and (info.filetype == k.APR_NOFILE or not info.valid & bit):
            return None
        return convert(getattr(info, field))

    def __getattr__(self, name: str) -> Any:
        for attribute, field, bit, convert in _FIELDS:
            if attribute == name:
                return self._value(field, bit, convert)
        raise AttributeError(f"mp_finfo has no attribute {name!r}")

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(_FIELDS):
            raise IndexError("finfo index out of range")
        return self._value(*_FIELDS[index][1:])

    def __len__(self) -> int:
        return len(_FIELDS)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(_FIELDS)))

    def __repr__(self) -> str:
        return repr({attribute: getattr(self, attribute) for attribute, *_ in _FIELDS} | {"valid": self.valid})


def stat(fname: str | bytes, wanted: int) -> FileInfo:
    """What the file system says about `fname`; a missing file gives `filetype == APR_NOFILE`, not an error.

    Args:
        fname: path of the file; symbolic links are followed unless `wanted` has `APR_FINFO_LINK`.
        wanted: `APR_FINFO_*` bits of the fields to fill; more may be filled.

    Raises:
        OSError: the file system refused, with its errno.
        ValueError: `fname` contains NUL.
    """
    raw = encode(fname, "fname")
    pool = ffi.gc(lib.mp_pool_make(), lib.mp_pool_destroy)
    info = ffi.new("apr_finfo_t *")
    name = pool_copy(pool, raw)  # the result points to it
    status = lib.apr_stat(info, name, wanted, pool)
    info.fname = name
    if status and info.filetype != k.APR_NOFILE:
        status = 0  # APR_INCOMPLETE: some fields are missing, and `valid` says which
    if status not in (0, errno.ENOENT):
        raise OSError(status, os.strerror(status), fname)
    return FileInfo(Handle(info, "stat result"), _same, keep=pool)
