"""Keys and values in an SQLite database, so that all of httpd's processes see the same ones."""

import sqlite3
import threading

_SCHEMA = "CREATE TABLE IF NOT EXISTS pairs (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
_ADD = """INSERT INTO pairs VALUES (?1, CAST(?2 AS BLOB))
          ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS INTEGER) + ?2 AS BLOB) RETURNING value"""


class Store:
    """A dictionary of bytes to bytes that many threads and processes share."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._of_thread = threading.local()

    def get(self, key: bytes) -> bytes | None:
        row = self._run("SELECT value FROM pairs WHERE key = ?", key)
        return row[0] if row else None

    def set(self, key: bytes, value: bytes) -> None:
        self._run("INSERT INTO pairs VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)

    def delete(self, key: bytes) -> bool:
        return self._run("DELETE FROM pairs WHERE key = ? RETURNING 1", key) is not None

    def add(self, key: bytes, amount: int) -> int:
        """The number under `key`, none counting as 0, becomes larger by `amount`, and is returned."""
        return int(self._run(_ADD, key, amount)[0])

    def _run(self, statement, *values):
        rows = self._database.execute(statement, values).fetchall()  # all, since only then SQLite lets others write
        return rows[0] if rows else None

    @property
    def _database(self) -> sqlite3.Connection:
        """This thread's connection; each statement is a transaction of its own."""
        database = getattr(self._of_thread, "database", None)
        if database is None:
            database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            database.execute("PRAGMA synchronous = OFF")
            database.execute(_SCHEMA)
            self._of_thread.database = database
        return database
