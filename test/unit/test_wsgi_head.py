"""Status and headers of a WSGI response: what start_response accepts, refuses and packs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python.wsgi_head import HOP_BY_HOP, response_head, with_length


class Text(str):
    """A str subclass, as template engines use them for safe text."""

    __slots__ = ()


def test_status_and_headers_are_packed_for_one_call() -> None:
    head = response_head("404 Not Found", [("X-A", "1"), ("Content-Type", "text/plain"), ("X-B", "2")])
    assert head == (404, b"404 Not Found", b"text/plain", None, b"X-A\x001\x00X-B\x002\x00")


def test_type_and_length_are_recognised_in_any_case() -> None:
    assert response_head("200 OK", [("CONTENT-TYPE", "a/b"), ("content-length", "12")])[2:] == (b"a/b", 12, b"")


def test_repeated_headers_keep_their_order() -> None:
    cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("WWW-Authenticate", "Basic"), ("WWW-Authenticate", "X")]
    assert response_head("401 Who", cookies)[4].decode() == "".join(f"{n}\0{v}\0" for n, v in cookies)


@pytest.mark.parametrize("status", ["200", "200 ", "299 Fine, thanks", "599 \xe9t\xe9"])
def test_any_reason_will_do(status: str) -> None:
    assert response_head(status, [])[:2] == (int(status[:3]), status.encode("latin-1"))


@pytest.mark.parametrize(
    "status",
    ["", "OK", "3", "20 OK", "099 Low", "103 Early", "600 Hi", "2000 OK", "200OK", " 200 OK", "\u0662\u0660\u0660 OK"],
)
def test_a_malformed_status_is_a_value_error(status: str) -> None:
    with pytest.raises(ValueError, match="MP0206"):
        response_head(status, [])


@pytest.mark.parametrize("status", ["200 O\nK", "200 O\rK", "200 O\0K", "200 \u20ac"])
def test_a_reason_that_cannot_be_sent_is_a_value_error(status: str) -> None:
    with pytest.raises(ValueError, match="MP0208"):
        response_head(status, [])


@pytest.mark.parametrize("status", [200, b"200 OK", None])
def test_a_status_that_is_not_text_is_a_type_error(status: object) -> None:
    with pytest.raises(TypeError, match="MP0206"):
        response_head(status, [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "headers",
    [
        (("A", "b"),),
        {"A": "b"},
        None,
        iter([("A", "b")]),
        [["A", "b"]],
        ["Ab"],
        [("A",)],
        [("A", "b", "c")],
        [("A", b"b")],
        [("A", None)],
        [("A", ["b"])],
        [(b"A", "b")],
        [(None, "b")],
        [("Content-Type", b"text/html")],
        [("Content-Length", 5)],
    ],
)
def test_headers_of_the_wrong_type_are_a_type_error(headers: object) -> None:
    with pytest.raises(TypeError, match="MP0205"):
        response_head("200 OK", headers)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["X-A", "Content-Type", "Set-Cookie", "Location"])
@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\n", "\r", "a\0b", "\x01", "\x7f", "\u20ac"])
def test_a_value_that_cannot_be_sent_is_a_value_error_naming_the_header(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"MP0208: {name}"):
        response_head("200 OK", [("X-Fine", "1"), (name, value)])


def test_a_tab_inside_a_value_is_allowed() -> None:
    assert response_head("200 OK", [("X", "a\tb")])[4] == b"X\0a\tb\0"


def test_latin_1_text_is_sent_as_these_bytes() -> None:
    assert response_head("200 OK", [("X", "\xe9")])[4] == b"X\0\xe9\0"


def test_subclasses_of_str_are_text() -> None:
    assert response_head("200 OK", [("X", Text("safe"))])[4] == b"X\0safe\0"


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\n", "A\0", "\xc9", "(x)"])
def test_a_name_that_is_no_token_is_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="MP0207"):
        response_head("200 OK", [(name, "1")])


@pytest.mark.parametrize("name", sorted(HOP_BY_HOP))
def test_hop_by_hop_headers_are_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="MP0207"):
        response_head("200 OK", [(name.title(), "1")])


@pytest.mark.parametrize("value", ["", "-1", "+1", "1_0", "5 ", "0x5", "\u0665", "\xb2", "9" * 19, "9" * 5000])
def test_a_length_that_is_no_number_is_a_value_error(value: str) -> None:
    with pytest.raises(ValueError, match="MP0208"):
        response_head("200 OK", [("Content-Length", value)])


def test_a_length_is_added_as_a_header() -> None:
    assert with_length(b"A\0b\0", 5) == b"A\0b\0Content-Length\x005\0"
    assert with_length(b"A\0b\0", None) == b"A\0b\0"


TEXT = st.text(max_size=20)


@given(TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_any_text_is_packed_or_a_value_error(status: str, headers: list[tuple[str, str]]) -> None:
    try:
        packed = response_head(status, headers)[4]
    except ValueError:
        return
    assert not {b"\r", b"\n"} & {packed[i : i + 1] for i in range(len(packed))}


@given(st.lists(st.tuples(st.from_regex(r"\AX-[a-z]{1,5}\Z"), st.text("ab \t\xe9", max_size=9)), max_size=9))
def test_whatever_is_accepted_is_sent_unchanged(headers: list[tuple[str, str]]) -> None:
    texts = response_head("200 OK", headers)[4].decode("latin-1").split("\0")[:-1]
    assert list(zip(texts[::2], texts[1::2], strict=True)) == headers


@given(st.lists(st.tuples(TEXT, st.one_of(TEXT, st.binary(), st.none(), st.integers()))), st.text(max_size=5))
def test_any_values_raise_documented_errors_only(headers: list[tuple[str, str]], reason: str) -> None:
    try:
        response_head(f"200 {reason}", headers)
    except (TypeError, ValueError) as error:
        assert str(error).startswith("MP02")
