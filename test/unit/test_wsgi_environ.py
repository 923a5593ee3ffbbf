"""The WSGI environment: CGI variables, the split of the URI, and the keys of PEP 3333."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeTable
from mod_python.wsgi_environ import environment as settings_environment
from mod_python.wsgi_file import FileWrapper
from mod_python.wsgi_settings import settings_of
from mod_python.wsgi_types import Environ
from wsgi_double import WsgiRequest, in_section, install_apache


@pytest.fixture(autouse=True)
def _apache(monkeypatch: pytest.MonkeyPatch) -> None:
    install_apache(monkeypatch)


def environment(req: WsgiRequest, options: dict[str, str]) -> Environ | None:
    req.options = options
    return settings_environment(req, settings_of(req))


def options(**values: str) -> dict[str, str]:
    return {f"mod_python.wsgi.{name}": value for name, value in values.items()}


def location(path: str | None) -> SimpleNamespace:
    return in_section(path, is_location=True)


def test_cgi_variables_are_taken_from_one_block() -> None:
    req = WsgiRequest("POST", variables={"HTTP_HOST": "example.org", "EMPTY": "", "QUERY_STRING": "a=b&c"})
    environ = environment(req, options())
    assert environ is not None
    assert environ["REQUEST_METHOD"] == "POST"
    assert (environ["HTTP_HOST"], environ["EMPTY"], environ["QUERY_STRING"]) == ("example.org", "", "a=b&c")
    assert "" not in environ
    assert req.calls == ["wsgi_environ_block"]


def test_the_keys_of_pep_3333_are_there() -> None:
    req = WsgiRequest(body=b"body")
    environ = environment(req, options())
    assert environ is not None
    assert {key: value for key, value in environ.items() if key.startswith("wsgi.")} == {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": req.body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }


@pytest.mark.parametrize(("threaded", "forked", "expected"), [(0, 1, (False, True)), (2, 0, (True, False))])
def test_threads_and_processes_are_those_of_the_mpm(
    monkeypatch: pytest.MonkeyPatch, threaded: int, forked: int, expected: tuple[bool, bool]
) -> None:
    install_apache(monkeypatch, threaded, forked)
    environ = environment(WsgiRequest(), options())
    assert environ is not None
    assert (environ["wsgi.multithread"], environ["wsgi.multiprocess"]) == expected


def test_every_request_has_an_environment_of_its_own() -> None:
    first = environment(WsgiRequest(), options())
    assert first is not None
    first["wsgi.version"] = "changed"
    second = environment(WsgiRequest(), options())
    assert second is not None
    assert second["wsgi.version"] == (1, 0)


def test_any_bytes_of_a_client_are_kept_as_latin_1() -> None:
    environ = environment(WsgiRequest(uri="/\udcff\udc80", variables={"HTTP_X": "\xff\x80"}), options())
    assert environ is not None
    assert environ["PATH_INFO"] == "/\xff\x80"
    assert environ["HTTP_X"] == "\xff\x80"


@pytest.mark.parametrize(
    ("variables", "tls", "scheme"),
    [
        ({"HTTPS": "on"}, 0, "https"),
        ({"HTTPS": "1"}, 0, "https"),
        ({"HTTPS": "Off"}, 1, "http"),
        ({"HTTPS": ""}, 0, "http"),
        ({"REQUEST_SCHEME": "https"}, 0, "https"),
        ({"REQUEST_SCHEME": "http"}, 0, "http"),
        ({"REQUEST_SCHEME": ""}, 1, "https"),
        ({"REQUEST_SCHEME": ""}, 0, "http"),
    ],
)
def test_the_scheme_is_that_of_the_variable_https_or_of_the_connection(
    variables: dict[str, str], tls: bool, scheme: str
) -> None:
    environ = environment(WsgiRequest(variables=variables, https=tls), options())
    assert environ is not None
    assert environ["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(("word", "passed"), [(None, False), ("Off", False), ("On", True), ("on", True), ("1", True)])
def test_authorization_is_passed_by_option_only(word: str | None, passed: bool) -> None:
    req = WsgiRequest(headers_in=FakeTable({"Authorization": "Basic eDp5"}))
    environ = environment(req, options(**({"pass_authorization": word} if word else {}))) or {}
    assert environ.get("HTTP_AUTHORIZATION") == ("Basic eDp5" if passed else None)


@pytest.mark.parametrize(
    ("option", "directory", "expected"),
    [
        (None, None, ""),
        (None, "/", ""),
        (None, "/app", "/app"),
        (None, "/app/", "/app"),
        ("/opt", "/app", "/opt"),
        ("/a/b", None, "/a/b"),
        ("", "/app", "/app"),
    ],
)
def test_the_base_uri_is_the_option_or_else_the_location(
    option: str | None, directory: str | None, expected: str
) -> None:
    values = {} if option is None else {"base_uri": option}
    environ = environment(WsgiRequest(uri=f"{expected}/x", hlist=location(directory)), options(**values)) or {}
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (expected, "/x")


@pytest.mark.parametrize("hlist", [None, in_section("/site/", is_location=False), location(None)])
def test_outside_a_location_the_whole_site_is_served(hlist: SimpleNamespace | None) -> None:
    environ = environment(WsgiRequest(uri="/site/x", hlist=hlist), options())
    assert environ is not None
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/site/x")


@pytest.mark.parametrize(
    ("uri", "path_info"), [("/app/x", "/x"), ("/app/", "/"), ("/app", ""), ("/app//x", "//x"), ("/app/app", "/app")]
)
def test_the_rest_of_the_uri_is_the_path_info(uri: str, path_info: str) -> None:
    environ = environment(WsgiRequest(uri=uri, hlist=location("/app")), options())
    assert environ is not None
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/app", path_info)


@pytest.mark.parametrize("uri", ["/apple", "/ap", "/", "/other/app", "/App"])
def test_a_base_uri_matches_whole_segments_only(uri: str) -> None:
    req = WsgiRequest(uri=uri)
    assert environment(req, options(base_uri="/app")) is None
    assert req.logged == [f"MP0213: {uri} is outside the WSGI base URI /app, so it is left to others"]


def test_a_base_uri_need_not_be_ascii() -> None:
    environ = environment(WsgiRequest(uri="/caf\xe9/x"), options(base_uri="/caf\xe9"))
    assert environ is not None
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/caf\xc3\xa9", "/x")


@pytest.mark.parametrize("count", [1, 1000])
def test_names_that_are_known_come_with_new_values(count: int) -> None:
    for value in ("first", "second"):
        variables = {f"HTTP_X_{number}": f"{value} {number}" for number in range(count)}
        environ = environment(WsgiRequest(variables=variables), options())
        assert environ is not None
        assert variables.items() <= environ.items()


@given(st.text(st.characters(codec="latin-1", blacklist_characters="\0")))
def test_any_value_passes_through_the_block(value: str) -> None:
    environ = environment(WsgiRequest(variables={"HTTP_X": value}), options())
    assert environ is not None
    assert environ["HTTP_X"] == value
