"""Caches that fill themselves: when values are built, kept, dropped and built anew."""

from __future__ import annotations

import gc
import http.server
import os
import threading
import time
import urllib.error
from collections.abc import Iterator
from email.message import Message
from email.utils import formatdate
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mod_python import cache
from mod_python.cache import NOT_INITIALIZED, Cache, FileCache, FunctionCache, HTTPCache, ModuleCache, WeakCache


class Squares(Cache):
    """Builds the square of a number; a name in `stale` is built again, with what `check` opened."""

    def __init__(self, max_size: int = 0) -> None:
        super().__init__(max_size)
        self.built: list[tuple[int, Any]] = []
        self.stale: set[int] = set()
        self.commits = 0

    def check(self, key: Any, name: Any, entry: Any) -> Any:
        return "opened" if name in self.stale else None

    def build(self, key: Any, name: Any, opened: Any, entry: Any) -> Any:
        self.built.append((name, opened))
        return name * name

    def commit(self) -> None:
        self.commits += 1


# -- Cache --------------------------------------------------------------------------------------------------------


def test_a_value_is_built_once() -> None:
    squares = Squares()
    assert [squares[3], squares[3]] == [9, 9]
    assert squares.built == [(3, None)]


def test_a_stale_value_is_built_from_what_check_opened() -> None:
    squares = Squares()
    assert squares[3] == 9
    squares.stale = {3}
    assert squares[3] == 9
    assert squares.built == [(3, None), (3, "opened")]


def test_a_value_can_be_given() -> None:
    squares = Squares()
    squares[3] = "nine"
    assert squares[3] == "nine"
    assert squares.built == []


def test_the_key_decides_what_is_the_same() -> None:
    class AbsoluteSquares(Squares):
        def key(self, name: Any) -> int:
            return abs(name)

    squares = AbsoluteSquares()
    assert (squares[3], squares[-3]) == (9, 9)
    assert squares.built == [(3, None)]
    assert -3 in squares


def test_it_is_a_collection_of_keys() -> None:
    squares = Squares()
    assert (squares[1], squares[2], squares[1]) == (1, 4, 1)
    assert (len(squares), list(squares), 1 in squares, 3 in squares) == (2, [2, 1], True, False)


def test_each_change_is_committed() -> None:
    squares = Squares()
    assert squares[1] == squares[1]
    squares[2] = 4
    del squares[2]
    squares.clear()
    assert (squares.commits, len(squares)) == (4, 0)


def test_the_least_recently_used_makes_room() -> None:
    squares = Squares(max_size=2)
    assert [squares[n] for n in (1, 2, 1, 3)] == [1, 4, 1, 9]
    assert list(squares) == [1, 3]


def test_both_ends_of_the_use_order() -> None:
    squares = Squares(max_size=2)
    assert squares.mru() is squares.lru() is None
    assert [squares[n] for n in (1, 2)] == [1, 4]
    mru, lru = squares.mru(), squares.lru()
    assert mru and lru
    assert (mru.key, mru.value, lru.key, lru.value) == (2, 4, 1, 1)


def test_an_unbounded_cache_has_no_use_order() -> None:
    squares = Squares()
    assert squares[1] == 1
    assert squares.mru() is squares.lru() is None


def test_a_deleted_entry_leaves_nothing_behind() -> None:
    squares = Squares(max_size=2)
    assert [squares[n] for n in (1, 2)] == [1, 4]
    del squares[1]
    assert [squares[n] for n in (3, 4, 1)] == [9, 16, 1]
    assert list(squares) == [4, 1]


def test_deleting_what_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        del Squares()[1]


def test_a_failed_build_leaves_no_entry() -> None:
    cache = Cache()
    with pytest.raises(NotImplementedError):
        cache["x"]
    assert len(cache) == 0


def test_a_failed_rebuild_fails_again_until_it_works() -> None:
    class Flaky(Squares):
        def build(self, key: Any, name: Any, opened: Any, entry: Any) -> Any:
            if opened:
                raise OSError("unreadable")
            return super().build(key, name, opened, entry)

    flaky = Flaky()
    assert flaky[3] == 9
    flaky.stale = {3}
    for _ in range(2):
        with pytest.raises(OSError, match="unreadable"):
            flaky[3]
    flaky.stale = set()
    assert flaky[3] == 9


