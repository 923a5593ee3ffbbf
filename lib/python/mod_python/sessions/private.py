"""Directories and files that no other user of the machine can read, plant or swap.

Whoever can write a pickled session can run code in the server, so nothing is read from a shared place.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from typing import Final

TEMPORARY_PREFIX: Final = ".new-"


class NotPrivate(PermissionError):  # noqa: N818 - a state of the file, as its users read it
    """A place or file that another user owns, can write or has put a link into."""


def state_directory(configured: str | None, tempdir: str) -> str:
    """The directory for session data: `configured`, else `tempdir`; a private one inside if others may write there.

    A configured directory that does not exist is made if its parent does. Raises `OSError` when it can't be had.
    """
    base = configured or tempdir
    if not os.path.isdir(base):
        with contextlib.suppress(FileExistsError):
            os.mkdir(base, 0o700)
    return base if _is_safe(base) else owned_directory(os.path.join(base, f"mod_python-{os.geteuid()}"))


def owned_directory(path: str) -> str:
    """Makes `path`, or checks that it is ours: no symbolic link, owned by this user; mode 0700 is restored."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    fd = _open_no_link(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid():
            raise NotPrivate(f"MP0288: {path} belongs to user {status.st_uid}, not to the server's {os.geteuid()}")
        if stat.S_IMODE(status.st_mode) != 0o700:
            os.fchmod(fd, 0o700)
    finally:
        os.close(fd)
    return path


def state_file(path: str) -> str:
    """A database file named in the configuration, refused when its directory is open to other users."""
    directory = os.path.dirname(os.path.abspath(path))
    if not _is_safe(directory):
        raise NotPrivate(f"MP0288: {directory} can be written by other users, so session data can't be kept there")
    return path


def _is_safe(directory: str) -> bool:
    status = os.stat(directory)
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & 0o022


def read(path: str, size: int = -1) -> bytes:
    """The content, or its first `size` bytes; `NotPrivate` for a link, or a file not ours or writable by others."""
    with open(path, "rb", opener=_open_no_link) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise NotPrivate(f"MP0288: {path} is not a file that only this server can write")
        return file.read(size)


def _open_no_link(path: str, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise NotPrivate(f"MP0288: {path} is a symbolic link, or not the kind of file expected") from None
        raise


def write(path: str, data: bytes) -> None:
    """Replaces the content at one stroke; the file has mode 0600."""
    fd, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=os.path.dirname(path))
    try:
        with open(fd, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextlib.contextmanager
def locked(path: str, wait: bool = True, shared: bool = False) -> Iterator[bool]:
    """Holds a lock on the file `path`, made if need be; yields false when not waiting and it is taken.

    It excludes all other locks, or, if `shared`, those that are not shared. The kernel drops it with the process, so
    nothing stale stays behind. Threads exclude each other too.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        yield _flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    finally:
        os.close(fd)


def _flock(fd: int, operation: int) -> bool:
    try:
        fcntl.flock(fd, operation)
    except BlockingIOError:
        return False
    return True
