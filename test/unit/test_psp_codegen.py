"""What the translated page does: text stays text, and indentation means what the author meant (rules I1 to I12)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeRequest
from mod_python.psp import parsestring
from mod_python.psp.pages import Translation


def run(page: str | bytes, **variables: Any) -> str:
    req = FakeRequest()
    program = Translation("page.psp", page, "").program
    program.execute(program.compile(), {"req": req, **variables})
    return req.written.decode("utf-8", "surrogatepass")


def failure(page: str | bytes) -> SyntaxError:
    with pytest.raises(SyntaxError) as raised:
        Translation("page.psp", page, "").program.compile()
    return raised.value


# -- Text and expressions -------------------------------------------------------------------------------------


@given(st.text())
def test_text_is_sent_verbatim(page: str) -> None:
    text = page.replace("<%", "")
    assert run(text) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.lists(st.sampled_from(["'", '"', "\\", "\n", "\0", "x", "{", "\t", "\x0c", "\ufeff"])).map("".join))
def test_quotes_backslashes_and_controls_are_sent_verbatim(text: str) -> None:
    assert run(text) == text
    assert run(f"<% a = 1 %>{text}<%= a %>{text}") == f"{text}1{text}"


@pytest.mark.parametrize(
    "text", [r"C:\new\table", r"\x41 \\ \N{DASH}", "ends in \\", "joined \\\nlines", "'''" + '"""']
)
def test_backslash_sequences_are_not_interpreted(text: str) -> None:
    assert run(text) == text


def test_lone_surrogates_of_a_str_page_reach_the_request() -> None:
    written: list[str] = []
    program = Translation("page.psp", "a\udcffb", "").program
    program.execute(
        program.compile(), {"req": type("Req", (), {"write": lambda self, data, flush: written.append(data)})()}
    )
    assert written == ["a\udcffb"]


def test_line_ends_become_lf() -> None:
    assert run(b"a\r\nb\rc<%\r\nx = 1\r\n%>\r\n<%= x %>") == "a\nb\nc\n1"


def test_the_line_break_after_a_block_is_text() -> None:
    assert run("<% x = 1 %>\n<%= x %>\n") == "\n1\n"


def test_an_expression_is_converted_with_str() -> None:
    assert run("<%= 1 %>,<%= None %>,<%= b'x' %>,<%= 'é' %>") == "1,None,b'x',é"


def test_an_expression_may_span_lines() -> None:
    assert run("<%=\n max(1, # one\n     2)\n%>!") == "2!"


@pytest.mark.parametrize(
    "page", ["<%=%>", "<%=  %>", "<%=\n%>", "<%= # nothing %>", "<% %>", "<% ; %>", "<%\n\n%>", ""]
)
def test_nothing_writes_nothing(page: str) -> None:
    assert run(page) == ""


def test_an_empty_page_is_an_empty_program() -> None:
    assert parsestring("") == parsestring(b"<%-- comment --%>") == ""


def test_writes_are_queued_not_flushed() -> None:
    assert parsestring("a<%= b %>") == "req.write('''a''', 0); req.write(str(b), 0)\n"


# -- Lines ----------------------------------------------------------------------------------------------------

PAGE = """<html>
<%
for name in names:
    upper = name.upper()
%>
  <li><%= name %>: <% x = 1 %><%= upper %>
<%--
  comment
--%>
<%
# end
%>
<% y = 2; z = 3 %><%= y + z %>
</html>
"""


def test_line_k_of_the_program_comes_from_line_k_of_the_page() -> None:
    program = Translation("page.psp", PAGE, "").program
    assert [line.number for line in program.lines] == list(range(1, PAGE.count("\n") + 1))
    assert program.source.split("\n")[2:4] == PAGE.split("\n")[2:4]
    assert "str(upper)" in program.source.split("\n")[5]


def test_lines_added_for_a_crowded_line_are_made_up_for_by_the_next_text() -> None:
    source = parsestring("a<% if x: %>b\n\n\n\n<%\n%>\n<%= last %>")
    assert source.split("\n")[6] == "req.write(str(last), 0)"


