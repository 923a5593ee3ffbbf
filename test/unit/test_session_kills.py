"""Processes that are killed at any moment of a save lose and tear nothing that was stored before."""

from __future__ import annotations

import dbm
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest

from mod_python.sessions import private
from mod_python.sessions.dbm import dbm_store
from mod_python.sessions.file import FileStore
from mod_python.sessions.record import Record
from mod_python.sessions.sqlite import SqliteStore
from mod_python.sessions.store import Store
from mod_python.sessions.sweep import Policy

SIDS = [f"{number:032x}" for number in range(40)]
KILLS = 10
STORES: dict[str, Callable[[str], Store]] = {
    "file": lambda directory: FileStore(directory, "pickle", Policy()),
    "dbm": lambda directory: dbm_store(directory + "/db", dbm, "pickle"),
    "sqlite": lambda directory: SqliteStore(directory + "/db", "pickle"),
}


def record(number: int) -> Record:
    now = time.time()
    data = {"number": number, "more": random.randbytes(random.randrange(10000))}
    return {"_data": data, "_created": now, "_accessed": now, "_timeout": 1800}


def number_of(store: Store, sid: str) -> int:
    found = store.load(sid)
    return int(found["_data"]["number"]) if found else 0


def save_on_and_on(store: Store, before: dict[str, int], stored: Connection) -> None:
    """Saves numbers that grow, and tells of each when it is stored."""
    while True:
        sid = random.choice(SIDS)
        before[sid] += 1
        store.save(sid, record(before[sid]))
        stored.send((sid, before[sid]))


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_what_was_stored_is_there_after_a_kill(make: Callable[[str], Store], tmp_path: os.PathLike[str]) -> None:
    store = make(private.owned_directory(os.path.join(tmp_path, "store")))
    stored = dict.fromkeys(SIDS, 0)
    for _ in range(KILLS):
        ours, theirs = multiprocessing.Pipe()
        writer = multiprocessing.get_context("fork").Process(target=save_on_and_on, args=(store, stored, theirs))
        writer.start()
        theirs.close()
        for _ in range(random.randrange(1, 30)):
            sid, number = ours.recv()
            stored[sid] = number
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        while ours.poll():
            try:
                sid, number = ours.recv()
            except EOFError:
                break
            stored[sid] = number
        found = {sid: number_of(store, sid) for sid in SIDS}
        assert all(stored[sid] <= found[sid] <= stored[sid] + 1 for sid in SIDS)
        stored = found
