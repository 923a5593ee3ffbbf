"""A session database that can't be read any more is set aside, so that sessions begin anew and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import time

from mod_python.sessions import private

_SUFFIXES = ("-journal", "-wal", "-shm", ".db", ".dir", ".pag", ".dat", ".bak", "")
"""The files of one database: of SQLite, which must not find the journal of another one, and of the kinds of dbm."""


class SetAside(Exception):  # noqa: N818 - what has happened
    """The database was damaged. Its files have another name now, and the operation may be tried again."""


def set_aside(path: str, reason: object) -> SetAside:
    """Renames the files of the database `path`; returns what to raise. The caller keeps other processes away."""
    aside = f"{path}.damaged-{time.time_ns()}"
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.rename(path + suffix, aside + suffix)
    return SetAside(f"MP0395: the session database {path} is damaged ({reason}); it is kept as {aside}")


def using(path: str) -> contextlib.AbstractContextManager[bool]:
    """Keeps the database `path` from being set aside by `set_aside_once`; any number may use it at once."""
    return private.locked(path + ".lock", shared=True)


def set_aside_once(path: str, inode: int, reason: object) -> SetAside:
    """As `set_aside`, unless the damaged file is not at `path` any more, since another process was faster.

    Waits for those who are `using` the database: SQLite finds journals by their names, and could roll the journal of
    the new file back into the old one.
    """
    with private.locked(path + ".lock"), contextlib.suppress(FileNotFoundError):
        if os.stat(path).st_ino == inode:
            return set_aside(path, reason)
    return SetAside(f"MP0396: another process has set the damaged session database {path} aside")