@given(
    st.lists(st.sampled_from(["a", "\n", "<% x = 1 %>", "<%= 2 %>", "<%\nx = 3\n%>", "<% x = 4 # c %>"])).map("".join)
)
def test_every_statement_knows_its_line(page: str) -> None:
    page += "<%= marker %>"
    program = Translation("page.psp", page, "").program
    assert [line.number for line in program.lines if "marker" in line.text] == [page.count("\n") + 1]


# -- Indentation ----------------------------------------------------------------------------------------------


def test_a_suite_stays_open_across_text_until_an_empty_last_line() -> None:
    page = "<ul>\n<%\nfor name in names:\n%><li><%= name %></li>\n<%\n%></ul>"
    assert run(page, names=["a", "b"]) == "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"


GREETING = """<%
if user is None:
    greeting = "guest"      # indentation of this line stays in force
%><p>only shown to guests</p><%
else:
    greeting = user
# back to column 0
%><p>Hello <%= greeting %></p>"""


@pytest.mark.parametrize(
    ("user", "shown"), [(None, "<p>only shown to guests</p><p>Hello guest</p>"), ("Eve", "<p>Hello Eve</p>")]
)
def test_text_belongs_to_the_indentation_of_the_last_line(user: str | None, shown: str) -> None:
    assert run(GREETING, user=user) == shown


def test_i1_code_on_one_line_leaves_the_indentation_alone() -> None:
    assert run("<%\nfor i in (1, 2):\n%>a<% x = i %>b<%= x %><%\n%>.") == "ab1ab2."


@pytest.mark.parametrize("last", ["    # comment\n", "    \n", "    "])
def test_i2_and_i7_comments_and_blanks_set_the_indentation_once(last: str) -> None:
    assert run(f"<%\nfor i in (1, 2):\n    x = i\n{last}%>a<%\n%>.") == "aa."


@pytest.mark.parametrize("closing", ["\n", "\n# end for\n", " # end for\n"])
def test_i5_a_shallower_last_line_closes_the_suite(closing: str) -> None:
    assert run(f"<%\nfor i in (1, 2):\n%>a<%{closing}%>.") == "aa."


@pytest.mark.parametrize("after", ["", " ", "\n", "\n\n", "\n    ", " # why", " # why:\n"])
def test_i3_blanks_and_comments_may_follow_the_colon(after: str) -> None:
    assert run(f"<%\nfor i in (1, 2):{after}%>a<%\n%>.") == "aa."


def test_i3_a_colon_in_a_comment_opens_nothing() -> None:
    assert run("<%\nx = 1 # note:\n%>a") == "a"


@pytest.mark.parametrize(
    "code", ["x = {1:\n 2}", "x = 'for:'", "x = '''\nfor:\n'''", "x = [1, 2][0:\n1]", "x = (1,\n     2)"]
)
def test_colons_and_indentation_inside_brackets_and_strings_open_nothing(code: str) -> None:
    assert run(f"<%\n{code}\n%>a<%= 1 %>") == "a1"


def test_i6_code_is_taken_verbatim() -> None:
    assert isinstance(failure("<%\n x = 1\n%>"), IndentationError)


@pytest.mark.parametrize("unit", ["    ", "  ", " ", "\t", "\t\t", "         "])
def test_i8_code_may_continue_a_suite_that_text_began(unit: str) -> None:
    page = f"<%\nfor i in (1, 2):\n%>a<%\n{unit}x = i\n%>b<%= x %><%\n%>."
    assert run(page) == "ab1ab2."


@pytest.mark.parametrize("unit", ["    ", "  ", "\t"])
def test_i8_nested_suites(unit: str) -> None:
    page = (
        f"<%\nfor i in (1, 2):\n%>(<%\n{unit}for j in (3, 4):\n%><%= i %><%= j %> <%\n{unit}{unit}k = j\n"
        f"{unit}# end for j\n%>)<%\n# end for i\n%>."
    )
    assert run(page) == "(13 14 )(23 24 )."


