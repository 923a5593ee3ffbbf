"""Notes in an SQLite database, which all of httpd's processes share.

Each note has a version, which grows with every change. Who changes a note says which version was read, so that nobody
overwrites what somebody else has written meanwhile.
"""

import sqlite3
from contextlib import closing
from typing import NamedTuple

_SCHEMA = """CREATE TABLE IF NOT EXISTS notes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1)"""


class Note(NamedTuple):
    """A note, as the database has it."""

    number: int
    text: str
    version: int


class Notes:
    """The notes of one database file, which is made when it is missing."""

    def __init__(self, path: str) -> None:
        self._path = path

    def after(self, number: int, most: int) -> list[Note]:
        """At most so many notes, in the order of their numbers, from the first one above `number`."""
        return self._run("SELECT * FROM notes WHERE number > ? ORDER BY number LIMIT ?", number, most)

    def get(self, number: int) -> Note | None:
        """The note, or None."""
        return self._one("SELECT * FROM notes WHERE number = ?", number)

    def add(self, text: str) -> Note:
        """A new note. Numbers are never used again."""
        return self._run("INSERT INTO notes (text) VALUES (?) RETURNING *", text)[0]

    def replace(self, note: Note, text: str) -> Note | None:
        """The note with another text; None when it is not as it was any more."""
        statement = "UPDATE notes SET text = ?, version = version + 1 WHERE number = ? AND version = ? RETURNING *"
        return self._one(statement, text, note.number, note.version)

    def delete(self, note: Note) -> Note | None:
        """The note that is gone now; None when it is not as it was any more."""
        return self._one("DELETE FROM notes WHERE number = ? AND version = ? RETURNING *", note.number, note.version)

    def _one(self, statement, *values):
        return next(iter(self._run(statement, *values)), None)

    def _run(self, statement, *values):
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as database:
            database.execute(_SCHEMA)
            return [Note(*row) for row in database.execute(statement, values)]
