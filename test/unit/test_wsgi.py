"""The WSGI handler as a whole: the sentences of the manual, wsgiref.validate, Flask, and its cost in calls to httpd."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from wsgiref.validate import validator

import pytest

from fakes import FakeTable
from mod_python import wsgi
from mod_python.constants import DECLINED, OK
from wsgi_double import ImportRecorder, WsgiRequest, in_section, install_apache, install_application

MINIMAL = """
def application(environ, start_response):
   status = '200 OK'
   output = 'Hello World!'

   response_headers = [('Content-type', 'text/plain'),
                       ('Content-Length', str(len(output)))]
   start_response(status, response_headers)

   return [output]

def my_application(environ, start_response):
    start_response('200 OK', [])
    return [(environ['SCRIPT_NAME'] + '|' + environ['PATH_INFO']).encode('latin-1')]
"""


@pytest.fixture(autouse=True)
def importer(monkeypatch: pytest.MonkeyPatch) -> ImportRecorder:
    return install_apache(monkeypatch)


@pytest.fixture
def mysite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "mysite").mkdir()
    (tmp_path / "mysite" / "__init__.py").touch()
    (tmp_path / "mysite" / "wsgi.py").write_text(MINIMAL)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "mysite"]:
        del sys.modules[name]


def location(path: str) -> SimpleNamespace:
    return in_section(path, is_location=True)


def options(**values: str) -> dict[str, str]:
    return {f"mod_python.wsgi.{name}": value for name, value in values.items()}


def split(uri: str, hlist: Any = None, **values: str) -> str | int:
    """What `my_application` says about `uri`, or the handler's result when it was not run."""
    req = WsgiRequest(uri=uri, hlist=hlist, options=options(application="mysite.wsgi::my_application", **values))
    result = wsgi.handler(req)
    return req.written.decode("latin-1") if result == OK else result


# -- The sentences of the manual's WSGI chapter ---------------------------------------------------------------


@pytest.mark.usefixtures("mysite")
def test_wsgi_handler_can_run_wsgi_applications_and_this_minimal_app() -> None:
    req = WsgiRequest(options=options(application="mysite.wsgi"))
    assert wsgi.handler(req) == OK
    assert req.response == (200, b"200 OK", b"text/plain", 12, [])
    assert bytes(req.written) == b"Hello World!"


@pytest.mark.usefixtures("mysite")
def test_the_configuration_will_import_a_module_named_mysite_wsgi_and_look_for_application(
    importer: ImportRecorder,
) -> None:
    wsgi.handler(WsgiRequest(options=options(application="mysite.wsgi")))
    assert importer.requests == [("mysite.wsgi", "/site/", True, False)]


@pytest.mark.usefixtures("mysite")
def test_an_alternative_name_for_the_callable_can_be_appended_separated_by_two_colons() -> None:
    assert split("/x") == "|/x"


@pytest.mark.usefixtures("mysite")
def test_a_base_uri_can_be_specified_by_a_location_block() -> None:
    assert split("/wsgiapps/hello", location("/wsgiapps")) == "/wsgiapps|/hello"


@pytest.mark.usefixtures("mysite")
def test_a_base_uri_can_also_be_specified_via_the_option() -> None:
    assert split("/wsgiapps/hello", base_uri="/wsgiapps") == "/wsgiapps|/hello"


@pytest.mark.usefixtures("mysite")
def test_content_formerly_under_hello_becomes_available_under_wsgiapps_hello() -> None:
    formerly, now = split("/hello"), split("/wsgiapps/hello", location("/wsgiapps"))
    assert [str(text).partition("|")[2] for text in (formerly, now)] == ["/hello", "/hello"]
    assert split("/hello", location("/wsgiapps")) == DECLINED


@pytest.mark.usefixtures("mysite")
def test_if_both_exist_the_option_takes_precedence() -> None:
    assert split("/a/b/c", location("/a"), base_uri="/a/b") == "/a/b|/c"


@pytest.mark.parametrize("base", ["/", "/app/"])
def test_base_uri_cannot_be_a_slash_or_end_with_a_slash(base: str) -> None:
    with pytest.raises(wsgi.ConfigurationError, match="MP0204"):
        split("/app/x", base_uri=base)


@pytest.mark.usefixtures("mysite")
def test_root_or_no_base_uri_is_a_blank_string_which_is_the_default() -> None:
    assert split("/a/b") == "|/a/b"


@pytest.mark.usefixtures("mysite")
def test_a_location_path_may_be_a_slash_or_have_a_trailing_slash_which_is_removed() -> None:
    assert split("/a/b", location("/")) == "|/a/b"
    assert split("/a/b", location("/a/")) == "/a|/b"


@pytest.mark.usefixtures("mysite")
@pytest.mark.parametrize("base", [{}, {"base_uri": "/path"}, {"base_uri": "/path/to/myscript"}])
@pytest.mark.parametrize("uri", ["/path/to/myscript/foo/bar", "/path/to/myscript", "/path/to/myscript/"])
def test_script_name_plus_path_info_is_the_uri_and_the_slash_ends_up_in_path_info(
    uri: str, base: dict[str, str]
) -> None:
    script_name, _, path_info = str(split(uri, **base)).partition("|")
    assert script_name + path_info == uri
    assert script_name == base.get("base_uri", "")
    assert path_info[:1] in ("", "/")


@pytest.mark.usefixtures("mysite")
def test_if_the_whole_site_is_served_script_name_is_a_blank_string_not_a_slash() -> None:
    assert split("/") == "|/"


# -- Errors of the configuration ------------------------------------------------------------------------------


def test_a_missing_application_option_is_an_error_and_never_declined() -> None:
    with pytest.raises(wsgi.ConfigurationError, match="MP0200: PythonOption mod_python.wsgi.application is not set"):
        wsgi.handler(WsgiRequest())


