"""Marshal for plain data."""

from __future__ import annotations

import marshal
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mod_python import plainmarshal

NUMBERS = st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text() | st.binary()
HASHABLES = SCALARS | st.tuples(SCALARS, SCALARS) | st.frozensets(SCALARS, max_size=3)
COLLECTIONS = st.lists(HASHABLES) | st.sets(HASHABLES, max_size=3) | st.dictionaries(HASHABLES, SCALARS, max_size=3)


@settings(deadline=None)
@given(st.lists(COLLECTIONS | HASHABLES, max_size=3))
def test_plain_data_comes_back(value: Any) -> None:
    octets = plainmarshal.dumps(value)
    assert plainmarshal.loads(octets) == marshal.loads(octets) == value


@pytest.mark.parametrize("version", range(2, marshal.version + 1))
def test_every_version_is_read(version: int) -> None:
    value = {"a": [1, -(2**70), 1.5, 2j, None, True], b"b": ("é", {3}), "a" * 300: ("a",) * 300}
    assert plainmarshal.loads(marshal.dumps(value, version)) == value


def test_numbers_that_differ_from_themselves() -> None:
    assert math.isnan(plainmarshal.loads(plainmarshal.dumps(math.nan)))


@pytest.mark.parametrize("value", [compile("1", "c", "eval"), StopIteration, ..., [...], {"a": (...,)}])
def test_other_data_is_a_value_error_both_ways(value: Any) -> None:
    with pytest.raises(ValueError, match="is no plain data"):
        plainmarshal.dumps(value)
    with pytest.raises(ValueError, match="is no plain data"):
        plainmarshal.loads(marshal.dumps(value))


@pytest.mark.parametrize("code", [b"(", b"[", b"<", b">", b"s", b"u", b"l"])
@pytest.mark.parametrize("size", [2**31 - 1, -1, -(2**31), 5])
def test_sizes_are_not_believed(code: bytes, size: int) -> None:
    with pytest.raises(ValueError, match="bad marshal data|marshal data too short"):
        plainmarshal.loads(code + size.to_bytes(4, "little", signed=True) + b"N")


@pytest.mark.parametrize("octets", [b"", b"0", b"[\x01\0\0\x000", b"{N", b"r\0\0\0\0", b"i\0", b"<\x01\0\0\0[\0\0\0\0"])
def test_malformed_octets_are_a_value_error(octets: bytes) -> None:
    with pytest.raises(ValueError, match="marshal data"):
        plainmarshal.loads(octets)


@pytest.mark.parametrize("kind", [b"(\x01\0\0\0", b")\x01", b">\x01\0\0\0"])
def test_what_has_no_hash_because_it_is_inside_itself_is_a_value_error(kind: bytes) -> None:
    inside_itself = bytes([kind[0] | 0x80]) + kind[1:] + b"r\0\0\0\0"
    with pytest.raises(ValueError, match="no plain data"):
        plainmarshal.loads(b"<\x01\0\0\0" + inside_itself)


@pytest.mark.parametrize("unnumbered", [b"\xce", b"\xc6", b"\xd4", b"{\xb0", b"\xa9\0\xf2\0\0\0\0"])
def test_what_has_no_number_shifts_no_reference(unnumbered: bytes) -> None:
    """`None`, for one, is not counted even where its octet asks for it, so what comes next has its number."""
    before = unnumbered.count(b"\xa9")
    inside_itself = b"\xa9\x01r" + before.to_bytes(4, "little")
    with pytest.raises(ValueError, match="inside itself"):
        plainmarshal.loads(b"(" + (2 + before).to_bytes(4, "little") + unnumbered + b"<\x01\0\0\0" + inside_itself)


@settings(deadline=None)
@given(st.lists(st.sampled_from([bytes([code]) for code in b"NTFigyrsuaAzZl([<>){0"]) | st.binary(max_size=4)))
def test_any_octets_are_a_value_or_a_value_error(pieces: list[bytes]) -> None:
    try:
        value = plainmarshal.loads(b"".join(pieces))
    except ValueError:
        return
    assert plainmarshal.dumps(value)