def test_those_who_waited_for_a_failed_build_try_for_themselves() -> None:
    class Blocking(Squares):
        entered, proceed = threading.Event(), threading.Event()

        def build(self, key: Any, name: Any, opened: Any, entry: Any) -> Any:
            self.entered.set()
            assert self.proceed.wait(10)
            if not self.built:
                self.built.append((name, "failed"))
                raise OSError
            return super().build(key, name, opened, entry)

    def first() -> None:
        with pytest.raises(OSError):  # noqa: PT011
            blocking[3]

    blocking, values = Blocking(), []
    threads = [threading.Thread(target=first), threading.Thread(target=lambda: values.append(blocking[3]))]
    threads[0].start()
    assert blocking.entered.wait(10)
    threads[1].start()
    blocking.proceed.set()
    for thread in threads:
        thread.join()
    assert values == [9]


def test_threads_that_want_the_same_build_it_once() -> None:
    squares, values, barrier = Squares(), [], threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        values.append(squares[7])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (values, squares.built) == ([49] * 8, [(7, None)])


def test_a_slow_build_does_not_hold_up_other_names() -> None:
    class Nested(Squares):
        def build(self, key: Any, name: Any, opened: Any, entry: Any) -> Any:
            if name == 1:
                other = threading.Thread(target=lambda: self[2])
                other.start()
                other.join(10)
                assert not other.is_alive()
            return super().build(key, name, opened, entry)

    assert Nested()[1] == 1


def test_the_mark_of_an_empty_entry() -> None:
    assert repr(NOT_INITIALIZED) == "NOT_INITIALIZED"
    assert cache.Entry("k").value is NOT_INITIALIZED


# -- WeakCache ----------------------------------------------------------------------------------------------------


class Thing:
    pass


class Things(WeakCache):
    def build(self, key: Any, name: Any, opened: Any, entry: Any) -> Thing:
        return Thing()


def test_a_weak_value_is_shared_while_it_lives() -> None:
    things = Things()
    thing = things["x"]
    assert things["x"] is thing


def test_a_weak_value_is_built_anew_when_it_died() -> None:
    things = Things()
    things["x"].mark = True
    gc.collect()
    assert not hasattr(things["x"], "mark")


# -- FileCache ----------------------------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "my page.py"
    path.write_text("x = 1\n")
    return path


def touch(path: Path, text: str) -> None:
    path.write_text(text)
    later = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))


def test_a_file_is_read_again_when_it_changed(page: Path) -> None:
    files = FileCache()
    assert files[page] == b"x = 1\n"
    page_time = page.stat().st_mtime_ns
    page.write_text("unnoticed")
    os.utime(page, ns=(page_time, page_time))
    assert files[page] == b"x = 1\n"
    touch(page, "x = 2\n")
    assert files[page] == b"x = 2\n"


def test_a_file_can_be_read_as_text(page: Path) -> None:
    assert FileCache(mode="r")[page] == "x = 1\n"


def test_a_file_that_is_gone_is_an_error_and_no_old_contents(page: Path) -> None:
    files = FileCache()
    assert files[page]
    page.unlink()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            files[page]


def test_contents_that_were_given_stay_until_the_file_changes(page: Path) -> None:
    files = FileCache()
    files[page] = b"given"
    assert files[page] == b"given"
    touch(page, "new")
    assert files[page] == b"new"


# -- ModuleCache --------------------------------------------------------------------------------------------------


def test_a_module_is_executed_once_and_again_when_it_changed(page: Path) -> None:
    modules = ModuleCache()
    first = modules[page]
    assert (first.x, first.__file__, first.__name__) == (1, str(page), "my_page")
    assert modules[page] is first
    touch(page, "x = 2\n")
    assert modules[page].x == 2


