"""What a published object sends: text, bytes, chunks, and its content type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python.constants import HTTP_BAD_REQUEST, HTTP_NOT_IMPLEMENTED, HTTP_OK
from mod_python.publisher.publish import content_type
from mod_python.util import FieldStorage
from publishing import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def returned(site: Site, expression: str, **attributes: Any) -> tuple[bytes, str | None]:
    response = site.page(f"def index(req): return {expression}").get("/m", **attributes)
    return response.body, response.content_type


PLAIN, HTML = "text/plain; charset=utf-8", "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("expression", "body", "kind"),
    [
        ("'text'", b"text", PLAIN),
        ("'h\\u00e4'", "hä".encode(), PLAIN),
        ("'<p>...</html>'", b"<p>...</html>", HTML),
        ("'</HTML \\t>\\r\\n '", b"</HTML \t>\r\n ", HTML),
        ("'</html> more'", b"</html> more", PLAIN),
        ("b'\\xff\\x00'", b"\xff\x00", "text/plain"),
        ("b'</html>'", b"</html>", "text/html"),
        ("bytearray(b'ab')", b"ab", "text/plain"),
        ("memoryview(b'ab')", b"ab", "text/plain"),
        ("type('Own', (bytes,), {'__bytes__': lambda self: self})(b'ab')", b"ab", "text/plain"),
        ("[1, b'x']", b"[1, b'x']", PLAIN),
        ("7", b"7", PLAIN),
        ("''", b"", PLAIN),
        ("dict", b"<class 'dict'>", PLAIN),
        ("iter([1])", None, PLAIN),
    ],
)
def test_results(site: Site, expression: str, body: bytes | None, kind: str) -> None:
    sent, sent_kind = returned(site, expression)
    assert sent_kind == kind
    assert sent == body if body is not None else sent.startswith(b"<list_iterator")


def test_none_sends_nothing_and_leaves_the_content_type_alone(site: Site) -> None:
    assert returned(site, "None") == (b"", None)


def test_a_content_type_that_the_page_has_set_is_kept(site: Site) -> None:
    site.page("def index(req):\n    req.content_type = 'image/png'\n    return b'</html>'")
    assert site.get("/m").content_type == "image/png"


def test_a_content_type_that_httpd_has_guessed_is_replaced(site: Site) -> None:
    site.page("def index(req): return 'text'")
    assert site.get("/m", _content_type="text/x-python").content_type == PLAIN


def test_an_empty_string_after_output_says_nothing_about_its_type(site: Site) -> None:
    assert site.page("def index(req):\n    req.write('<html>', 0)\n    return ''").get("/m").content_type is None


def test_results_are_not_flushed(site: Site) -> None:
    assert site.page("def index(): return 'text'").get("/m").req.flushes == 0


def test_a_variable_is_printed(site: Site) -> None:
    assert site.page("page = '<b></html>'").get("/m/page").content_type == HTML


def test_a_variable_needs_no_form(site: Site) -> None:
    response = site.page("answer = 42").get("/m/answer", method="POST", body=b"no form")
    assert (response.text, hasattr(response.req, "form")) == ("42", False)


def test_a_callable_result_is_called_in_turn(site: Site) -> None:
    assert returned(site, "lambda a='nothing': lambda req: a", args="a=1")[0] == b"1"


def test_a_class_as_result_is_printed(site: Site) -> None:
    site.page("class Thing:\n    def __init__(self): raise RuntimeError\ndef index(): return Thing")
    assert "Thing" in site.get("/m").text


def test_a_callable_instance_is_called_with_the_fields(site: Site) -> None:
    site.page("class Adder:\n    def __call__(self, a, b='2'): return a + b\nadd = Adder()")
    assert site.get("/m/add?a=1").text == "12"


@given(st.text() | st.binary())
def test_the_content_type_of_any_body_is_html_or_plain_text(body: str | bytes) -> None:
    assert content_type(body).split(";")[0] in {"text/plain", "text/html"}


# -- Arguments ----------------------------------------------------------------------------------------------------


def test_arguments_that_do_not_fit_are_a_bad_request_with_the_reason_in_the_log(site: Site) -> None:
    response = site.page("def index(req, wanted): return 1").get("/m?other=1")
    assert response.status == HTTP_BAD_REQUEST
    assert "MP0230" in response.log
    assert "'wanted'" in response.log


def test_a_typeerror_inside_the_function_is_not_the_clients_fault(site: Site) -> None:
    site.page("def index(req): return 1 + 'x'")
    with pytest.raises(TypeError):
        site.get("/m")


def test_a_field_named_req_does_not_replace_the_request(site: Site) -> None:
    assert site.page("def index(req): return req.method").get("/m?req=forged").text == "GET"


def test_repeated_fields_are_a_list(site: Site) -> None:
    assert site.page("def index(a): return a").get("/m?a=1&a=2").text == "['1', '2']"


def test_blank_values_are_kept(site: Site) -> None:
    assert site.page("def index(a): return repr(a)").get("/m?a=").text == "''"


def test_a_form_made_by_an_earlier_phase_is_used(site: Site) -> None:
    form = FieldStorage(site.prepare("/m?a=early"))
    assert site.page("def index(a): return a").get("/m?a=late", form=form).text == "early"


def test_a_form_that_cannot_be_read_ends_the_request(site: Site) -> None:
    site.page("def index(): return 1")
    response = site.get("/m", method="POST", body=b"{}", headers_in={"Content-Type": "x/y", "Content-Length": "2"})
    assert response.status == HTTP_NOT_IMPLEMENTED


@pytest.mark.parametrize("annotation", ["int", "'Missing'", "list[int]", "float | None"])
def test_annotated_arguments_receive_strings(site: Site, annotation: str) -> None:
    site.page(f"def index(a: {annotation}): return type(a).__mro__[-2].__name__")
    assert site.get("/m?a=1").text == "str"


# -- Coroutines and generators ------------------------------------------------------------------------------------


def test_a_coroutine_is_run_to_its_end(site: Site) -> None:
    site.page("""
        import asyncio
        async def index(a):
            await asyncio.sleep(0)
            return a
    """)
    assert site.get("/m?a=1").text == "1"


def test_any_awaitable_result_is_awaited(site: Site) -> None:
    site.page("""
        class Later:
            def __await__(self):
                return 'later'
                yield
        def index(): return Later()
    """)
    assert site.get("/m").text == "later"


def test_server_return_passes_through_a_coroutine(site: Site) -> None:
    site.page("from mod_python.errors import SERVER_RETURN\nasync def index(): raise SERVER_RETURN(418)")
    assert site.get("/m").status == 418


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_generator_is_sent_chunk_by_chunk(site: Site, kind: str) -> None:
    site.page(f"{kind} index(req):\n    yield 'a'\n    yield b'b'\n    yield None\n    yield 3\n    yield ''")
    response = site.get("/m")
    assert (response.body, response.content_type) == (b"ab3", PLAIN)
    assert response.req.flushes >= 3


@pytest.mark.parametrize(
    ("first", "kind"),
    [("'<!DOCTYPE html>'", HTML), ("'\\n<html lang=en>'", HTML), ("'<htmlx>'", PLAIN), ("b'<html>'", "text/html")],
)
def test_the_first_chunk_tells_the_content_type(site: Site, first: str, kind: str) -> None:
    assert site.page(f"def index():\n    yield ''\n    yield {first}\n    yield 'x'").get("/m").content_type == kind


def test_a_generator_may_set_the_content_type_before_it_yields(site: Site) -> None:
    site.page("def index(req):\n    req.content_type = 'text/event-stream'\n    yield 'data: 1'")
    assert site.get("/m").content_type == "text/event-stream"


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_head_does_not_wait_for_an_endless_generator(site: Site, kind: str) -> None:
    site.page(f"""
        closed = []
        {kind} index():
            try:
                while True: yield 'tick'
            finally:
                closed.append(True)
    """)
    response = site.get("/m", method="HEAD")
    assert (response.status, response.content_type) == (HTTP_OK, PLAIN)
    assert site.get("/m/closed").text == "[True]"


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_generator_is_closed_when_the_client_is_gone(site: Site, kind: str) -> None:
    site.page(f"""
        closed = []
        def gone(*args): raise BrokenPipeError
        {kind} index(req):
            req.write = gone
            try:
                yield 'text'
            finally:
                closed.append(True)
    """)
    with pytest.raises(BrokenPipeError):
        site.get("/m")
    assert site.get("/m/closed").text == "[True]"


def test_a_generator_that_is_a_variable_is_printed(site: Site) -> None:
    assert site.page("numbers = (n for n in 'ab')").get("/m/numbers").text.startswith("<generator object")


# -- Nothing sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "attributes", "noted"),
    [
        ("return None", {"config": {"PythonDebug": "1"}}, True),
        ("return None", {"config": {"PythonDebug": "0"}}, False),
        ("req.write('x')", {"config": {"PythonDebug": "1"}}, False),
        ("return None", {"config": {"PythonDebug": "1"}, "next": object()}, False),
        ("return 'x'", {"config": {"PythonDebug": "1"}}, False),
    ],
)
def test_a_page_without_output_is_noted_with_pythondebug(
    site: Site, body: str, attributes: dict[str, Any], noted: bool
) -> None:
    assert ("MP0231" in site.page(f"def index(req): {body}").get("/m", **attributes).log) is noted
