"""Running pages: PSP objects, their services, error pages and the handler."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fakes import FakeRequest
from mod_python.errors import SERVER_RETURN
from mod_python.psp import PSP, PSPInterface, handler, runtime

Site = Callable[..., Any]


class FakeSession(dict[str, Any]):
    """A session that counts what happens to it; empty, and so false, like any new session."""

    def __init__(self, req: FakeRequest) -> None:
        super().__init__()
        self.req = req
        self.saved = self.unlocked = 0
        made.append(self)

    def save(self) -> None:
        self.saved += 1

    def unlock(self) -> None:
        self.unlocked += 1


made: list[FakeSession] = []


def apply_fs_data(object: Any, form: Any, **args: Any) -> Any:
    return object(form, **args)


def redirect(req: Any, location: str, permanent: object = 0) -> None:
    raise SERVER_RETURN(301 if permanent else 302, location)


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put doubles in the place of `Session` and `util`."""
    util = SimpleNamespace(
        FieldStorage=lambda req, keep_blank_values: {"blanks": keep_blank_values},
        apply_fs_data=apply_fs_data,
        redirect=redirect,
    )
    monkeypatch.setitem(sys.modules, "mod_python.Session", SimpleNamespace(Session=FakeSession))
    monkeypatch.setitem(sys.modules, "mod_python.util", util)
    made.clear()
    yield
    runtime._ignored.clear()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Make a request for `page.psp` with that content."""

    def make(page: str = "", **files: str) -> FakeRequest:
        for name, content in {"page": page, **files}.items():
            (tmp_path / f"{name}.psp").write_text(content)
        flushes: list[int] = []
        return FakeRequest(
            filename=str(tmp_path / "page.psp"),
            document_root=lambda: str(tmp_path),
            flush=lambda: flushes.append(1),
            flushes=flushes,
        )

    return make


def output(req: Any) -> str:
    return bytes(req.written).decode()


# -- The PSP object -------------------------------------------------------------------------------------------


def test_the_page_is_the_requested_file(site: Site) -> None:
    req = site("<%= 1 + 1 %>")
    page = PSP(req)
    page.run()
    assert output(req) == "2"
    assert (page.filename, page.string, page.dbmcache) == (req.filename, None, None)
    assert page.code.co_filename == req.filename


def test_a_relative_file_is_beside_the_requested_one(site: Site) -> None:
    req = site("", other="other")
    PSP(req, filename="other.psp").run()
    assert output(req) == "other"


@pytest.mark.parametrize("string", ["é<%= x %>", "é<%= x %>".encode()])
def test_a_page_may_be_a_string(site: Site, string: str | bytes) -> None:
    req = site()
    PSP(req, string=string).run({"x": 1})
    assert output(req) == "é1"


def test_a_string_page_includes_from_the_directory_of_the_request(site: Site) -> None:
    req = site("", part="part")
    PSP(req, string='<%@ include file="part.psp" %>').run()
    assert output(req) == "part"


def test_the_empty_string_is_a_page(site: Site) -> None:
    req = site("not this one")
    PSP(req, string="").run()
    assert output(req) == ""


def test_a_file_and_a_string_are_too_much(site: Site) -> None:
    with pytest.raises(ValueError, match="not from both"):
        PSP(site(), "page.psp", "text")


@pytest.mark.parametrize("name", ["gone.psp", "."])
def test_what_is_no_regular_file_is_not_found(site: Site, name: str) -> None:
    with pytest.raises(SERVER_RETURN) as raised:
        PSP(site(), name)
    assert raised.value.result == 404


def test_syntax_errors_come_from_the_constructor(site: Site) -> None:
    with pytest.raises(SyntaxError):
        PSP(site("<% = %>"))


def test_variables_of_run_override_those_of_the_page(site: Site) -> None:
    req = site("<%= a %><%= b %><%= form %>")
    PSP(req, vars={"a": 1, "b": 2}).run({"b": 3, "form": 4})
    assert output(req) == "134"


def test_what_every_page_finds(site: Site) -> None:
    names = "req psp form session apache util Session sys os PSP __file__".split()
    req = site("<% import builtins; builtins.seen = globals() %>")
    try:
        PSP(req).run()
        seen = sys.modules["builtins"].__dict__.pop("seen")
    finally:
        vars(sys.modules["builtins"]).pop("seen", None)
    assert set(names) <= set(seen)
    assert seen["req"] is req
    assert seen["os"] is os
    assert seen["__file__"] == req.filename
    assert isinstance(seen["psp"], PSPInterface)


def test_outside_httpd_apache_has_the_constants(site: Site) -> None:
    req = site("<%= apache.HTTP_NOT_FOUND %><% raise apache.SERVER_RETURN(apache.DONE) %>")
    with pytest.raises(SERVER_RETURN):
        PSP(req).run()
    assert output(req) == "404"


def test_each_run_has_variables_of_its_own(site: Site) -> None:
    req = site("<%= globals().get('x') %><% x = 1 %>")
    page = PSP(req)
    page.run()
    page.run()
    assert output(req) == "NoneNone"


@pytest.mark.parametrize("flush", [0, 1])
def test_flush_sends_what_was_written(site: Site, flush: int) -> None:
    req = site("text")
    PSP(req).run(flush=flush)
    assert len(req.flushes) == flush


def test_str_runs_the_page_as_html(site: Site) -> None:
    req = site("text")
    assert str(PSP(req)) == ""
    assert (output(req), req.content_type) == ("text", "text/html; charset=utf-8")


@pytest.mark.parametrize("of", [{}, {"string": "<b>"}])
def test_display_code_writes_the_listing(site: Site, of: dict[str, Any]) -> None:
    req = site("<b>")
    PSP(req, **of).display_code()
    assert "&lt;b&gt;" in output(req)


def test_autoreload_off_keeps_the_old_page(site: Site) -> None:
    req = site("old")
    PSP(req)
    req = site("newer")
    req.config["PythonAutoReload"] = "0"
    PSP(req).run()
    req.config["PythonAutoReload"] = "1"
    PSP(req).run()
    assert output(req) == "oldnewer"


def test_include_root_is_an_option(site: Site) -> None:
    req = site('<%@ include file="/etc/hostname" %>')
    req.options["mod_python.psp.include_root"] = os.path.dirname(str(req.filename))
    with pytest.raises(SyntaxError, match="include_root"):
        PSP(req)


def test_the_size_of_what_is_included_is_an_option(site: Site) -> None:
    req = site('<%@ include file="part.psp" %>', part="x" * 10)
    PSP(req).run()
    req.options["mod_python.psp.max_size"] = "9"
    with pytest.raises(SyntaxError, match="max_size, 9 characters"):
        PSP(req)
    req.options["mod_python.psp.max_size"] = "many"
    with pytest.raises(ValueError, match="is a number, not 'many'"):
        PSP(req)


@pytest.mark.parametrize("option", ["mod_python.psp.cache_database_filename", "PSPDbmCache"])
def test_the_old_code_cache_is_ignored_with_one_warning(site: Site, option: str) -> None:
    req = site("text")
    req.options[option] = "/tmp/cache.dbm"
    PSP(req).run()
    PSP(req).run()
    assert output(req) == "texttext"
    assert req.logged == [f"MP0241: PythonOption {option} is ignored, pages stay in memory"]


# -- Form and session -----------------------------------------------------------------------------------------

MENTIONS = [
    "<%= {} is None %>",
    "<%\ndef f():\n    return {}\n\n%><%= f() is None %>",
    "<%= [{} is None for x in '1'][0] %>",
    "<%\nclass C:\n    def m(self):\n        return lambda: {}\n\n%><%= C().m()() is None %>",
]


@pytest.mark.parametrize("page", MENTIONS)
@pytest.mark.parametrize("name", ["form", "session"])
def test_a_page_that_mentions_a_service_gets_it(site: Site, page: str, name: str) -> None:
    req = site(page.format(name))
    PSP(req).run()
    assert output(req) == "False"


def test_a_page_that_mentions_none_gets_none(site: Site) -> None:
    req = site("text")
    PSP(req).run()
    assert not hasattr(req, "form")
    assert made == []


def test_the_form_keeps_blank_values_and_is_shared(site: Site) -> None:
    req = site("<%= form %>")
    PSP(req).run()
    assert req.form == {"blanks": 1}
    req.form = {}
    PSP(req).run()
    assert output(req) == "{'blanks': 1}{}"


def test_a_session_of_the_page_is_saved_unlocked_and_taken_back(site: Site) -> None:
    req = site("<% session['x'] = 1 %>")
    PSP(req).run()
    [session] = made
    assert (session, session.saved, session.unlocked) == ({"x": 1}, 1, 1)
    assert not hasattr(req, "session")


def test_a_session_of_the_caller_is_saved_and_left_alone(site: Site) -> None:
    req = site("<% x = session %>")
    req.session = session = FakeSession(req)
    PSP(req).run()
    assert (session.saved, session.unlocked) == (1, 0)
    assert req.session is session
    assert made == [session]


def test_a_page_may_replace_its_session(site: Site) -> None:
    req = site("<% first = session; req.session = Session.Session(req) %>")
    PSP(req).run()
    first, second = made
    assert (first.saved, first.unlocked, second.saved) == (0, 1, 1)
    assert req.session is second


def test_a_failed_page_does_not_save_its_session(site: Site) -> None:
    req = site("<% session['x'] = 1 / 0 %>")
    with pytest.raises(ZeroDivisionError):
        PSP(req).run()
    [session] = made
    assert (session.saved, session.unlocked) == (0, 1)
    assert not hasattr(req, "session")


# -- Errors ---------------------------------------------------------------------------------------------------


def test_an_exception_passes_unchanged(site: Site) -> None:
    req = site("text\n<% raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'why') %>")
    with pytest.raises(UnicodeDecodeError, match="why") as raised:
        PSP(req).run()
    last = traceback.extract_tb(raised.tb)[-1]
    assert (last.filename, last.lineno) == (req.filename, 2)


FAILS = "before <% psp.set_error_page('error.psp'); session %><% 1 / 0 %>after"
ANSWER = "<% kind, value, trace = exception %>[<%= kind.__name__ %>: <%= value %>]"


def test_an_error_page_answers_with_status_500(site: Site) -> None:
    req = site(FAILS, error=ANSWER)
    PSP(req).run(flush=1)
    assert output(req) == "before [ZeroDivisionError: division by zero]"
    assert req.status == 500
    assert len(req.flushes) == 1
    assert made[0].saved == 0


def test_the_failure_behind_an_error_page_is_logged(site: Site) -> None:
    req = site(FAILS, error=ANSWER)
    PSP(req).run()
    assert all(line.startswith("MP0240: ") and "error.psp" in line for line in req.logged)
    assert req.logged[-1].endswith("ZeroDivisionError: division by zero")
    assert any('page.psp", line 1' in line for line in req.logged)


def test_an_error_page_may_choose_the_status(site: Site) -> None:
    req = site(FAILS, error="<% req.status = 503 %>later")
    PSP(req).run()
    assert req.status == 503


def test_an_error_page_that_fails_is_not_answered_by_itself(site: Site) -> None:
    req = site(FAILS, error="<% psp.set_error_page('error.psp') %><% {}['key'] %>")
    with pytest.raises(KeyError):
        PSP(req).run()


def test_an_error_page_may_use_a_session(site: Site) -> None:
    req = site("<% psp.set_error_page('error.psp') %><% 1 / 0 %>", error="<% session['x'] = 1 %>")
    PSP(req).run()
    [session] = made
    assert (session.saved, session.unlocked) == (0, 1)


def test_server_return_never_meets_the_error_page(site: Site) -> None:
    req = site("<% psp.set_error_page('error.psp') %><% raise apache.SERVER_RETURN(404) %>", error=ANSWER)
    with pytest.raises(SERVER_RETURN) as raised:
        PSP(req).run()
    assert raised.value.result == 404
    assert (output(req), req.status, req.logged) == ("", 200, [])


def test_a_redirect_never_meets_the_error_page(site: Site) -> None:
    req = site("<% psp.set_error_page('error.psp') %><% psp.redirect('/x', permanent=1) %>", error=ANSWER)
    with pytest.raises(SERVER_RETURN) as raised:
        PSP(req).run()
    assert raised.value.args == (301, "/x")


def test_an_error_page_with_a_slash_is_below_the_document_root(site: Site) -> None:
    req = site("<% psp.set_error_page('/error.psp') %><% 1 / 0 %>", error="sorry")
    req.filename = os.path.join(os.path.dirname(str(req.filename)), "page.psp")
    PSP(req).run()
    assert output(req) == "sorry"


def test_a_missing_error_page_is_found_at_once(site: Site) -> None:
    with pytest.raises(SERVER_RETURN) as raised:
        PSP(site("<% psp.set_error_page('gone.psp') %>")).run()
    assert raised.value.result == 404


# -- The interface --------------------------------------------------------------------------------------------


def test_the_interface_has_the_documented_attributes(site: Site) -> None:
    req = site("<% x = psp.filename, psp.error_page, psp.form is form, psp.req is req %><%= x[1:] %><%= x[0] %>")
    PSP(req).run()
    assert output(req) == f"(None, True, True){req.filename}"


@pytest.mark.parametrize("mention", ["", "<% form %>"])
def test_apply_data_gives_form_request_and_keywords(site: Site, mention: str) -> None:
    req = site(mention + "<% psp.apply_data(f, extra=1) %>")  # pages of before name req=req as well
    calls: list[tuple[Any, dict[str, Any]]] = []
    PSP(req).run({"f": lambda form, **keywords: calls.append((form, keywords))})
    assert calls == [({"blanks": 1}, {"req": req, "extra": 1})]
    assert req.form is calls[0][0]


# -- The handler ----------------------------------------------------------------------------------------------


def test_apply_data_takes_another_request(site: Site) -> None:
    req = site("<% psp.apply_data(f, req=2) %>")
    calls: list[Any] = []
    PSP(req).run({"f": lambda form, req: calls.append(req)})
    assert calls == [2]


def test_the_handler_answers_with_the_page_as_html(site: Site) -> None:
    req = site("<p>é</p>")
    assert handler(req) == 0
    assert (output(req), req.content_type) == ("<p>é</p>", "text/html; charset=utf-8")


def test_a_page_may_change_the_content_type(site: Site) -> None:
    req = site("<% req.content_type = 'text/plain' %>")
    handler(req)
    assert req.content_type == "text/plain"


def listing_request(site: Site, page: str, debug: str) -> Any:
    req = site(page)
    req.filename = f"{req.filename}_"
    req.config["PythonDebug"] = debug
    return req


@pytest.mark.parametrize("page", ["<b>", "<b><% = does not compile %>"])
def test_with_debug_an_underscore_shows_the_listing(site: Site, page: str) -> None:
    req = listing_request(site, page, "1")
    assert handler(req) == 0
    assert output(req).startswith("<!DOCTYPE html>")
    assert "&lt;b&gt;" in output(req)


def test_without_debug_an_underscore_is_part_of_the_name(site: Site) -> None:
    with pytest.raises(SERVER_RETURN) as raised:
        handler(listing_request(site, "secret", "0"))
    assert raised.value.result == 404


def test_the_listing_of_a_missing_page_is_not_found(site: Site) -> None:
    req = listing_request(site, "", "1")
    req.filename = "/nowhere/page.psp_"
    with pytest.raises(SERVER_RETURN) as raised:
        handler(req)
    assert raised.value.result == 404
