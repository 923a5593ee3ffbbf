"""Header values with parameters, and the headers of a part."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mod_python.headers import PartHeaders, parse_disposition
from mod_python.util import parse_header


def test_value_and_parameters() -> None:
    assert parse_header(b'Text/HTML; Charset=UTF-8; a="b"') == (b"text/html", {"charset": "UTF-8", "a": "b"})


def test_parameters_are_found_by_bytes_too() -> None:
    _, parameters = parse_header(b"text/plain; charset=utf-8")
    assert parameters[b"charset"] == parameters["charset"] == parameters.get(b"charset") == "utf-8"
    assert b"charset" in parameters
    assert parameters.get(b"other", "none") == "none"


def test_text_gives_text() -> None:
    assert parse_header("a/b ; c=d") == ("a/b", {"c": "d"})


def test_anything_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="bytes or str"):
        parse_header(5)  # type: ignore[type-var]


@pytest.mark.parametrize("line", ["a/b", "a/b;", "a/b; c", "a/b;;", "a/b; c; =d"])
def test_parameters_without_name_or_value_are_left_out(line: str) -> None:
    assert parse_header(line) == ("a/b", {})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"a;b.txt"', "a;b.txt"),
        (r'"say \"hi\".txt"', 'say "hi".txt'),
        (r'"C:\new\file.txt"', r"C:\new\file.txt"),
        ("token", "token"),
        ('"', '"'),
        ('"open', '"open'),
        ('""', ""),
        ("caf\u00e9", "caf\u00e9"),
    ],
)
def test_d8_quotes_are_understood(written: str, read: str) -> None:
    assert parse_header(f"form-data; filename={written}; name=x")[1] == {"filename": read, "name": "x"}


@pytest.mark.parametrize("order", ["filename=a.txt; filename*={0}", "filename*={0}; filename=a.txt"])
def test_d8_extended_parameter_wins(order: str) -> None:
    line = "form-data; " + order.format("UTF-8'en'na%C3%AFve%20%22.txt")
    assert parse_header(line)[1]["filename"] == 'naïve ".txt'


@pytest.mark.parametrize("text", ["UTF-8''", "utf-16''%41", "punycode''a", "nothing", "a'b"])
def test_odd_extended_parameter_is_ignored(text: str) -> None:
    assert parse_header(f"form-data; filename=a.txt; filename*={text}")[1]["filename"] in ("a.txt", "")


def test_octets_that_are_not_utf_8_survive() -> None:
    value = parse_header(b"form-data; name=\xe9")[1]["name"]
    assert value.encode("utf-8", "surrogateescape") == b"\xe9"


def test_form_names_have_the_escapes_of_browsers() -> None:
    assert parse_disposition('form-data; name="a%22b%0d%0Ac%20d"')[1] == {"name": 'a"b\r\nc%20d'}


@settings(deadline=None)
@given(st.binary())
def test_any_octets_can_be_parsed(octets: bytes) -> None:
    value, parameters = parse_header(b"a/b;" + octets)
    assert value == b"a/b"
    assert all(isinstance(part, str) for pair in parameters.items() for part in pair)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters='\\"')))
def test_quoted_value_is_read_back(text: str) -> None:
    assert parse_header(f'a; b="{text}"')[1] == {"b": text}


def test_part_headers_are_a_table() -> None:
    headers = PartHeaders([("Content-Type", "text/plain"), ("X-A", "1"), ("x-a", "2")])
    assert headers["CONTENT-TYPE"] == headers[b"content-type"] == "text/plain"
    assert headers["X-A"] == ["1", "2"]
    assert headers.get("x-a") == "1"
    assert headers.get("missing", "default") == "default"
    assert headers.has_key("x-A")
    assert "missing" not in headers
    assert list(headers) == headers.keys() == ["Content-Type", "X-A", "x-a"]
    assert headers.values() == ["text/plain", "1", "2"]
    assert dict(headers.items())["Content-Type"] == "text/plain"
    assert len(headers) == 3
    assert "text/plain" in repr(headers)
    with pytest.raises(KeyError):
        headers["missing"]