def test_i8_different_units_in_one_page() -> None:
    page = "<%\ndef f(x):\n    return x\n\nfor i in (1, 2):\n%>a<%\n\tf(i)\n%>b<%\n%>."
    assert run(page) == "abab."


def test_i9_statements_on_one_line_open_suites() -> None:
    assert run("<ul><% for i in (1, 2): %><li><%= i %></li><%\n%></ul>") == "<ul><li>1</li><li>2</li></ul>"


@pytest.mark.parametrize(("x", "shown"), [(1, "one"), (2, "two"), (3, "more")])
def test_i9_clauses_on_one_line_continue_the_statement(x: int, shown: str) -> None:
    page = "[<% if x == 1: %>one<% elif x == 2: # two %>two<% else: %>more<%\n%>]"
    assert run(page, x=x) == f"[{shown}]"


def test_i9_a_clause_may_start_a_block_of_several_lines() -> None:
    page = "<% try: %>a<%= 1 // 0 %>b<% except ZeroDivisionError:\n    x = 'c'\n%><%= x %><% finally: %>d<%\n%>."
    assert run(page) == "acd."


@pytest.mark.parametrize("unit", ["    ", "\t"])
def test_i9_code_after_two_suites_opened_on_one_line(unit: str) -> None:
    inner = f"<% for i in (1, 2): %><% if i == 2: %>a<%\n{unit}{unit}x = 'in'\n%><%= x %><%\n%>."
    outer = f"<% for i in (1, 2): %><% if i == 2: %>a<%\n{unit}x = 'out'\n%><%= x %><%\n%>."
    assert run(inner) == "ain."
    assert run(outer) == "outaout."


def test_a_compound_statement_that_is_complete_captures_no_text() -> None:
    assert run("<% x = 1 %>a<% if x == 2: x = 3 %>b<%= x %>") == "ab1"
    assert run("<%\nx = 1\nif x == 2: x = 3 %>b<%= x %>") == "b1"


@pytest.mark.parametrize(
    "page", ["<% x = 1 # one %>a\nb<%= x %>", "<%\nx = 1 # one %>a\nb<%= x %>", "a\nb<%= 1 # one %>"]
)
def test_i10_a_comment_swallows_no_text(page: str) -> None:
    assert run(page) == "a\nb1"


def test_i10_a_number_sign_in_a_string_is_no_comment() -> None:
    assert run("<% x = '#' %>a<%= x + '#' %>b") == "a##b"


def test_i11_a_block_may_begin_on_the_line_of_its_mark() -> None:
    assert run("a<% for i in (1, 2):\n    x = i\n%>b<%= x %><%\n%>.") == "ab1b2."
    assert run("a<% x = 1\ny = 2\n%><%= x + y %>") == "a3"
    assert run("a<% x = (1,\n     2)\n%><%= x %>") == "a(1, 2)"


def test_i11_inside_a_suite_that_is_undecided() -> None:
    page = "<% for i in (1, 2): %>a<% for j in (3, 4):\n        x = j\n    # end for j\n%><%= x %><%\n%>."
    assert run(page) == "a4a4."


def test_i12_a_block_may_end_on_the_line_of_its_code() -> None:
    assert run("<%\nx = 1\ny = 2 %>a<%= y %>") == "a2"
    assert run("<%\nfor i in (1, 2):\n    x = i %>a<%= x %><%\n%>.") == "a1a2."
    assert run("<%\nfor i in (1, 2): %>a<%\n%>.") == "aa."
    assert run("<%\nx = 1; %>a") == "a"


def test_the_end_mark_may_be_indented_deeper_than_the_code() -> None:
    assert run("<%\nx = 1\n    %>a") == "a"


# A page as a tree: text, or a loop that runs so many times, opened in one of three ways around its content.
Tree = list["str | tuple[int, str, Tree]"]
OPENERS = ["<%\n{indent}for {name} in range({count}):\n%>", "<%\n{indent}for {name} in range({count}): %>"]
ONE_LINE = "<% for {name} in range({count}): %>"


