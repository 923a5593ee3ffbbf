"""Query strings and urlencoded bodies."""

from __future__ import annotations

import tracemalloc
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mod_python.util import parse_qs, parse_qsl


def test_pairs_keep_their_order() -> None:
    assert parse_qsl("b=2&a=1&b=3") == [("b", "2"), ("a", "1"), ("b", "3")]


def test_dictionary_collects_the_values_of_a_name() -> None:
    assert parse_qs("b=2&a=1&b=3") == {"b": ["2", "3"], "a": ["1"]}


def test_bytes_in_bytes_out() -> None:
    assert parse_qsl(b"a=%ff&b=\xfe") == [(b"a", b"\xff"), (b"b", b"\xfe")]
    assert parse_qs(b"a=1") == {b"a": [b"1"]}


@pytest.mark.parametrize("wrong", [None, 5, bytearray(b"a=1"), ["a=1"]])
def test_anything_else_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="str or bytes"):
        parse_qsl(wrong)  # type: ignore[type-var]


def test_value_keeps_later_equal_signs() -> None:
    assert parse_qsl("a=b=c") == [("a", "b=c")]


def test_name_may_be_empty() -> None:
    assert parse_qsl("=1") == [("", "1")]


@pytest.mark.parametrize("blank", ["a=", "a", "a=&b="])
def test_blank_values_are_dropped(blank: str) -> None:
    assert parse_qsl(blank) == []


def test_blank_values_are_kept_on_request() -> None:
    assert parse_qsl("a=&b&&c=1", keep_blank_values=1) == [("a", ""), ("b", ""), ("c", "1")]
    assert parse_qs("a=&a", 1) == {"a": ["", ""]}


def test_strict_parsing_is_ignored() -> None:
    assert parse_qsl("&&a", 1, 1) == [("a", "")]


def test_plus_is_a_blank_and_an_escaped_plus_is_none() -> None:
    assert parse_qsl("a+b=c%2Bd") == [("a b", "c+d")]


def test_escapes_are_decoded_after_splitting() -> None:
    assert parse_qsl("a%3Db=c%26d") == [("a=b", "c&d")]


@pytest.mark.parametrize("text", [b"%41", b"%%41", b"%4%41"])
def test_long_values_are_unescaped_in_little_memory(text: bytes) -> None:
    value = text * 200_000
    expected = value.replace(b"%41", b"A")
    tracemalloc.start()
    [(_, result)] = parse_qsl(b"a=" + value)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result == expected
    assert peak < 6 * len(value) + (16 << 20)


@pytest.mark.parametrize("text", ["%zz", "%2", "%", "%%41"])
def test_broken_escape_stays_and_harms_nothing_else(text: str) -> None:
    assert parse_qsl(f"a={text}&b=%41") == [("a", text.replace("%41", "A")), ("b", "A")]


@pytest.mark.parametrize(
    ("separators", "pairs"),
    [
        ("&", [("a", "1;b=2"), ("c", "3")]),
        (";", [("a", "1"), ("b", "2&c=3")]),
        ("&;", [("a", "1"), ("b", "2"), ("c", "3")]),
    ],
)
def test_separators_are_an_option(separators: str, pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl("a=1;b=2&c=3", separators=separators) == pairs


@pytest.mark.parametrize("separators", ["", ",", "&,"])
def test_other_separators_are_refused(separators: str) -> None:
    with pytest.raises(ValueError, match="separators are"):
        parse_qs("a=1", separators=separators)


def test_number_of_fields_can_be_limited() -> None:
    assert len(parse_qsl("a=1&&a=2&", max_num_fields=2)) == 2
    with pytest.raises(ValueError, match="more than 1 fields"):
        parse_qsl("a=1&a=2", max_num_fields=1)


def test_d1_short_pairs_come_back_right() -> None:
    assert parse_qsl("id=5") == [("id", "5")]


def test_d2_nul_is_an_octet_like_any_other() -> None:
    assert parse_qsl("a%00b=c%00d") == [("a\0b", "c\0d")]


def test_d2_octets_that_are_not_utf_8_survive() -> None:
    [(name, value)] = parse_qsl("a%ff=%e9t%c3%a9")
    assert value.endswith("té")
    assert (name.encode("utf-8", "surrogateescape"), value.encode("utf-8", "surrogateescape")) == (
        b"a\xff",
        b"\xe9t\xc3\xa9",
    )


def test_d3_odd_octets_do_not_change_the_rules() -> None:
    assert [name for name, _ in parse_qsl("a=1;2&b=%ff;3")] == ["a", "b"]


def test_raw_and_escaped_octets_of_one_character_belong_together() -> None:
    assert parse_qsl(b"a=\xc3%a9".decode("utf-8", "surrogateescape")) == [("a", "é")]


def test_text_with_surrogates_that_stand_for_no_octet_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        parse_qsl("a=\ud800")


@settings(deadline=None)
@given(st.binary())
def test_any_octets_can_be_parsed(octets: bytes) -> None:
    text = octets.decode("utf-8", "surrogateescape")
    as_text = parse_qsl(text, keep_blank_values=True)
    encoded = [tuple(part.encode("utf-8", "surrogateescape") for part in pair) for pair in as_text]
    assert encoded == parse_qsl(octets, keep_blank_values=True)


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(), st.binary())))
def test_what_urlencode_writes_is_read_back(pairs: list[tuple[bytes, bytes]]) -> None:
    assert parse_qsl(urlencode(pairs).encode(), keep_blank_values=True) == pairs
