"""What the blocks of a PSP page are, and which lines they are on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python.psp.lexer import Code, Expression, Include, ParseError, Text, Token, decode, lex


def tokens(page: str) -> list[Token]:
    return list(lex(page, "page.psp"))


def error(page: str) -> ParseError:
    with pytest.raises(ParseError) as raised:
        tokens(page)
    return raised.value


def test_every_kind_of_block() -> None:
    page = 'a<% x = 1 %>b<%= x %>c<%-- note --%>d<%@ include file="other.psp" %>e'
    assert tokens(page) == [
        Text(1, "a"),
        Code(1, " x = 1 "),
        Text(1, "b"),
        Expression(1, " x "),
        Text(1, "c"),
        Text(1, "d"),
        Include(1, "other.psp"),
        Text(1, "e"),
    ]


def test_tokens_carry_the_line_they_start_on() -> None:
    page = "one\ntwo<%\nx\n%>four\n<%-- \n\n --%><%= seven %>\n"
    assert tokens(page) == [
        Text(1, "one\ntwo"),
        Code(2, "\nx\n"),
        Text(4, "four\n"),
        Expression(7, " seven "),
        Text(7, "\n"),
    ]


def test_the_first_end_mark_ends_a_block_even_inside_a_string() -> None:
    assert tokens('<%= "%>" %>') == [Expression(1, ' "'), Text(1, '" %>')]


def test_an_end_mark_in_text_is_text() -> None:
    assert tokens("100%> done") == [Text(1, "100%> done")]


def test_comments_do_not_nest_and_hide_other_blocks() -> None:
    assert tokens("<%-- <%-- <% x %> --%> --%>") == [Text(1, " --%>")]


def test_a_comment_mark_inside_code_is_code() -> None:
    assert tokens("<% x <%-- y %>--%>") == [Code(1, " x <%-- y "), Text(1, "--%>")]


@pytest.mark.parametrize("page", ["", "<%-- x --%>", "<%@ page language='x' %>", "<%@ include file='x\" %>", "<%@%>"])
def test_pages_without_tokens(page: str) -> None:
    assert tokens(page) == []


@pytest.mark.parametrize(
    "directive", ['include file="a.inc"', 'include  file = "a.inc"', "include file='a.inc'", '\ninclude file="a.inc"\n']
)
def test_include_directives(directive: str) -> None:
    assert tokens(f"<%@{directive}%>") == [Include(1, "a.inc")]


@pytest.mark.parametrize(("mark", "end"), [("<%", "%>"), ("<%=", "%>"), ("<%@", "%>"), ("<%--", "--%>")])
def test_a_block_without_end_is_an_error_with_its_line(mark: str, end: str) -> None:
    raised = error(f"one\ntwo {mark} x\nthree")
    assert (raised.filename, raised.lineno) == ("page.psp", 2)
    assert raised.msg == f"{mark} without {end}"


def test_the_end_mark_of_code_does_not_end_a_comment() -> None:
    assert error("<%-- x %>").lineno == 1


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_characters_python_cannot_compile_are_an_error_with_their_line(character: str) -> None:
    assert error(f"text\n<%\nx = '{character}'\n%>").lineno == 3


def test_nul_is_text_like_any_other() -> None:
    assert tokens("a\0b") == [Text(1, "a\0b")]


def test_all_line_ends_become_lf() -> None:
    assert decode(b"a\r\nb\rc\nd\r\r\n") == "a\nb\nc\nd\n\n"


def test_a_page_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"caf\xe9")


@given(st.text())
def test_text_without_blocks_is_one_token(page: str) -> None:
    text = page.replace("<%", "")
    assert "".join(token.source for token in tokens(text)) == text


@given(st.lists(st.sampled_from(["<%", "%>", "<%=", "<%--", "--%>", "<%@", "\n", "x", "'", "#"])).map("".join))
def test_any_mixture_of_marks_gives_tokens_in_order_or_a_parse_error(page: str) -> None:
    try:
        lines = [token.line for token in tokens(page)]
    except ParseError as raised:
        lines = [raised.lineno or 0]
    assert lines == sorted(lines)
    assert all(1 <= line <= page.count("\n") + 1 for line in lines)
