"""Sessions in an SQLite database file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from mod_python.sessions.damage import set_aside_once, using
from mod_python.sessions.record import Record, deadline, decode, encode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (sid TEXT PRIMARY KEY, deadline REAL NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_deadline ON session (deadline);
"""
_BUSY_SECONDS = 10.0


class SqliteStore:
    """Records in the database `path`, connected for each operation, so that threads and processes share nothing."""

    def __init__(self, path: str, serializer: str) -> None:
        self._path = path
        self._serializer = serializer

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with using(self._path):
                inode = _made(self._path)
                with self._connected() as connection:
                    yield connection
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # a full disk, a lock, an operation of ours
                raise
            raise set_aside_once(self._path, inode, error) from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
            with connection:
                yield connection

    def load(self, sid: str) -> Record | None:
        with self._connection() as connection:
            row = connection.execute("SELECT CAST(record AS BLOB) FROM session WHERE sid = ?", (sid,)).fetchone()
        return decode(row[0], self._serializer) if row else None

    def save(self, sid: str, record: Record) -> None:
        values = (sid, deadline(record), encode(record, self._serializer))
        with self._connection() as connection:
            connection.execute("INSERT OR REPLACE INTO session VALUES (?, ?, ?)", values)

    def delete(self, sid: str) -> None:
        with self._connection() as connection:
            connection.execute("DELETE FROM session WHERE sid = ?", (sid,))

    def expire(self, now: float, timeout: float) -> int:
        with self._connection() as connection:
            return connection.execute("DELETE FROM session WHERE deadline < ?", (now,)).rowcount


def is_sqlite(path: str) -> bool:
    """Whether SQLite can read the file `path`, which is not empty. Raises as the store does when it is in use."""
    address = f"{Path(path).absolute().as_uri()}?mode=rw"
    with using(path), contextlib.closing(sqlite3.connect(address, timeout=_BUSY_SECONDS, uri=True)) as connection:
        try:
            connection.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise
            return False
    return True


def _made(path: str) -> int:
    """The inode of the file, made if need be, readable for this user only; SQLite gives its journals the same mode.

    It is not opened: to close a file drops all POSIX locks of the process on it, also those of SQLite in other threads.
    """
    with contextlib.suppress(FileExistsError):
        os.mknod(path, 0o600)
    return os.stat(path).st_ino
