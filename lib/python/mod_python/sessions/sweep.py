"""The cleanup of session files: one process at a time, for a limited time, going on where the last one stopped."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mod_python.sessions import private
from mod_python.sessions.ids import is_sid
from mod_python.sessions.record import CorruptRecord, deadline_of

_LOCK: Final = ".mp_sess.lck"
_PROGRESS: Final = "fs_status.txt"
_PARTS: Final = 256
_HEAD_SIZE: Final = 512  # bytes; more than the first line of a record
_ABANDONED: Final = 3600  # seconds after which a half-written file belongs to a process that died


@dataclass(frozen=True)
class Policy:
    """How expired files are found; `grace` and `limit` are seconds, and no limit is 0.

    `fast` leaves files alone that were used within the timeout of the current session plus `grace`, unread. The others
    go, or with `verify` are read first. Without `fast` every file is read. No lock is taken on a session meanwhile,
    so `grace` must exceed the longest request.
    """

    fast: bool = True
    verify: bool = True
    grace: float = 240
    limit: float = 2


def sweep(directory: str, policy: Policy, now: float, timeout: float) -> int:
    """Removes expired files and returns how many; none when another process is at it.

    What can't be judged or removed is skipped, and the first such `OSError` raised at the end.
    """
    with private.locked(os.path.join(directory, _LOCK), wait=False) as ours:
        return _Sweep(directory, policy, now, timeout).run() if ours else 0


@dataclass
class _Sweep:
    directory: str
    policy: Policy
    now: float
    timeout: float
    removed: int = 0
    errors: list[OSError] = field(default_factory=list)

    def run(self) -> int:
        started = time.monotonic()
        for part in range(self._first_part(), _PARTS):
            self._sweep_part(os.path.join(self.directory, f"{part:02x}"))
            if 0 < self.policy.limit < time.monotonic() - started:
                break
        private.write(os.path.join(self.directory, _PROGRESS), b"%d" % ((part + 1) % _PARTS))
        if self.errors:
            raise self.errors[0]
        return self.removed

    def _first_part(self) -> int:
        """The part after the last one swept; 0 when that is not known."""
        with contextlib.suppress(OSError, ValueError):
            return int(private.read(os.path.join(self.directory, _PROGRESS), 8)) % _PARTS
        return 0

    def _sweep_part(self, path: str) -> None:
        with self._noting_errors(), os.scandir(path) as entries:
            for entry in entries:
                self._sweep_file(entry)

    def _sweep_file(self, entry: os.DirEntry[str]) -> None:
        with self._noting_errors():
            if self._is_over(entry):
                os.unlink(entry.path)
                self.removed += 1

    @contextlib.contextmanager
    def _noting_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            pass  # never used, or deleted by its own request meanwhile
        except OSError as error:
            self.errors.append(error)

    def _is_over(self, entry: os.DirEntry[str]) -> bool:
        age = self.now - entry.stat(follow_symlinks=False).st_mtime
        if not is_sid(entry.name):
            return entry.name.startswith(private.TEMPORARY_PREFIX) and age > _ABANDONED
        if self.policy.fast and age < self.timeout + self.policy.grace:
            return False
        return (self.policy.fast and not self.policy.verify) or self._is_expired(entry.path)

    def _is_expired(self, path: str) -> bool:
        try:
            return deadline_of(private.read(path, _HEAD_SIZE)) + self.policy.grace < self.now
        except (CorruptRecord, private.NotPrivate):
            return True
