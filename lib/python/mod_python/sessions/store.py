"""What every session store offers; a class with these four methods can back a `mod_python.Session.StoredSession`."""

from __future__ import annotations

from typing import Protocol

from mod_python.sessions.record import Record


class Store(Protocol):
    """Keeps records under session ids, for every process and server that shares it.

    The ids given are valid ones (32 hex digits). A failing store raises; only `CorruptRecord` means "no session".
    """

    def load(self, sid: str) -> Record | None:
        """The record, expired or not; `None` if there is none, `CorruptRecord` if it can't be read."""

    def save(self, sid: str, record: Record) -> None:
        """Writes the whole record: a reader sees the old or the new one, never a part."""

    def delete(self, sid: str) -> None:
        """Removes the record; one that is not there is no error."""

    def expire(self, now: float, timeout: float) -> int:
        """Removes records that expired before `now` (epoch seconds) and returns how many.

        `timeout` (seconds) is that of the session at hand, for stores that would rather not look into each record.
        """
