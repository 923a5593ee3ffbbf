"""Sessions in files of a private directory: the file of an id is `DIR/<its first two digits>/<id>`."""

from __future__ import annotations

import contextlib
import os

from mod_python.sessions import private
from mod_python.sessions.record import CorruptRecord, Record, decode, encode
from mod_python.sessions.sweep import Policy, sweep


class FileStore:
    """Records in single files of `directory`, which must be private already; `policy` is how to find expired ones."""

    def __init__(self, directory: str, serializer: str, policy: Policy) -> None:
        self._directory = directory
        self._serializer = serializer
        self._policy = policy

    def load(self, sid: str) -> Record | None:
        path = self._path(sid)
        try:
            blob = private.read(path)
        except FileNotFoundError:
            return None
        except private.NotPrivate as error:
            raise CorruptRecord(str(error)) from error
        record = decode(blob, self._serializer)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # spares the file of a running request from a fast cleanup
        return record

    def save(self, sid: str, record: Record) -> None:
        blob = encode(record, self._serializer)
        path = self._path(sid)
        try:
            private.write(path, blob)
        except FileNotFoundError:
            private.owned_directory(os.path.dirname(path))
            private.write(path, blob)

    def delete(self, sid: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(sid))

    def expire(self, now: float, timeout: float) -> int:
        return sweep(self._directory, self._policy, now, timeout)

    def _path(self, sid: str) -> str:
        return os.path.join(self._directory, sid[:2], sid)
