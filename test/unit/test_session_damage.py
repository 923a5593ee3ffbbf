"""An SQLite file of sessions may be made, or damaged and set aside, while others use it; no session is lost by that."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from fakes import FakeRequest
from mod_python import Session
from mod_python.sessions import private

THREADS = 6
ROUNDS = 10
DAMAGE = b"garbage" * 1000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(private.owned_directory(str(tmp_path / "store"))) / "db"


def session(database: Path, sid: str | None = None) -> Session.SqliteSession:
    options = {"mod_python.sqlite_session.database_filename": str(database)}
    return Session.SqliteSession(FakeRequest(options=options), sid or 0, lock=0)


def test_all_who_meet_the_damage_at_once_save_their_sessions(database: Path) -> None:
    together = Barrier(THREADS)

    def saved(_: int) -> str:
        one = session(database)
        together.wait()
        one.save()
        return one.id()

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(ROUNDS):
            database.write_bytes(DAMAGE)
            sids = list(pool.map(saved, range(THREADS)))
            assert not any(session(database, sid).is_new() for sid in sids)
    assert [aside.read_bytes() for aside in database.parent.glob("*.damaged-*")] == [DAMAGE] * ROUNDS


def test_nobody_but_sqlite_opens_the_file(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing it would drop the locks that SQLite holds in other threads."""
    opened: list[str] = []
    really_open = os.open
    monkeypatch.setattr(os, "open", lambda path, *arguments: opened.append(path) or really_open(path, *arguments))
    session(database).save()
    assert opened == [f"{database}.lock"]
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