def test_a_broken_edit_fails_each_time_until_it_is_fixed(page: Path) -> None:
    modules = ModuleCache()
    assert modules[page].x == 1
    touch(page, "x =")
    for _ in range(2):
        with pytest.raises(SyntaxError):
            modules[page]
    touch(page, "x = 3")
    assert modules[page].x == 3


# -- HTTPCache ----------------------------------------------------------------------------------------------------


class _Site(http.server.BaseHTTPRequestHandler):
    """Answers with `fields`, and with 304 to a matching ETag; remembers the request headers."""

    fields: ClassVar[dict[str, str]] = {}
    seen: ClassVar[list[Message]] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers)
        known = self.headers.get("If-None-Match")
        status = 304 if known and known == self.fields.get("ETag") else 404 if self.path == "/no" else 200
        self.send_response(status)
        for name, value in self.fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if status == 304 else b"body")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(_Site, "seen", [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def fetch_twice(url: str, monkeypatch: pytest.MonkeyPatch, **fields: str) -> int:
    """Ask twice for a page with these headers; return the number of requests."""
    monkeypatch.setattr(_Site, "fields", {name.replace("_", "-"): value for name, value in fields.items()})
    pages = HTTPCache()
    assert [pages[url].entity, pages[url].entity] == [b"body"] * 2
    return len(_Site.seen)


@pytest.mark.parametrize(
    "fields",
    [
        {"Cache_Control": "public, max-age=60"},
        {"Cache_Control": "max-age=60", "Age": "59", "Expires": "0"},
        {"Expires": formatdate(time.time() + 3600, usegmt=True)},
    ],
)
def test_a_fresh_page_is_kept(site: str, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]) -> None:
    assert fetch_twice(site, monkeypatch, **fields) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Cache_Control": "no-cache, max-age=60"},
        {"Cache_Control": "no-store"},
        {"Cache_Control": "max-age=60", "Age": "60"},
        {"Cache_Control": "max-age=0", "Expires": formatdate(time.time() + 3600, usegmt=True)},
        {"Expires": "0"},
        {"Expires": "Mon, 01 Jan 0001 00:00:00 -2359"},
    ],
)
def test_another_page_is_asked_for_again(site: str, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]) -> None:
    assert fetch_twice(site, monkeypatch, **fields) == 2


def test_a_page_that_did_not_change_is_kept(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetch_twice(site, monkeypatch, ETag='"1"', Last_Modified="Sat, 01 Jan 2000 00:00:00 GMT") == 2
    assert _Site.seen[1]["If-None-Match"] == '"1"'
    assert _Site.seen[1]["If-Modified-Since"] == "Sat, 01 Jan 2000 00:00:00 GMT"


def test_the_headers_come_with_the_page(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Site, "fields", {"X-Name": "value"})
    assert HTTPCache()[site].metadata["x-name"] == "value"


def test_an_http_error_is_raised_and_not_kept(site: str) -> None:
    pages = HTTPCache()
    with pytest.raises(urllib.error.HTTPError) as error:
        pages[site + "no"]
    error.value.close()
    assert len(pages) == 0


def test_only_http_urls_are_fetched(page: Path) -> None:
    with pytest.raises(urllib.error.URLError):
        HTTPCache()[page.as_uri()]


# -- FunctionCache ------------------------------------------------------------------------------------------------


def test_a_function_is_called_once_for_the_same_arguments() -> None:
    calls = []

    @FunctionCache
    def add(a: int, b: int = 0) -> int:
        calls.append((a, b))
        return a + b

    assert [add(1), add(1), add(1, b=2), add(b=2, a=1), add(a=1, b=2)] == [1, 1, 3, 3, 3]
    assert calls == [(1, 0), (1, 2), (1, 2)]


def test_a_function_cache_can_be_bounded() -> None:
    double = FunctionCache(lambda x: 2 * x, max_size=1)
    assert [double(1), double(2)] == [2, 4]
    assert len(double) == 1


def test_an_exception_of_the_function_is_not_remembered() -> None:
    answers = iter([0, 1])
    inverse = FunctionCache(lambda: 1 / next(answers))
    with pytest.raises(ZeroDivisionError):
        inverse()
    assert inverse() == 1
