"""The CGI environment: which variables, and a process that is put back as it was."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from cgi_request import CGIRequest
from fakes import FakeRequest, FakeTable
from mod_python.cgienv import CGIError, build_cgi_env, restore_nocgi, setup_cgi


def test_the_variables_are_a_table_of_their_own() -> None:
    req = CGIRequest()
    env = build_cgi_env(req)
    env["REQUEST_METHOD"] = "CHANGED"
    assert type(env) is type(req.subprocess_env)
    assert req.subprocess_env["REQUEST_METHOD"] == "GET"


def test_the_gateway_is_named() -> None:
    assert build_cgi_env(CGIRequest())["GATEWAY_INTERFACE"] == "Python-CGI/1.1"


@pytest.mark.parametrize(
    ("uri", "path_info", "script_name"),
    [
        ("/cgi/a.py/x/y", "/x/y", "/cgi/a.py"),
        ("/cgi/a.py", "", "/cgi/a.py"),
        ("/cgi/a.py", None, "/cgi/a.py"),
        ("/x/x", "/x", "/x"),
    ],
)
def test_the_script_name_is_the_uri_less_the_path_info(uri: str, path_info: str | None, script_name: str) -> None:
    assert build_cgi_env(CGIRequest(uri=uri, path_info=path_info))["SCRIPT_NAME"] == script_name


def test_the_request_uri_is_what_the_client_sent() -> None:
    req = CGIRequest(uri="/a b", unparsed_uri="/a%20b?q=%C3%A9")
    assert build_cgi_env(req)["REQUEST_URI"] == "/a%20b?q=%C3%A9"


def test_after_an_internal_redirect_the_request_uri_is_the_first_one() -> None:
    first = FakeRequest(unparsed_uri="/pretty", main=None, prev=None)
    req = CGIRequest(unparsed_uri="/cgi/real.py", prev=FakeRequest(main=first, prev=None, unparsed_uri="/part"))
    assert build_cgi_env(req)["REQUEST_URI"] == "/pretty"


def test_values_are_latin_1_native_strings() -> None:
    req = CGIRequest(uri="/\u00e9", variables={"PATH_INFO": "/\u20ac", "HTTP_RAW": "\udcff"})
    env = build_cgi_env(req)
    assert env["SCRIPT_NAME"] == "/\u00c3\u00a9"
    assert env["PATH_INFO"].encode("latin-1") == "/\u20ac".encode()
    assert env["HTTP_RAW"] == "\xff"


def test_a_variable_without_a_value_is_empty() -> None:
    req = CGIRequest(unparsed_uri=None)
    assert build_cgi_env(req)["REQUEST_URI"] == ""


def test_credentials_are_handed_on() -> None:
    assert build_cgi_env(CGIRequest(headers_in={"Authorization": "Basic eDp5"}))["HTTP_AUTHORIZATION"] == "Basic eDp5"


def test_credentials_can_be_withheld() -> None:
    options = {"mod_python.cgi.authorization": "Off"}
    env = build_cgi_env(CGIRequest(headers_in={"Authorization": "Basic eDp5"}, options=options))
    assert "HTTP_AUTHORIZATION" not in env


def test_a_misspelt_switch_hands_nothing_on() -> None:
    options = {"mod_python.cgi.authorization": "Of"}
    with pytest.raises(ValueError, match="MP0300"):
        build_cgi_env(CGIRequest(headers_in={"Authorization": "Basic eDp5"}, options=options))


def _state() -> tuple[object, ...]:
    return os.environ, sys.stdin, sys.stdout, sys.argv


def test_everything_is_put_back() -> None:
    before = _state()
    restore_nocgi(*setup_cgi(CGIRequest()))
    assert all(now is then for now, then in zip(_state(), before, strict=True))


def test_a_failure_of_the_set_up_changes_nothing() -> None:
    before = _state()
    with pytest.raises(ValueError, match="MP0300"):
        setup_cgi(CGIRequest(headers_in={"Authorization": "x"}, options={"mod_python.cgi.authorization": "?"}))
    assert all(now is then for now, then in zip(_state(), before, strict=True))


def test_restoring_without_a_set_up_is_refused() -> None:
    with pytest.raises(RuntimeError):
        restore_nocgi({}, io.StringIO(), io.StringIO())


def test_the_environment_is_a_dictionary_that_child_processes_do_not_see() -> None:
    saved = setup_cgi(CGIRequest(args="secret=1"))
    try:
        kind, query = type(os.environ), os.environ["QUERY_STRING"]
        child = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    finally:
        restore_nocgi(*saved)
    assert kind is dict
    assert query == "secret=1"
    assert "secret" not in child


def test_the_environment_of_the_server_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_THE_SERVER", "yes")
    saved = setup_cgi(CGIRequest())
    value = os.getenv("FROM_THE_SERVER")
    restore_nocgi(*saved)
    assert value == "yes"


def test_nothing_stays_for_the_next_request() -> None:
    saved = setup_cgi(CGIRequest(args="mine"))
    os.environ["LEFT_BEHIND"] = "1"
    kept = os.environ  # what `from os import environ` in a library keeps
    restore_nocgi(*saved)
    assert "QUERY_STRING" not in kept and "LEFT_BEHIND" not in kept
    saved = setup_cgi(CGIRequest())
    left = "LEFT_BEHIND" in os.environ
    same = os.environ is kept
    restore_nocgi(*saved)
    assert not left
    assert same


def test_one_set_up_inside_another() -> None:
    outer = setup_cgi(CGIRequest(args="outer", variables={"ONLY_OUTER": "1"}))
    inner = setup_cgi(CGIRequest(args="inner"))
    seen = os.environ["QUERY_STRING"], "ONLY_OUTER" in os.environ
    restore_nocgi(*inner)
    after = os.environ["QUERY_STRING"], os.environ["ONLY_OUTER"]
    restore_nocgi(*outer)
    assert seen == ("inner", False)
    assert after == ("outer", "1")
    assert "QUERY_STRING" not in os.environ


def test_restoring_sends_what_was_printed() -> None:
    req = CGIRequest()
    saved = setup_cgi(req)
    print("Content-Type: text/plain\n\nhello")
    assert restore_nocgi(*saved) is True
    assert req.written == b"hello\n"


def test_both_streams_can_be_wrapped_anew() -> None:
    req = CGIRequest(method="POST", body=b"\xe9")
    saved = setup_cgi(req)
    sys.stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="latin-1")
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="latin-1")
    print("Content-Type: text/plain\n\n" + sys.stdin.read(), end="")
    restore_nocgi(*saved)
    assert req.written == b"\xe9"


def test_restoring_after_nothing_was_printed_is_no_error() -> None:
    assert restore_nocgi(*setup_cgi(CGIRequest())) is False


def test_output_without_a_header_is_an_error_once_all_is_back() -> None:
    stdout = sys.stdout
    saved = setup_cgi(CGIRequest())
    print("hello")
    with pytest.raises(CGIError, match="MP0302"):
        restore_nocgi(*saved)
    assert sys.stdout is stdout


def test_headers_of_the_request_are_not_touched() -> None:
    req = CGIRequest(headers_in={"Authorization": "x"})
    build_cgi_env(req)
    assert isinstance(req.headers_in, FakeTable) and req.headers_in.items() == [("Authorization", "x")]
