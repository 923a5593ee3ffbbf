"""Sessions in the memory of one process and interpreter, at most so many."""

from __future__ import annotations

from mod_python.sessions.record import Record, deadline
from mod_python.threadlock import Lock

_guard = Lock()


class MemoryStore:
    """Records in the dictionary `records`, the one saved longest ago first; past `limit`, that one goes."""

    def __init__(self, records: dict[str, Record], limit: int) -> None:
        self._records = records
        self._limit = limit

    def load(self, sid: str) -> Record | None:
        return self._records.get(sid)

    def save(self, sid: str, record: Record) -> None:
        with _guard:
            self._records.pop(sid, None)
            self._records[sid] = record
            while len(self._records) > self._limit:
                del self._records[next(iter(self._records))]

    def delete(self, sid: str) -> None:
        with _guard:
            self._records.pop(sid, None)

    def expire(self, now: float, timeout: float) -> int:
        with _guard:
            expired = [sid for sid, record in self._records.items() if deadline(record) < now]
            for sid in expired:
                del self._records[sid]
        return len(expired)