def test_a_missing_application_is_an_error_outside_the_base_uri_too() -> None:
    with pytest.raises(wsgi.ConfigurationError, match="MP0200"):
        wsgi.handler(WsgiRequest(uri="/x", options=options(base_uri="/app")))


def test_a_uri_outside_the_base_uri_is_declined_and_logged() -> None:
    req = WsgiRequest(uri="/apple", options=options(application="mysite.wsgi", base_uri="/app"))
    assert wsgi.handler(req) == DECLINED
    assert req.logged[0].startswith("MP0213")


def test_a_configuration_error_is_a_value_error() -> None:
    assert issubclass(wsgi.ConfigurationError, ValueError)


# -- The cost of a request ------------------------------------------------------------------------------------


def test_a_small_response_takes_two_calls_to_httpd(monkeypatch: pytest.MonkeyPatch) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), *((f"X-{i}", "value") for i in range(10))])
        return [b"hello"]

    req = WsgiRequest(options=dict(install_application(monkeypatch, application).items()))
    wsgi.handler(req)
    assert req.calls == ["wsgi_environ_block", "send_response"]


# -- Conformance ----------------------------------------------------------------------------------------------


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.errors"].write("")
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [body or b"empty"]


def generate(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    return iter([b"and ", b"returned"])


def replace(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        raise LookupError
    except LookupError:
        start_response("500 Lost", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"lost"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("application", "method", "body", "expected"),
    [
        (echo, "GET", b"", b"empty"),
        (echo, "POST", b"sent", b"sent"),
        (generate, "GET", b"", b"written and returned"),
        (replace, "GET", b"", b"lost"),
    ],
)
def test_wsgiref_validate_is_content(
    monkeypatch: pytest.MonkeyPatch, application: Any, method: str, body: bytes, expected: bytes
) -> None:
    values = dict(install_application(monkeypatch, validator(application)).items())
    variables = {"CONTENT_LENGTH": str(len(body))} if body else {}
    req = WsgiRequest(method, "/app", body, variables=variables, hlist=location("/app"), options=values)
    assert wsgi.handler(req) == OK
    assert bytes(req.written) == expected


def test_a_flask_application_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    flask = pytest.importorskip("flask")
    app = flask.Flask("site")

    @app.post("/sum/<int:number>")  # type: ignore[untyped-decorator]
    def total(number: int) -> Any:
        return {"sum": number + flask.request.json["number"], "url": flask.url_for("total", number=1)}

    @app.get("/file")  # type: ignore[untyped-decorator]
    def file() -> Any:
        return flask.send_file(os.path.abspath(__file__), mimetype="text/plain")

    values = dict(install_application(monkeypatch, app).items())
    body = json.dumps({"number": 2}).encode()
    variables = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"}
    req = WsgiRequest(
        "POST", "/app/sum/3", body, variables=variables, options={**values, "mod_python.wsgi.base_uri": "/app"}
    )
    wsgi.handler(req)
    assert json.loads(req.written) == {"sum": 5, "url": "/app/sum/1"}
    assert req.response[:3] == (200, b"200 OK", b"application/json")

    download = WsgiRequest("GET", "/file", options=values)
    wsgi.handler(download)
    assert download.calls[-3:] == ["wsgi_environ_block", "send_response", "sendfile_fd"]
    assert bytes(download.written) == Path(__file__).read_bytes()


# -- The methods of the request object ------------------------------------------------------------------------


def test_build_wsgi_env_is_the_environment_or_none_outside_the_base_uri() -> None:
    inside = wsgi.build_wsgi_env(WsgiRequest(uri="/app/x", options=options(base_uri="/app")))
    assert inside is not None
    assert (inside["SCRIPT_NAME"], inside["PATH_INFO"], inside["wsgi.version"]) == ("/app", "/x", (1, 0))
    assert wsgi.build_wsgi_env(WsgiRequest(uri="/x", options=options(base_uri="/app"))) is None


def test_wsgi_start_response_sets_status_and_headers_at_once_and_returns_req_write() -> None:
    req = WsgiRequest()
    write = wsgi.wsgi_start_response(req, "404 Gone fishing", [("Content-Type", "text/plain"), ("X", "y")])
    assert req.response == (404, b"404 Gone fishing", b"text/plain", None, [("X", "y")])
    assert write == req.write


def test_wsgi_start_response_checks_before_it_sets() -> None:
    req = WsgiRequest()
    with pytest.raises(ValueError, match="MP0208"):
        wsgi.wsgi_start_response(req, "200 OK", [("X", "y"), ("Z", "a\r\nb")])
    assert req.calls == []


def test_wsgi_start_response_replaces_headers_with_exc_info_only() -> None:
    req = WsgiRequest(headers_out=FakeTable({"Kept": "1"}))
    wsgi.wsgi_start_response(req, "200 OK", [("X", "1"), ("X", "2"), ("Set-Cookie", "a=b"), ("Content-Length", "5")])
    with pytest.raises(AssertionError, match="MP0209"):
        wsgi.wsgi_start_response(req, "200 OK", [])
    wsgi.wsgi_start_response(req, "500 Oops", [("Y", "3")], (LookupError, LookupError(), None))
    assert req.headers_out.items() == [("Kept", "1"), ("Y", "3")]
    assert req.responses[-1][0] == 500


def test_wsgi_start_response_raises_exc_info_when_the_headers_are_out() -> None:
    req = WsgiRequest(sent_bodyct=1)
    with pytest.raises(LookupError):
        wsgi.wsgi_start_response(req, "500 Oops", [], exc_info=(LookupError, LookupError(), None))
