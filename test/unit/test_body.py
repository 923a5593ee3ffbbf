"""Reading lines and amounts from a source of blocks, however it cuts them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python import body as module

# Short, and full of line ends.
DATA = st.binary(max_size=60) | st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n"]), max_size=30).map(b"".join)
CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=20)
SIZES = st.integers(-1, 20)
CALLS = st.lists(st.tuples(st.sampled_from(["read", "readline", "readlines"]), SIZES), max_size=8)


class Body(module.Body):
    """A body over any function."""

    def __init__(self, receive: Callable[[int, int], bytes]) -> None:
        self._receive = receive  # type: ignore[method-assign]


def source(data: bytes, cuts: list[int]) -> Callable[[int, int], bytes]:
    """Hands out `data` in blocks of these lengths, over and over, or less when less is asked for."""
    stream, counter = io.BytesIO(data), iter(range(10**6))
    return lambda least, size: stream.read(min(size, cuts[next(counter) % len(cuts)]))


@given(DATA, CUTS, CALLS)
def test_it_reads_what_a_file_reads(data: bytes, cuts: list[int], calls: list[tuple[str, int]]) -> None:
    body, file = Body(source(data, cuts)), io.BytesIO(data)
    for name, size in calls:
        # A file takes a hint of 0 for none, as this does.
        assert getattr(body, name)(size) == getattr(file, name)(size)
    assert body.read() == file.read()


@given(DATA, CUTS)
def test_iterating_gives_the_lines(data: bytes, cuts: list[int]) -> None:
    assert list(Body(source(data, cuts))) == list(io.BytesIO(data))


@given(DATA, CUTS, SIZES)
def test_what_was_read_ahead_can_be_taken_along(data: bytes, cuts: list[int], size: int) -> None:
    receive = source(data, cuts)
    body = Body(receive)
    first = body.readline(size)
    assert first + body.drain() + Body(receive).read() == data
    assert body.drain() == b""


@given(DATA, CUTS)
def test_some_is_at_least_a_byte_until_the_end(data: bytes, cuts: list[int]) -> None:
    body, blocks = Body(source(data, cuts)), []
    while block := body.read_some(4):
        assert len(block) <= 4
        blocks.append(block)
    assert b"".join(blocks) == data


@pytest.mark.parametrize("call", ["read(0)", "readline(0)"])
def test_nothing_is_asked_of_the_source_for_nothing(call: str) -> None:
    def refuse(least: int, size: int) -> bytes:
        raise AssertionError(size)

    assert eval(f"Body(refuse).{call}") == b""


def test_no_more_is_asked_for_than_wanted() -> None:
    asked: list[int] = []

    def receive(least: int, size: int) -> bytes:
        asked.append(size)
        return b"x" * min(size, 3)

    assert Body(receive).read(7) == b"x" * 7
    assert asked == [7, 4, 1]


def test_an_error_of_the_source_passes_and_what_came_before_stays() -> None:
    blocks = iter([b"one\ntw"])

    def receive(least: int, size: int) -> bytes:
        try:
            return next(blocks)
        except StopIteration:
            raise OSError("gone") from None

    body = Body(receive)
    assert body.readline() == b"one\n"
    with pytest.raises(OSError, match="gone"):
        body.readline()
