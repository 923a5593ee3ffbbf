"""Session locks: who waits for whom, and for how long."""

from __future__ import annotations

import sys
import threading
import types
import zlib
from typing import Any

import pytest

from fakes import FakeRequest
from mod_python import Session
from mod_python.errors import SERVER_RETURN
from mod_python.sessions import locks
from mod_python.sessions.ids import new_sid
from sessionkit import Browser


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> locks.LocalLocks:
    """Locks of this test alone; few, so that ids share them."""
    monkeypatch.setattr(locks, "_local", locks.LocalLocks(2))
    monkeypatch.setattr(Session.MemorySession, "sdict", {})
    return locks._local


@pytest.fixture
def browser() -> Browser:
    """A browser that has a session, at a site that does not wait for locks."""
    browser = Browser(session__session_type="MemorySession", session__lock_timeout="0")
    with browser.visit() as req:
        Session.Session(req).save()
    return browser


def is_locked(browser: Browser) -> bool:
    """Whether another request of the browser would have to wait."""
    try:
        with browser.visit() as req:
            Session.Session(req)
    except SERVER_RETURN as error:
        assert error.result == 503
        assert "MP0281" in req.logged[0] and browser.cookies["pysid"] not in req.logged[0]
        return True
    return False


def test_a_session_is_locked_until_the_request_ends(browser: Browser) -> None:
    with browser.visit() as req:
        Session.Session(req)
        assert is_locked(browser)
    assert not is_locked(browser)


def test_unlock_lets_others_in_early(browser: Browser) -> None:
    with browser.visit() as req:
        session = Session.Session(req)
        session.unlock()
        session.unlock()
        assert not is_locked(browser)


def test_lock_again_after_unlock(browser: Browser) -> None:
    with browser.visit() as req:
        session = Session.Session(req)
        session.unlock()
        session.lock()
        session.lock()
        assert is_locked(browser)
    assert not is_locked(browser)


def test_without_lock_a_session_is_read_while_another_request_has_it(browser: Browser) -> None:
    with browser.visit() as first, browser.visit() as second:
        session = Session.Session(first)
        assert Session.Session(second, lock=0).id() == session.id()


def test_the_same_id_twice_in_one_request_does_not_wait(browser: Browser) -> None:
    """Defect D29."""
    with browser.visit() as req:
        first, second = Session.Session(req), Session.Session(req)
        first.unlock()
        assert is_locked(browser)
        second.unlock()
        assert not is_locked(browser)


def test_two_ids_of_one_lock_in_one_request_do_not_wait(browser: Browser, local: locks.LocalLocks) -> None:
    """Defect D29."""
    sid = browser.cookies["pysid"]
    other = next(sid_ for sid_ in iter(new_sid, "") if sid_ != sid and local.slot(sid_) == local.slot(sid))
    with browser.visit() as req:
        session = Session.Session(req)
        hold = locks.hold(req, local, other, 0)
        assert hold is not None
        session.unlock()
        assert is_locked(browser)
        hold.release()
        hold.release()
        assert not is_locked(browser)


@pytest.mark.parametrize("link", ["main", "prev"])
def test_sub_requests_and_redirects_share_the_locks_of_their_request(browser: Browser, link: str) -> None:
    with browser.visit() as req:
        Session.Session(req)
        with browser.visit(**{link: req}) as inner:
            Session.Session(inner)
        assert is_locked(browser)
    assert not is_locked(browser)


def test_a_new_id_moves_the_lock(browser: Browser) -> None:
    with browser.visit() as req:
        session = Session.Session(req)
        session.regenerate()
        req_locks = [slot for slot, held in req._session_locks.items() if held.count]  # type: ignore[attr-defined]
        assert req_locks == [locks._local.slot(session.id())]


def test_a_waiting_request_goes_on_when_the_other_ends(browser: Browser) -> None:
    del browser.options["mod_python.session.lock_timeout"]
    seen: list[int] = []

    def count() -> None:
        with browser.visit() as req:
            session = Session.Session(req)
            session["n"] = session.get("n", 0) + 1
            session.save()
            seen.append(session["n"])

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("value", ["-1", "soon", "inf", "nan"])
def test_a_senseless_lock_timeout_is_an_error(browser: Browser, value: str) -> None:
    browser.options["mod_python.session.lock_timeout"] = value
    with browser.visit() as req, pytest.raises(ValueError, match=r"MP0285.*lock_timeout"):
        Session.Session(req)


# -- In httpd ---------------------------------------------------------------------------------------------------


class Mutex(types.ModuleType):
    """A double of `mod_python.mutex` with three mutexes, of which number 2 is another request's."""

    def __init__(self) -> None:
        super().__init__("mod_python.mutex")
        self.calls: list[tuple[Any, ...]] = []

    def slot(self, key: str) -> int:
        return 1 + zlib.crc32(key.encode()) % 2

    def acquire(self, server: Any, key: str, index: int = -1, timeout: float | None = None) -> bool:
        self.calls.append(("acquire", server, key, index, timeout))
        return index != 2

    def release(self, server: Any, key: str, index: int = -1) -> None:
        self.calls.append(("release", server, key, index))


@pytest.fixture
def mutex(monkeypatch: pytest.MonkeyPatch) -> Mutex:
    double = Mutex()
    monkeypatch.setitem(sys.modules, "mod_python.mutex", double)
    return double


def test_in_httpd_its_mutexes_serve(mutex: Mutex) -> None:
    req = FakeRequest()
    key = next(sid for sid in iter(new_sid, "") if mutex.slot(sid) == 1)
    hold = locks.hold(req, locks.server_locks(req.server), key, 5)
    assert hold is not None
    hold.release()
    assert mutex.calls == [("acquire", req.server, key, 1, 5), ("release", req.server, key, 1)]


def test_in_httpd_a_taken_mutex_is_no_hold(mutex: Mutex) -> None:
    req = FakeRequest()
    key = next(sid for sid in iter(new_sid, "") if mutex.slot(sid) == 2)
    assert locks.hold(req, locks.server_locks(req.server), key, 5) is None
    assert locks.hold(req, locks.server_locks(req.server), key, 5) is None


def test_in_httpd_nothing_stands_in_for_its_mutexes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mod_python.mutex", None)
    monkeypatch.setitem(sys.modules, "mod_python.apache", types.ModuleType("mod_python.apache"))
    with pytest.raises(ImportError):
        locks.server_locks(None)


def test_slots_do_not_depend_on_the_process() -> None:
    """Defect D31."""
    assert locks.LocalLocks(31).slot("0" * 32) == ("local", zlib.crc32(b"0" * 32) % 31)
