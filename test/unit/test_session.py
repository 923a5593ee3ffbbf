"""Sessions as programs use them, with every kind of store."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from fakes import FakeRequest
from mod_python import Session
from mod_python.sessions import locks
from sessionkit import Browser, needed, redis_server, set_cookies

KINDS = ("MemorySession", "DbmSession", "SqliteSession", "FileSession", "RedisSession")


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    needed(importlib.util.find_spec("redis"), "the package redis")
    with redis_server(str(tmp_path_factory.mktemp("redis"))) as url:
        yield url


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No session and no lock of another test."""
    monkeypatch.setattr(Session.MemorySession, "sdict", {})
    monkeypatch.setattr(locks, "_local", locks.LocalLocks())


@pytest.fixture(params=KINDS)
def browser(request: pytest.FixtureRequest, tmp_path: Any) -> Browser:
    """A browser at a site with one of the kinds of sessions."""
    options = {"session__session_type": request.param, "session__database_directory": str(tmp_path)}
    if request.param == "RedisSession":
        options["redis_session__url"] = request.getfixturevalue("redis_url")
    return Browser(**options)


@pytest.fixture
def memory() -> Browser:
    """A browser at a site with memory sessions, where the store does not matter."""
    return Browser(session__session_type="MemorySession")


def started(browser: Browser, **data: Any) -> str:
    """The id of a session saved with `data`."""
    with browser.visit() as req:
        session = Session.Session(req)
        session.update(data)
        session.save()
    return session.id()


# -- Keeping data -----------------------------------------------------------------------------------------------


def test_data_is_there_on_the_next_request(browser: Browser) -> None:
    sid = started(browser, cart=["tea"], visits=1)
    with browser.visit() as req:
        session = Session.Session(req)
        assert (session.id(), session.is_new(), dict(session)) == (sid, False, {"cart": ["tea"], "visits": 1})
        assert set_cookies(req) == []


def test_changes_are_kept_only_when_saved(browser: Browser) -> None:
    started(browser, n=1)
    with browser.visit() as req:
        Session.Session(req)["n"] = 2
    with browser.visit() as req:
        assert Session.Session(req)["n"] == 1


def test_keys_removed_are_gone_after_save(browser: Browser) -> None:
    started(browser, a=1, b=2)
    with browser.visit() as req:
        session = Session.Session(req)
        del session["a"]
        session.save()
    with browser.visit() as req:
        assert dict(Session.Session(req)) == {"b": 2}


def test_times_and_timeout_are_kept(browser: Browser) -> None:
    with browser.visit() as req:
        first = Session.Session(req, timeout=60)
        first.save()
    with browser.visit() as req:
        second = Session.Session(req, timeout=5)
        assert (second.created(), second.timeout()) == (first.created(), 60)
        assert second.last_accessed() >= first.last_accessed()


def test_arbitrary_objects_are_kept(browser: Browser) -> None:
    started(browser, when=threading.TIMEOUT_MAX, pair=(1, {2}), none=None)
    with browser.visit() as req:
        assert Session.Session(req)["pair"] == (1, {2})


def test_json_keeps_plain_data(browser: Browser) -> None:
    browser.options["mod_python.session.serializer"] = "json"
    started(browser, user="Zoë \udcff", items=[1, 2.5, None])
    with browser.visit() as req:
        assert dict(Session.Session(req)) == {"user": "Zoë \udcff", "items": [1, 2.5, None]}


@pytest.mark.parametrize("kind", KINDS[1:4])
def test_a_save_that_fails_raises_and_leaves_the_old_record(kind: str, tmp_path: Any) -> None:
    browser = Browser(session__session_type=kind, session__database_directory=str(tmp_path))
    started(browser, n=1)
    with browser.visit() as req:
        session = Session.Session(req)
        session["lock"] = threading.Lock()
        with pytest.raises(TypeError):
            session.save()
    with browser.visit() as req:
        assert dict(Session.Session(req)) == {"n": 1}


