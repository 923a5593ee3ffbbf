"""`sys.path` for sections with and without a PythonPath, while others load modules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from mod_python import paths

ONE, OTHER = "['/one']", "['/other']"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """The path of the tests comes back afterwards."""
    before = sys.path[:]
    paths.begin()
    yield
    paths.configure(None)
    sys.path[:] = before


def load(expression: str | None, directory: str | None = None) -> list[str]:
    with paths.loading(expression, directory):
        return sys.path[:]


def test_while_a_module_is_loaded_the_path_is_its_section_s() -> None:
    assert load(ONE) == ["/one"]
    assert load(None, "/here")[0] == "/here"


@pytest.mark.parametrize("expression", [None, ONE])
def test_a_module_that_hangs_keeps_no_other_of_its_path_from_being_loaded(expression: str | None) -> None:
    with paths.loading(expression, "/hanging"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(load, expression, "/other").result(10)


def test_one_that_needs_another_path_waits() -> None:
    begun = Event()

    def load_other() -> list[str]:
        begun.set()
        return load(OTHER)

    with ThreadPoolExecutor(1) as pool:
        with paths.loading(ONE, None):
            waiting = pool.submit(load_other)
            begun.wait(10)
            assert sys.path == ["/one"]
            assert not waiting.done()
        assert waiting.result(10) == ["/other"]


def test_a_module_that_is_loaded_in_between_does_not_wait_for_the_outer_one() -> None:
    with paths.loading(ONE, None):
        assert load(OTHER) == ["/other"]
