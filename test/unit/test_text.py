"""Bytes to text and back: decisions T1, T2 and T3."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python import text


@given(st.binary())
def test_any_bytes_come_as_text_and_go_back_as_they_were(raw: bytes) -> None:
    raw = raw.replace(b"\0", b"")
    assert text.encode(text.decode(raw)) == raw


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_goes_as_utf8(value: str) -> None:
    assert text.encode(value) == value.encode()


@given(st.binary())
def test_a_user_s_name_is_always_text_without_surrogates(raw: bytes) -> None:
    assert text.decode_user(raw).encode("utf-8") is not None


def test_a_user_s_name_is_utf8_or_else_latin_1() -> None:
    assert (text.decode_user("zoë".encode()), text.decode_user("zoë".encode("latin-1"))) == ("zoë", "zoë")


@pytest.mark.parametrize("value", ["a", b"a", bytearray(b"a"), memoryview(b"a")])
def test_text_and_bytes_of_any_kind_are_stored(value: Any) -> None:
    assert text.encode(value) == b"a"


@pytest.mark.parametrize("value", [None, 5, ["a"], object()])
def test_anything_else_is_a_type_error_that_names_what_it_is_for(value: Any) -> None:
    with pytest.raises(TypeError, match=f"uri must be str or bytes, not {type(value).__name__}"):
        text.encode(value, "uri")
    with pytest.raises(TypeError, match="must be str or bytes-like, not"):
        text.body_bytes(value)


@pytest.mark.parametrize("value", ["a\0", b"\0", "\ud800"])
def test_what_no_c_string_can_hold_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match="NUL|surrogates"):
        text.encode(value)


@pytest.mark.parametrize("value", ["a\rb", "a\nb", b"a\r\n"])
def test_a_header_is_one_line(value: Any) -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        text.encode_header(value)


@pytest.mark.parametrize(("data", "sent"), [("é", "é".encode()), (b"\0\xff", b"\0\xff"), (bytearray(b"ab"), b"ab")])
def test_a_body_takes_nul_and_all(data: Any, sent: bytes) -> None:
    assert bytes(text.body_bytes(data)) == sent
