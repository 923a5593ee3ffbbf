"""Sessions in a database file of the standard library's `dbm` family."""

from __future__ import annotations

import contextlib
import dbm
import errno
import functools
import os
from collections.abc import Iterator
from typing import Any, Final

from mod_python.sessions import private
from mod_python.sessions.damage import set_aside
from mod_python.sessions.record import CorruptRecord, Record, deadline_of, decode, encode
from mod_python.sessions.sqlite import SqliteStore, is_sqlite
from mod_python.sessions.store import Store

OLDER_KINDS: Final = frozenset({"dbm.gnu", "dbm.ndbm", "dbm.dumb"})
_SUFFIXES: Final = (".pag", ".db", ".dat")  # of the files that ndbm and dumb have in place of one with the given name


def dbm_store(path: str, dbmtype: Any, serializer: str) -> Store:
    """The store for the database file `path`, of the kind that the module `dbmtype` opens.

    The standard `dbm` stands for SQLite, as in Python 3.13: the older kinds lose records, or the whole file, when the
    disk is full or a process is killed while it writes. A file of such a kind that is there already stays what it is.
    """
    if dbmtype is dbm and not _is_older(path):
        return SqliteStore(path, serializer)
    return DbmStore(path, dbmtype, serializer)


def _is_older(path: str) -> bool:
    """Whether there is a database of an older kind."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return any(os.path.exists(path + suffix) for suffix in _SUFFIXES) and dbm.whichdb(path) in OLDER_KINDS
    return bool(status.st_size) and _is_older_file(path, status.st_ino)


@functools.lru_cache(maxsize=64)
def _is_older_file(path: str, inode: int) -> bool:
    """The same of a file that is not empty, as long as it has this `inode`.

    SQLite is asked first. `whichdb` opens the file, and to close it drops all POSIX locks of the process on it, also
    those of SQLite in other threads, so that a transaction of theirs would meet those of other processes.
    """
    return not is_sqlite(path) and dbm.whichdb(path) in OLDER_KINDS


class DbmStore:
    """Records in the file `path`, opened for each operation by `dbmtype.open(path, "c", mode)`.

    Most kinds of dbm tolerate no second process, so every access holds an exclusive lock on `path` + ".lock".
    """

    def __init__(self, path: str, dbmtype: Any, serializer: str) -> None:
        self._path = path
        self._dbmtype = dbmtype
        self._serializer = serializer

    @contextlib.contextmanager
    def _open(self) -> Iterator[Any]:
        with private.locked(self._path + ".lock"):
            _remove_empty(self._path)
            try:
                with contextlib.closing(self._dbmtype.open(self._path, "c", 0o600)) as db:
                    yield db
            except Exception as error:
                if not self._is_damage(error):
                    raise
                raise set_aside(self._path, error) from error

    def _is_damage(self, error: Exception) -> bool:
        """Whether an error says that the file is no database; `dbm.dumb` evaluates its index."""
        kinds = getattr(self._dbmtype, "error", ())
        return isinstance(error, (SyntaxError, ValueError)) or (
            isinstance(error, kinds) and getattr(error, "errno", None) in {None, errno.EINVAL}
        )

    def load(self, sid: str) -> Record | None:
        with self._open() as db:
            try:
                blob = db[sid.encode()]
            except KeyError:
                return None
        return decode(blob, self._serializer)

    def save(self, sid: str, record: Record) -> None:
        blob = encode(record, self._serializer)
        with self._open() as db:
            db[sid.encode()] = blob

    def delete(self, sid: str) -> None:
        with self._open() as db, contextlib.suppress(KeyError):
            del db[sid.encode()]

    def expire(self, now: float, timeout: float) -> int:
        with self._open() as db:
            expired = [key for key in db.keys() if _is_over(db[key], now)]  # noqa: SIM118 - a dbm does not iterate
            for key in expired:
                del db[key]
        return len(expired)


def _remove_empty(path: str) -> None:
    """A process that died while it made the file has left nothing in it, not even what kind of dbm it is."""
    with contextlib.suppress(FileNotFoundError):
        if not os.path.getsize(path):
            os.unlink(path)


def _is_over(blob: bytes, now: float) -> bool:
    try:
        return deadline_of(blob) < now
    except CorruptRecord:
        return True
