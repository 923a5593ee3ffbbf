"""What is particular to the stores: privacy, clean-up, several processes."""

from __future__ import annotations

import contextlib
import dbm.dumb
import importlib.util
import multiprocessing
import os
import sqlite3
import stat
import struct
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeRequest
from mod_python import Session
from mod_python.sessions import locks, private, redis, sqlite
from mod_python.sessions.damage import set_aside_once
from mod_python.sessions.dbm import DbmStore, dbm_store
from mod_python.sessions.file import FileStore
from mod_python.sessions.ids import new_sid
from mod_python.sessions.record import CorruptRecord, Record
from mod_python.sessions.sqlite import SqliteStore
from mod_python.sessions.store import Store
from mod_python.sessions.sweep import Policy
from sessionkit import Browser, needed, redis_server

SID = "ab" + "0" * 30
Maker = Callable[[str], Store]

STORES: dict[str, Maker] = {
    "file": lambda directory: FileStore(directory, "pickle", Policy()),
    "dbm": lambda directory: DbmStore(directory + "/db", dbm.dumb, "pickle"),
    "sqlite": lambda directory: SqliteStore(directory + "/db", "pickle"),
}


def record(age: float = 0, timeout: float = 1800, **data: Any) -> Record:
    then = time.time() - age
    return {"_data": data, "_created": then, "_accessed": then, "_timeout": timeout}


