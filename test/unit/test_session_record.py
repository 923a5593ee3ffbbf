"""Ids, options and stored records: what they accept, and what any bytes do."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeTable
from mod_python.sessions.ids import is_sid, new_sid, shown
from mod_python.sessions.options import Options
from mod_python.sessions.record import CorruptRecord, Record, deadline, deadline_of, decode, encode

times = st.integers(0, 2**40) | st.floats(0, 2**40)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    data = draw(st.dictionaries(st.text(), plain, max_size=3))
    return {"_data": data, "_created": draw(times), "_accessed": draw(times), "_timeout": draw(times)}


def load_or_refuse(blob: bytes, serializer: str) -> Any:
    try:
        return decode(blob, serializer)
    except CorruptRecord as error:
        return error


@settings(deadline=None)
@given(records(), st.sampled_from(["pickle", "json"]))
def test_what_is_encoded_is_decoded(record: Record, serializer: str) -> None:
    blob = encode(record, serializer)
    assert decode(blob, serializer) == record
    assert deadline_of(blob) == deadline(record)


@settings(deadline=None)
@given(records(), st.sampled_from(["pickle", "json"]), st.data())
def test_a_cut_record_is_corrupt(record: Record, serializer: str, data: st.DataObject) -> None:
    blob = encode(record, serializer)
    cut = data.draw(st.integers(0, len(blob) - 1))
    assert isinstance(load_or_refuse(blob[:cut], serializer), CorruptRecord)


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_a_record_or_corrupt(blob: bytes) -> None:
    assert isinstance(load_or_refuse(blob, "json"), CorruptRecord)
    head = b'["mod_python session 1", "json", 1, 2, 3]\n'
    assert isinstance(load_or_refuse(head + blob, "json"), dict | CorruptRecord)


@pytest.mark.parametrize(
    "head",
    [
        b'["mod_python session 2", "json", 1, 2, 3]',
        b'["mod_python session 1", "marshal", 1, 2, 3]',
        b'["mod_python session 1", "json", 1, 2]',
        b'["mod_python session 1", "json", 1, 2, NaN]',
        b'["mod_python session 1", "json", 1, 2, 1e999]',
        b'["mod_python session 1", "json", 1, 2, true]',
        b'["mod_python session 1", ["json"], 1, 2, 3]',
        b'["mod_python session 1", "json", 1, 2, ' + b"9" * 400 + b"]",
        b"[" * 100_000,
        b"5",
        b"\xff",
        pickle.dumps({"_data": {}}),
    ],
    ids=range(12),
)
def test_another_first_line_is_corrupt(head: bytes) -> None:
    with pytest.raises(CorruptRecord):
        decode(head + b"\n{}", "json")


class Bomb:
    """Something that must not be unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("unpickled",)


def test_a_site_with_json_never_unpickles() -> None:
    record: Record = {"_data": {"x": Bomb()}, "_created": 0, "_accessed": 0, "_timeout": 1}
    with pytest.raises(CorruptRecord, match="written as pickle"):
        decode(encode(record, "pickle"), "json")


def test_the_deadline_is_read_without_the_data() -> None:
    record: Record = {"_data": {"x": Bomb()}, "_created": 0, "_accessed": 5, "_timeout": 6}
    assert deadline_of(encode(record, "pickle")) == 11


@pytest.mark.parametrize("data", [{"x": object()}, {(1, 2): 3}])
def test_json_refuses_what_it_can_not_hold(data: dict[Any, Any]) -> None:
    with pytest.raises(TypeError):
        encode({"_data": data, "_created": 0, "_accessed": 0, "_timeout": 1}, "json")


# -- Ids --------------------------------------------------------------------------------------------------------


def test_new_ids_are_ids_and_are_not_shown_whole() -> None:
    sid = new_sid()
    assert is_sid(sid) and shown(sid) == sid[:8] + "..."


@settings(deadline=None)
@given(st.text() | st.from_regex("[0-9a-f]{32}\n") | st.binary() | st.integers() | st.none())
def test_nothing_else_is_an_id(value: Any) -> None:
    hex_only = isinstance(value, str) and len(value) == 32 and set(value) <= set("0123456789abcdef")
    assert is_sid(value) is hex_only


# -- Options ----------------------------------------------------------------------------------------------------


def options(**values: str) -> Options:
    return Options(FakeTable(values))


@pytest.mark.parametrize("word", ["yes", "True", "ON", "1"])
def test_words_for_on(word: str) -> None:
    assert options(x=word).flag("x", False) is True


@pytest.mark.parametrize("word", ["no", "False", "OFF", "0"])
def test_words_for_off(word: str) -> None:
    assert options(x=word).flag("x", True) is False


@settings(deadline=None)
@given(st.text(min_size=1))
def test_any_value_is_understood_or_refused_by_name(value: str) -> None:
    table = options(key=value)
    for read in (lambda: table.flag("key", True), lambda: table.number("key", 1), lambda: table.choice("key", ["a"])):
        try:
            answer = read()
        except ValueError as error:
            assert "MP0285: PythonOption key is" in str(error)
        else:
            assert answer == "a" or (isinstance(answer, bool | float) and 0 <= answer < math.inf)


def test_unset_options_have_their_default() -> None:
    assert (options().flag("x", True), options().number("x", 5), options().choice("x", ["a"])) == (True, 5, None)


def test_the_first_key_that_is_set_counts() -> None:
    assert options(b="2", c="3").text("a", "b", "c") == "2"