def test_delete_empties_the_session_and_its_record(browser: Browser) -> None:
    started(browser, n=1)
    with browser.visit() as req:
        session = Session.Session(req)
        session.delete()
        assert dict(session) == {}
    with browser.visit() as req:
        assert Session.Session(req).is_new()


def test_invalidate_ends_session_and_cookie(browser: Browser) -> None:
    started(browser, n=1)
    with browser.visit() as req:
        session = Session.Session(req)
        session.invalidate()
        session["n"] = 2
        session.save()
    assert browser.cookies == {}
    with browser.visit() as req:
        assert Session.Session(req, sid=session.id()).is_new()


def test_an_id_may_be_given_instead_of_the_cookie(browser: Browser) -> None:
    sid = started(browser, n=1)
    browser.cookies.clear()
    with browser.visit() as req:
        assert Session.Session(req, sid=sid)["n"] == 1


# -- Expiry -----------------------------------------------------------------------------------------------------


def aged(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Lets the sessions saved from now on be that old."""
    now = time.time()
    monkeypatch.setattr(Session, "time", types.SimpleNamespace(time=lambda: now - seconds))


def test_an_expired_session_is_new_and_its_record_deleted(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect D34."""
    with monkeypatch.context() as patch:
        aged(patch, 2000)
        sid = started(browser, n=1)
    with browser.visit() as req:
        session = Session.Session(req)
        assert session.is_new() and session.id() != sid and dict(session) == {}
        assert session._store.load(sid) is None


def test_a_session_outlives_a_clock_that_is_set_back(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        aged(patch, -3600)
        started(browser, n=1)
    with browser.visit() as req:
        session = Session.Session(req)
        assert session["n"] == 1
        session.save()
        record = session._store.load(session.id())
        assert record is not None and record["_accessed"] <= time.time()


def test_cleanup_removes_expired_records_and_no_others(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defect D26."""
    browser.options["mod_python.file_session.enable_fast_cleanup"] = "no"
    with monkeypatch.context() as patch:
        aged(patch, 3000)
        old = started(browser, n=1)
    browser.cookies.clear()
    sid = started(browser, n=2)
    with browser.visit() as req:
        session = Session.Session(req)
        session.cleanup()
    assert session._store.load(old) is None
    assert session._store.load(sid) is not None
    assert "MP0283" in req.server.logged[0]


def test_cleanup_happens_by_chance(memory: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "CLEANUP_CHANCE", 1)
    with memory.visit() as req:
        Session.Session(req)
    assert "MP0283" in req.server.logged[0]


def test_a_failing_cleanup_is_logged(memory: Browser) -> None:
    class Broken:
        def load(self, sid: str) -> None: ...
        def save(self, sid: str, record: Any) -> None: ...
        def delete(self, sid: str) -> None: ...
        def expire(self, now: float, timeout: float) -> int:
            raise OSError("disk on fire")

    with memory.visit() as req:
        Session.StoredSession(req, Broken()).cleanup()
    assert "MP0282" in req.server.logged[0] and "disk on fire" in req.server.logged[0]


def test_a_timeout_counts_when_saved(memory: Browser) -> None:
    sid = started(memory)
    with memory.visit() as req:
        session = Session.Session(req)
        session.set_timeout(-1)
        session.save()
    with memory.visit() as req:
        assert Session.Session(req, sid=sid).is_new()


def test_a_timeout_must_be_finite(memory: Browser) -> None:
    with memory.visit() as req, pytest.raises(ValueError, match="MP0290"):
        Session.Session(req).set_timeout(float("nan"))


def test_memory_holds_no_more_than_it_may(memory: Browser) -> None:
    memory.options["mod_python.memory_session.max_sessions"] = "2"
    sids = []
    for _ in range(3):
        memory.cookies.clear()
        sids.append(started(memory))
    assert list(Session.MemorySession.sdict) == sids[1:]


# -- Ids --------------------------------------------------------------------------------------------------------


def test_an_unknown_id_is_never_adopted(browser: Browser) -> None:
    planted = browser.cookies["pysid"] = "0" * 32
    with browser.visit() as req:
        session = Session.Session(req)
        assert session.is_new() and session.id() != planted
        assert len(set_cookies(req)) == 1


@pytest.mark.parametrize("sid", ["a" * 31, "A" * 32, "a" * 32 + "\n", "../" * 11, b"a" * 32, 17])
def test_a_malformed_id_given_is_a_value_error(memory: Browser, sid: Any) -> None:
    """Defect D27."""
    with memory.visit() as req, pytest.raises(ValueError, match="MP0289"):
        Session.Session(req, sid=sid)


@pytest.mark.parametrize("value", ["", "x", "a" * 33, "A" * 32, '"', "../../etc/passwd", "a" * 32 + "\x7f"])
def test_a_malformed_id_in_the_cookie_is_ignored(memory: Browser, value: str) -> None:
    memory.cookies["pysid"] = value
    with memory.visit() as req:
        assert Session.Session(req).is_new()


def test_ids_are_32_hex_digits_and_differ(memory: Browser) -> None:
    sids = {Session.Session(memory.ask(), lock=0).id() for _ in range(20)}
    assert len(sids) == 20
    assert all(len(sid) == 32 and set(sid) <= set("0123456789abcdef") for sid in sids)


def test_regenerate_keeps_the_data_under_a_new_id(browser: Browser) -> None:
    old = started(browser, user="ann")
    with browser.visit() as req:
        session = Session.Session(req)
        assert session.regenerate() == session.id() != old
    assert browser.cookies["pysid"] == session.id()
    with browser.visit() as req:
        assert Session.Session(req)["user"] == "ann"
    with browser.visit() as req:
        assert Session.Session(req, sid=old).is_new()


def test_regenerate_that_can_not_save_keeps_the_old_session(tmp_path: Any) -> None:
    browser = Browser(session__session_type="FileSession", session__database_directory=str(tmp_path))
    sid = started(browser, user="ann")
    with browser.visit() as req:
        session = Session.Session(req)
        session["bad"] = threading.Lock()
        with pytest.raises(TypeError):
            session.regenerate()
        assert session.id() == sid
    with browser.visit() as req:
        assert Session.Session(req)["user"] == "ann"


def test_regenerate_after_invalidate_does_nothing(memory: Browser) -> None:
    started(memory)
    with memory.visit() as req:
        session = Session.Session(req)
        session.invalidate()
        session.regenerate()
    assert memory.cookies == {}


# -- Damaged records --------------------------------------------------------------------------------------------


def damaged(browser: Browser) -> str:
    """A session whose record was written as pickle, at a site that has gone over to JSON."""
    sid = started(browser, n=1)
    browser.options["mod_python.session.serializer"] = "json"
    return sid


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_record_that_can_not_be_read_is_no_session_and_logged_once(
    kind: str, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    browser = Browser(session__session_type=kind, session__database_directory=str(tmp_path))
    if kind == "RedisSession":
        browser.options["mod_python.redis_session.url"] = request.getfixturevalue("redis_url")
    sid = damaged(browser)
    with browser.visit() as req:
        assert Session.Session(req).is_new()
    assert [line[:6] for line in req.logged] == ["MP0280"]
    assert sid not in req.logged[0]
    with browser.visit() as req:
        Session.Session(req, sid=sid)
    assert req.logged == []


def test_a_store_that_fails_is_an_error_not_a_new_session(memory: Browser) -> None:
    class Down(Session.BaseSession):
        def do_load(self) -> Any:
            raise ConnectionError("refused")

    memory.cookies["pysid"] = "0" * 32
    with memory.visit() as req, pytest.raises(ConnectionError):
        Down(req)


# -- Classes and arguments --------------------------------------------------------------------------------------


class OldStyle(Session.BaseSession):
    """A session class as programs for the original wrote them."""

    kept: dict[str, Any] = {}

    def __init__(self, req: Any, sid: Any = None, secret: Any = None, timeout: float = 0, lock: int = 1) -> None:
        Session.BaseSession.__init__(self, req, sid=sid, secret=secret, timeout=timeout, lock=lock)

    def do_load(self) -> Any:
        return self.kept.get(self._sid)

    def do_save(self, record: Any) -> None:
        self.kept[self._sid] = record

    def do_delete(self) -> None:
        self.kept.pop(self._sid, None)

    def do_cleanup(self) -> None:
        self._req.log_error("cleaned")


def test_a_class_of_ones_own_needs_four_methods(memory: Browser) -> None:
    with memory.visit() as req:
        session = OldStyle(req)
        session["n"] = 1
        session.save()
        session.cleanup()
    assert set(OldStyle.kept[session.id()]) == {"_data", "_created", "_accessed", "_timeout"}
    assert req.logged == ["cleaned"]
    with memory.visit() as req:
        assert OldStyle(req) == {"n": 1}


def test_base_session_alone_can_not_keep_anything(memory: Browser) -> None:
    with memory.visit() as req:
        session = Session.BaseSession(req)
        session.cleanup()
        for method in (session.load, session.save, session.delete):
            with pytest.raises(NotImplementedError):
                method()


def test_base_session_takes_lock_before_timeout(memory: Browser) -> None:
    """Decision A21, defect D35."""
    with memory.visit() as req:
        session = Session.BaseSession(req, None, None, 0, 77)
        assert (session._lock, session.timeout()) == (0, 77)


@pytest.mark.parametrize("kind", ["MemorySession", "SqliteSession", "FileSession"])
def test_other_sessions_take_timeout_before_lock(memory: Browser, kind: str, tmp_path: Any) -> None:
    memory.options["mod_python.session.database_directory"] = str(tmp_path)
    with memory.visit() as req:
        session = getattr(Session, kind)(req, 0, None, 77, 0)
        assert (session._lock, session.timeout()) == (0, 77)


def test_the_old_option_name_chooses_too() -> None:
    req = FakeRequest(options={"session": "MemorySession"})
    assert type(Session.Session(req)) is Session.MemorySession


def test_an_unknown_session_type_is_an_error() -> None:
    req = FakeRequest(options={"mod_python.session.session_type": "os.system"})
    with pytest.raises(ValueError, match="session_type is 'os.system', but must be one of FileSession, Dbm"):
        Session.Session(req)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({2: 1, 3: 0, 12: 1}, "MemorySession"),
        ({2: 1, 3: 2, 12: 1}, "MemorySession"),
        ({2: 1, 3: 2, 12: 16}, "DbmSession"),
        ({2: 0, 3: 2, 12: 1}, "DbmSession"),
    ],
    ids=["threads only", "one child with threads", "children with threads", "children without threads"],
)
def test_the_server_decides_when_no_option_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, answers: dict[int, int], expected: str
) -> None:
    monkeypatch.setitem(sys.modules, "mod_python.apache", types.SimpleNamespace(mpm_query=answers.get))
    monkeypatch.setattr(Session, "tempdir", str(tmp_path))
    assert type(Session.Session(FakeRequest(), lock=0)).__name__ == expected


def test_redis_sessions_without_the_package_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    req = FakeRequest(options={"mod_python.redis_session.url": "redis://127.0.0.1:1/0"})
    with pytest.raises(ImportError, match="MP0287.*pip install"):
        Session.RedisSession(req)


def test_two_servers_with_one_redis_serve_one_user(redis_url: str) -> None:
    left = Browser(session__session_type="RedisSession", redis_session__url=redis_url)
    right = Browser(session__session_type="RedisSession", redis_session__url=redis_url + "?client_name=other")
    started(left, n=1)
    right.cookies = left.cookies
    with right.visit() as req:
        session = Session.Session(req)
        session["n"] += 1
        session.save()
    with left.visit() as req:
        assert Session.Session(req)["n"] == 2
