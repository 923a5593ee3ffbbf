"""The page cache: reloading, broken edits, threads, and what a page's module looks like."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from mod_python.errors import SERVER_RETURN
from mod_python.publisher import get_page
from mod_python.publisher.pages import PageCache
from publishing import PublisherRequest, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def edit(path: Path, source: str) -> None:
    """Write a file of the same length or not, with another modification time in any case."""
    before = path.stat().st_mtime_ns
    path.write_text(source)
    os.utime(path, ns=(before + 1, before + 1))


def test_a_page_is_executed_once(site: Site) -> None:
    site.page("calls = []\ndef index():\n    calls.append(1)\n    return len(calls)")
    assert [site.get("/m").text, site.get("/m").text] == ["1", "2"]


def test_a_changed_page_is_executed_before_the_next_request(site: Site) -> None:
    path = site.write("m.py", "index = 1")
    assert site.get("/m").text == "1"
    edit(path, "index = 2")
    assert site.get("/m").text == "2"


def test_an_older_modification_time_counts_as_a_change(site: Site) -> None:
    path = site.write("m.py", "index = 1")
    site.get("/m")
    path.write_text("index = 2")
    os.utime(path, ns=(0, 0))
    assert site.get("/m").text == "2"


def test_a_changed_size_counts_with_the_same_modification_time(site: Site) -> None:
    path = site.write("m.py", "index = 1")
    status = path.stat()
    site.get("/m")
    path.write_text("index = 20")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert site.get("/m").text == "20"


def test_without_autoreload_a_change_is_not_noticed(site: Site) -> None:
    path = site.write("m.py", "index = 1")
    site.get("/m", config={"PythonAutoReload": "0"})
    edit(path, "index = 2")
    assert site.get("/m", config={"PythonAutoReload": "0"}).text == "1"


def test_a_broken_edit_fails_each_time_until_it_is_fixed(site: Site) -> None:
    path = site.write("m.py", "index = 1")
    site.get("/m")
    edit(path, "1 / 0")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            site.get("/m")
    edit(path, "index = 3")
    assert site.get("/m").text == "3"


def test_a_page_that_fails_at_first_is_retried(site: Site) -> None:
    site.page("import os\nif not os.path.exists(__file__ + '.ready'): raise RuntimeError\nindex = 1")
    with pytest.raises(RuntimeError):
        site.get("/m")
    site.write("m.py.ready", "")
    assert site.get("/m").text == "1"


def test_a_syntax_error_names_the_file(site: Site) -> None:
    site.page("def index(:")
    with pytest.raises(SyntaxError) as failure:
        site.get("/m")
    assert failure.value.filename == str(site.root / "m.py")


def test_a_page_can_end_the_request_while_it_is_executed(site: Site) -> None:
    site.page("from mod_python.errors import SERVER_RETURN\nraise SERVER_RETURN(503)")
    assert site.get("/m").status == 503


def test_same_named_pages_of_two_directories_coexist(site: Site) -> None:
    site.write("a/m.py", "index = 'a'")
    site.write("b/m.py", "index = 'b'")
    assert site.get("/a/m").text + site.get("/b/m").text + site.get("/a/m").text == "aba"


def test_the_module_is_named_after_its_path_and_not_importable(site: Site) -> None:
    site.write("a-b.c/m.py", "index = __name__, __file__")
    page = get_page(site.prepare("/"), "a-b.c/m.py")
    assert page.__name__.endswith("_a_b_c_m_py")
    assert page.__file__ == str(site.root / "a-b.c/m.py")
    assert page.__name__ not in sys.modules


def test_the_source_encoding_is_what_the_file_declares(site: Site) -> None:
    (site.root / "m.py").write_bytes("# -*- coding: latin-1 -*-\nindex = 'é'".encode("latin-1"))
    assert site.get("/m").text == "é"


def test_the_features_of_the_publisher_are_not_inherited(site: Site) -> None:
    assert site.page("def index(a: 1 = 2): return index.__annotations__").get("/m").text == "{'a': 1}"


def test_dataclasses_with_postponed_annotations_work(site: Site) -> None:
    site.page("""
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int = 1
        point = Point()
    """)
    assert site.get("/m/point/x").text == "1"


@pytest.mark.parametrize(("debug", "messages"), [("1", 1), ("0", 0)])
def test_loading_is_logged_with_pythondebug(site: Site, debug: str, messages: int) -> None:
    response = site.page("index = 1").get("/m", config={"PythonDebug": debug})
    assert response.log.count("MP0220") == messages


def test_get_page_takes_a_path_relative_to_the_page(site: Site) -> None:
    site.write("sub/lib.py", "def greet(): return 'hello'")
    site.write("sub/m.py", """
        from mod_python.publisher import get_page
        def index(req): return get_page(req, 'lib.py').greet()
    """)  # fmt: skip
    assert site.get("/sub/m").text == "hello"


def test_a_page_that_loads_itself_is_told_so(site: Site) -> None:
    path = site.root / "m.py"
    site.page(f"from mod_python.publisher import page_cache\npage_cache.load({str(path)!r})")
    with pytest.raises(ImportError, match="MP0221"):
        site.get("/m")


def test_threads_wait_for_the_one_that_executes_the_page(site: Site) -> None:
    path = str(site.write("m.py", "import threading\nthread = threading.get_ident()"))
    cache, together = PageCache(), threading.Barrier(8)

    def load(_: int) -> object:
        together.wait()
        return cache.load(path)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load, range(8)))) == 1


def test_two_threads_that_load_each_others_pages_do_not_wait_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page loads the other once both are being executed, which is a cycle and fails."""
    gate = ModuleType("gate")
    monkeypatch.setitem(sys.modules, "gate", gate)
    gate.cache, gate.a, gate.b = cache, *_ = PageCache(), threading.Event(), threading.Event()  # type: ignore[attr-defined]
    for name, other in ("ab", "ba"):
        source = f"import gate\ngate.{name}.set()\ngate.{other}.wait(30)\ngate.cache.load("
        site.write(f"{name}.py", source + repr(f"{site.root}/{other}.py") + ")")
    with ThreadPoolExecutor(2) as pool:
        loads = [pool.submit(cache.load, f"{site.root}/{name}.py") for name in "ab"]
        assert all(isinstance(load.exception(timeout=60), ImportError) for load in loads)


def test_a_page_that_is_gone_is_not_found(site: Site) -> None:
    path = site.write("m.py", "index = 1")
    assert site.get("/m").text == "1"
    path.unlink()
    assert site.get("/m").status == 404


def test_get_page_of_a_missing_file_raises(site: Site) -> None:
    with pytest.raises(FileNotFoundError):
        get_page(PublisherRequest(str(site.root), filename=f"{site.root}/m.py"), "missing.py")


def test_pages_can_be_found_by_module_name(site: Site) -> None:
    cache, path = PageCache(), str(site.write("m.py", ""))
    page = cache.load(path)
    assert cache.module(page.__name__) is page
    assert cache.module("nothing") is None


def test_server_return_is_not_cached_as_a_success(site: Site) -> None:
    path = site.write("m.py", "from mod_python.errors import SERVER_RETURN\nraise SERVER_RETURN(404)")
    cache = PageCache()
    for _ in range(2):
        with pytest.raises(SERVER_RETURN):
            cache.load(str(path))