def trees(openers: list[str]) -> st.SearchStrategy[Tree]:
    return st.recursive(
        st.lists(st.sampled_from(["a", "b\n", "'", "  ", "\\"]), min_size=1),
        lambda inner: st.lists(st.tuples(st.integers(0, 2), st.sampled_from(openers), inner), min_size=1),
        max_leaves=8,
    )


def page_of(tree: Tree, unit: str, depth: int = 0) -> str:
    parts = []
    for node in tree:
        if isinstance(node, str):
            parts.append(node)
        else:
            count, opener, inner = node
            parts.append(opener.format(indent=unit * depth, name=f"i{depth}", count=count))
            parts.append(page_of(inner, unit, depth + 1))
            parts.append(f"<%\n{unit * depth}# end of i{depth}\n%>")
    return "".join(parts)


def output_of(tree: Tree) -> str:
    return "".join(node if isinstance(node, str) else output_of(node[2]) * node[0] for node in tree)


@given(trees(OPENERS), st.sampled_from([" ", "  ", "    ", "\t", "\t\t"]))
def test_nested_loops_in_any_unit(tree: Tree, unit: str) -> None:
    assert run(page_of(tree, unit)) == output_of(tree)


@given(trees([*OPENERS, ONE_LINE]), st.sampled_from(["    ", "\t"]))
def test_nested_loops_some_of_them_opened_on_one_line(tree: Tree, unit: str) -> None:
    assert run(page_of(tree, unit)) == output_of(tree)


def test_functions_capture_text_and_can_be_called_from_expressions() -> None:
    page = "<%\ndef cell(x):\n%><td><%= x %></td><%\n    return ''\n\n%><tr><%= cell(1) %><%= cell(2) %></tr>"
    assert run(page) == "<tr><td>1</td><td>2</td></tr>"


def test_future_statements_work_in_the_first_block() -> None:
    assert run("<%\nfrom __future__ import annotations\ndef f(x: undefined): return 1\n%><%= f(0) %>") == "1"


# -- Errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("a\n<%= 1 + %>", 2),
        ("a\n\n<% return %>", 3),
        ("<%\nx = 1\nx = = 2\n%>", 3),
        ("<% x = 1 # c %>\n\n<% break %>", 3),
        ("<% x = 1 # c %>a<% y = ( %>", 1),
        ("text\n<%\nif 1:\n%>", 3),
    ],
)
def test_errors_name_the_line_of_the_page(page: str, line: int) -> None:
    raised = failure(page)
    assert (raised.filename, raised.lineno) == ("page.psp", line)


def test_code_too_deep_for_the_compiler_is_an_error_of_the_page() -> None:
    assert failure(f"<%= {'-' * 100_000}1 %>").filename == "page.psp"


def test_a_string_without_end_is_an_error_however_long_the_page() -> None:
    assert isinstance(failure('<% text = "' + 'a\\"' * 30_000 + " %>"), SyntaxError)


def test_suites_too_deep_for_the_compiler_are_an_error_of_the_page() -> None:
    assert isinstance(failure("<% if 1: %>" * 2_000 + "text"), IndentationError)


@given(st.binary())
def test_any_bytes_compile_or_fail_as_documented(page: bytes) -> None:
    compile_or_fail(page)


PIECES = [
    "<%", "%>", "<%=", "<%--", "--%>", "\n", "\r", "\0", "    ", "\t", "#", ":", ";", "'", '"""', "(", ")", "{", "@",
    "\\", "text", "x = 1", "if x:", "else:", "for i in x:", "def f():", "try:", "except E:", "match x:", "case 1:",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_mixture_of_code_compiles_or_fails_as_documented(page: str) -> None:
    compile_or_fail(page.encode())


def compile_or_fail(page: bytes) -> None:
    try:
        code = Translation("page.psp", page, "").program.compile()
    except UnicodeDecodeError:
        return
    except SyntaxError as error:
        assert error.filename == "page.psp"
        assert 1 <= (error.lineno or 0) <= page.replace(b"\r", b"\n").count(b"\n") + 1
    else:
        assert code.co_filename == "page.psp"