def mode(path: Path | str) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock of another test."""
    monkeypatch.setattr(locks, "_local", locks.LocalLocks())


@pytest.fixture
def directory(tmp_path: Path) -> str:
    return private.owned_directory(str(tmp_path / "store"))


@pytest.fixture(params=STORES)
def maker(request: pytest.FixtureRequest) -> Maker:
    return STORES[request.param]


# -- Every store on disk ----------------------------------------------------------------------------------------


def test_records_survive_the_store_object(maker: Maker, directory: str) -> None:
    maker(directory).save(SID, record(n=1))
    loaded = maker(directory).load(SID)
    assert loaded is not None and loaded["_data"] == {"n": 1}


def test_what_is_not_there_is_none_and_can_be_deleted(maker: Maker, directory: str) -> None:
    store = maker(directory)
    store.delete(SID)
    assert store.load(SID) is None


def test_files_are_for_this_user_only(maker: Maker, directory: str) -> None:
    """Security item S4."""
    maker(directory).save(SID, record())
    modes = {mode(path) for path in Path(directory).rglob("*") if path.is_file()}
    assert modes == {0o600}


def save_some(maker: Maker, directory: str, sids: list[str]) -> None:
    for sid in sids:
        maker(directory).save(sid, record())


def test_several_processes_write_at_once(maker: Maker, directory: str) -> None:
    parts = [[new_sid() for _ in range(20)] for _ in range(4)]
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=save_some, args=(maker, directory, part)) for part in parts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert all(maker(directory).load(sid) for part in parts for sid in part)


# -- Directories ------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path) -> str:
    """A directory like /tmp."""
    path = tmp_path / "shared"
    path.mkdir()
    path.chmod(0o1777)
    return str(path)


def test_in_a_shared_directory_a_private_one_is_made(shared: str) -> None:
    path = private.state_directory(shared, "/nowhere")
    assert path == f"{shared}/mod_python-{os.geteuid()}"
    assert mode(path) == 0o700


def test_without_configuration_it_is_in_the_temporary_directory(shared: str) -> None:
    assert private.state_directory(None, shared).startswith(shared + "/mod_python-")


def test_a_configured_private_directory_is_taken_as_it_is(directory: str) -> None:
    assert private.state_directory(directory, "/nowhere") == directory


def test_in_a_directory_of_another_user_a_private_one_is_made(directory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = types.SimpleNamespace(st_uid=os.geteuid() + 1, st_mode=stat.S_IFDIR | 0o755)
    monkeypatch.setattr(os, "stat", lambda path: theirs)
    assert private.state_directory(directory, "/nowhere") != directory


def test_a_configured_directory_that_is_missing_is_made(directory: str) -> None:
    """Defect D33."""
    assert mode(private.state_directory(directory + "/new", "/nowhere")) == 0o700


def test_a_directory_whose_parent_is_missing_is_a_clear_error(directory: str) -> None:
    with pytest.raises(FileNotFoundError, match="a/b"):
        private.state_directory(directory + "/a/b", "/nowhere")


def test_a_planted_link_is_refused(shared: str, directory: str) -> None:
    os.symlink(directory, f"{shared}/mod_python-{os.geteuid()}")
    with pytest.raises(private.NotPrivate, match="MP0288"):
        private.state_directory(shared, "/nowhere")


def test_a_planted_file_is_refused(shared: str) -> None:
    Path(f"{shared}/mod_python-{os.geteuid()}").touch()
    with pytest.raises(private.NotPrivate, match="MP0288"):
        private.state_directory(shared, "/nowhere")


def test_a_directory_of_another_user_is_refused(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = private.owned_directory(shared + "/x")
    uid = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    with pytest.raises(private.NotPrivate, match="belongs to user"):
        private.owned_directory(path)


def test_an_open_directory_of_ours_is_closed(directory: str) -> None:
    os.chmod(directory, 0o777)
    private.owned_directory(directory)
    assert mode(directory) == 0o700


@pytest.mark.parametrize("kind", ["Dbm", "Sqlite"])
def test_a_database_in_a_shared_directory_is_refused(shared: str, kind: str) -> None:
    options = {f"mod_python.{kind.lower()}_session.database_filename": shared + "/db"}
    with pytest.raises(private.NotPrivate, match="MP0288"):
        getattr(Session, kind + "Session")(FakeRequest(options=options))


def test_each_store_has_its_place(directory: str) -> None:
    options = {"mod_python.session.database_directory": directory}
    for name in ("FileSession", "DbmSession", "SqliteSession"):
        getattr(Session, name)(FakeRequest(options=options), lock=0).save()
    places = {path.name.removesuffix(".db") for path in Path(directory).iterdir()}  # some kinds of dbm add a suffix
    assert {"mp_sess", "mp_sess.dbm", "mp_sess.sqlite"} <= places


def test_the_own_directory_of_a_kind_wins(directory: str) -> None:
    options = {
        "session_directory": "/nowhere/at/all",
        "mod_python.sqlite_session.database_directory": directory,
    }
    Session.SqliteSession(FakeRequest(options=options)).save()
    assert os.path.exists(directory + "/mp_sess.sqlite")


# -- Files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(directory: str) -> FileStore:
    store = FileStore(directory, "pickle", Policy())
    store.save(SID, record(n=1))
    return store


def file_of(store: FileStore, sid: str = SID) -> Path:
    return Path(store._path(sid))


def test_a_file_is_named_after_its_id(files: FileStore, directory: str) -> None:
    assert str(file_of(files)) == f"{directory}/ab/{SID}"
    assert mode(file_of(files).parent) == 0o700


def test_a_failed_save_leaves_nothing_behind(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        files.save(SID, record(n=2))
    assert [path.name for path in file_of(files).parent.iterdir()] == [SID]


def test_a_link_is_no_record(files: FileStore, tmp_path: Path) -> None:
    file_of(files).rename(tmp_path / "elsewhere")
    file_of(files).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CorruptRecord, match="symbolic link"):
        files.load(SID)


def test_a_file_that_others_may_write_is_no_record(files: FileStore) -> None:
    file_of(files).chmod(0o620)
    with pytest.raises(CorruptRecord, match="MP0288"):
        files.load(SID)


def test_loading_spares_a_file_from_the_fast_cleanup(files: FileStore) -> None:
    os.utime(file_of(files), (0, 0))
    files.load(SID)
    assert file_of(files).stat().st_mtime > 0


def swept(store: FileStore, policy: Policy, age: float, modified: float, timeout: float = 1800) -> bool:
    """Whether a sweep removes a record that is `age` seconds old in a file written `modified` seconds ago."""
    now = time.time()
    store.save(SID, record(age))
    os.utime(file_of(store), (now - modified, now - modified))
    FileStore(store._directory, "pickle", policy).expire(now, timeout)
    return not file_of(store).exists()


@pytest.mark.parametrize(
    ("policy", "age", "modified", "expected"),
    [
        (Policy(), 3000, 3000, True),
        (Policy(), 3000, 100, False),
        (Policy(), 100, 3000, False),
        (Policy(), 1900, 3000, False),
        (Policy(grace=0), 1900, 3000, True),
        (Policy(verify=False), 100, 3000, True),
        (Policy(verify=False), 3000, 100, False),
        (Policy(fast=False), 3000, 100, True),
        (Policy(fast=False, verify=False), 100, 3000, False),
    ],
)
def test_what_a_sweep_removes(files: FileStore, policy: Policy, age: float, modified: float, expected: bool) -> None:
    assert swept(files, policy, age, modified) is expected


def test_a_sweep_removes_unreadable_and_abandoned_files_only(files: FileStore) -> None:
    part = file_of(files).parent
    for name in ("ab" + "1" * 30, private.TEMPORARY_PREFIX + "x", "README"):
        (part / name).write_bytes(b"nonsense")
        os.utime(part / name, (0, 0))
    assert files.expire(time.time(), 1800) == 2
    assert sorted(path.name for path in part.iterdir()) == ["README", SID]


def test_one_process_at_a_time_sweeps(files: FileStore, directory: str) -> None:
    with private.locked(directory + "/.mp_sess.lck"):
        assert not swept(files, Policy(), 9000, 9000)
    assert swept(files, Policy(), 9000, 9000)


def test_a_sweep_out_of_time_goes_on_later(directory: str) -> None:
    store = FileStore(directory, "pickle", Policy(limit=1e-9))
    for part in range(256):
        store.save(f"{part:02x}" + "0" * 30, record(9000))
        os.utime(file_of(store, f"{part:02x}" + "0" * 30), (0, 0))
    assert [store.expire(time.time(), 1800) for _ in range(257)] == [1] * 256 + [0]


@pytest.mark.parametrize("progress", [b"", b"-7x", b"999999999", b"\xff"])
def test_unreadable_progress_starts_somewhere(files: FileStore, directory: str, progress: bytes) -> None:
    private.write(directory + "/fs_status.txt", progress)
    files.expire(time.time(), 1800)
    assert swept(files, Policy(), 9000, 9000)


def test_a_sweep_skips_what_it_can_not_remove_and_tells(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(f"not {path}")

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(PermissionError, match=SID):
        swept(files, Policy(), 9000, 9000)
    assert private.read(files._directory + "/fs_status.txt") == b"0"


@pytest.mark.parametrize(
    ("options", "arguments", "expected"),
    [
        ({}, (), (True, True, 240, 2)),
        ({"enable_fast_cleanup": "Off", "cleanup_time_limit": "0"}, (), (False, True, 240, 0)),
        ({"verify_session_timeout": "no", "cleanup_grace_period": "7"}, (), (True, False, 7, 2)),
        ({"enable_fast_cleanup": "no"}, (1, 0), (True, False, 240, 2)),
    ],
)
def test_options_and_arguments_make_the_policy(
    directory: str, options: dict[str, str], arguments: tuple[int, ...], expected: tuple[Any, ...]
) -> None:
    keys = {f"mod_python.file_session.{name}": value for name, value in options.items()}
    req = FakeRequest(options={"session_directory": directory, **keys})
    session = Session.FileSession(req, 0, None, 0, 1, *arguments)
    assert isinstance(session._store, FileStore)
    assert session._store._policy == Policy(*expected)


# -- dbm and SQLite ---------------------------------------------------------------------------------------------


def test_a_dbm_cleanup_removes_expired_and_unreadable_records(directory: str) -> None:
    store = DbmStore(directory + "/db", dbm.dumb, "pickle")
    sids = [new_sid() for _ in range(3)]
    for sid, age in zip(sids, (0, 9000, 9000), strict=True):
        store.save(sid, record(age))
    with dbm.dumb.open(directory + "/db") as db:
        db["x"] = b"nonsense"
    assert store.expire(time.time(), 1800) == 3
    assert [store.load(sid) is not None for sid in sids] == [True, False, False]


def test_dbm_sessions_use_the_module_they_are_given(directory: str) -> None:
    session = Session.DbmSession(FakeRequest(), directory + "/mine", 0, None, dbm.dumb)
    session.save()
    assert os.path.exists(directory + "/mine.dir")


def test_a_dbm_is_an_sqlite_database_unless_another_kind_is_asked_for(directory: str) -> None:
    assert isinstance(dbm_store(directory + "/db", dbm, "pickle"), SqliteStore)
    assert isinstance(dbm_store(directory + "/db", dbm.dumb, "pickle"), DbmStore)


def test_to_look_for_its_kind_leaves_the_locks_of_other_threads(directory: str) -> None:
    path = directory + "/db"
    dbm_store(path, dbm, "pickle").save(SID, record(n=1))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        dbm_store(path, dbm, "pickle")
        program = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
        process = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert "database is locked" in process.stderr


def test_a_dbm_of_an_older_kind_that_is_there_already_goes_on(directory: str) -> None:
    dbm_store(directory + "/db", dbm.dumb, "pickle").save(SID, record(n=1))
    loaded = dbm_store(directory + "/db", dbm, "pickle").load(SID)
    assert loaded is not None and loaded["_data"] == {"n": 1}


def test_so_does_one_that_is_a_file_of_that_name(directory: str) -> None:
    Path(directory, "db").write_bytes(struct.pack("=l", 0x13579ACE) + bytes(1000))  # GNU dbm's
    assert isinstance(dbm_store(directory + "/db", dbm, "pickle"), DbmStore)


def test_one_that_is_in_use_is_not_taken_for_an_sqlite_database(
    directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0)
    Path(directory, "db").write_bytes(struct.pack("=l", 0x13579ACE) + bytes(1000))
    program = (
        "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"
    )
    command = [sys.executable, "-c", program, directory + "/db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "\n"
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            dbm_store(directory + "/db", dbm, "pickle")
        holder.communicate("\n")
    assert isinstance(dbm_store(directory + "/db", dbm, "pickle"), DbmStore)


def test_a_dbm_that_python_itself_made_as_an_sqlite_database_holds_sessions(directory: str) -> None:
    """`dbm.open` does so since Python 3.13."""
    with contextlib.closing(sqlite3.connect(directory + "/db")) as connection:
        connection.execute("CREATE TABLE Dict (key BLOB UNIQUE NOT NULL, value BLOB NOT NULL)")
    store = dbm_store(directory + "/db", dbm, "pickle")
    kept = record()
    store.save(SID, kept)
    assert store.load(SID) == kept


@pytest.mark.parametrize("kind", [dbm, dbm.dumb])
def test_a_dbm_that_was_never_written_is_made_anew(directory: str, kind: Any) -> None:
    open(directory + "/db", "wb").close()
    store = dbm_store(directory + "/db", kind, "pickle")
    kept = record()
    store.save(SID, kept)
    assert store.load(SID) == kept


def test_a_damaged_sqlite_row_is_a_corrupt_record(directory: str) -> None:
    store = SqliteStore(directory + "/db", "pickle")
    store.save(SID, record())
    with sqlite3.connect(directory + "/db") as connection:
        connection.execute("UPDATE session SET record = 'text'")
    connection.close()
    with pytest.raises(CorruptRecord):
        store.load(SID)


@pytest.mark.parametrize("kind", ["DbmSession", "SqliteSession"])
def test_a_damaged_database_is_set_aside_and_sessions_begin_anew(directory: str, kind: str) -> None:
    damage = b"garbage" * 100
    browser = Browser(session__session_type=kind, session__database_directory=directory)
    with browser.visit() as req:
        Session.Session(req).save()
    (database,) = (name for name in os.listdir(directory) if name.startswith("mp_sess") and ".lock" not in name)
    with open(f"{directory}/{database}", "r+b") as file:
        file.write(damage)
        file.truncate()
    with browser.visit() as req:
        session = Session.Session(req)
        session["a"] = 1
        session.save()
    assert session.is_new()
    assert "MP0395" in req.logged[0]
    (aside,) = (name for name in os.listdir(directory) if ".damaged-" in name)
    with open(f"{directory}/{aside}", "rb") as file:
        assert file.read() == damage
    with browser.visit() as req:
        assert Session.Session(req)["a"] == 1
    assert req.logged == []


def test_a_database_that_another_process_has_mended_stays(directory: str) -> None:
    store = SqliteStore(directory + "/db", "pickle")
    store.save(SID, record())
    assert "MP0396" in str(set_aside_once(directory + "/db", inode=0, reason="found before"))
    assert store.load(SID)


# -- Redis ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    needed(importlib.util.find_spec("redis"), "the package redis")
    with redis_server(str(tmp_path_factory.mktemp("redis"))) as url:
        yield redis.client(url, 5)


def test_redis_itself_ends_a_session(client: Any) -> None:
    redis.RedisStore(client, "t:", "json").save(SID, record(age=10, timeout=60))
    assert 45_000 < client.pttl("t:" + SID) <= 50_000


def test_saving_an_expired_session_removes_it(client: Any) -> None:
    store = redis.RedisStore(client, "t:", "json")
    store.save(SID, record())
    store.save(SID, record(age=100, timeout=60))
    assert store.load(SID) is None


def test_a_redis_lock_is_common_to_all_servers(client: Any) -> None:
    left, right = (redis.RedisLocks(client, "t:", 60) for _ in range(2))
    release = left.acquire(SID, 0)
    assert release is not None
    assert right.acquire(SID, 0) is None
    release()
    assert right.acquire(SID, 0) is not None


def test_a_redis_lock_whose_lease_ended_is_not_taken_from_the_next(client: Any) -> None:
    release = redis.RedisLocks(client, "late:", 60).acquire(SID, 0)
    assert release is not None
    client.set("late:lock:" + SID, "another holder")
    release()
    assert client.get("late:lock:" + SID) == b"another holder"


def test_one_client_serves_all_requests() -> None:
    needed(importlib.util.find_spec("redis"), "the package redis")
    assert redis.client("redis://127.0.0.1:1/0", 1) is redis.client("redis://127.0.0.1:1/0", 1)
