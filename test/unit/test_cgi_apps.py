"""The classic scripts of test/apps/cgi, run as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cgi_request import CGIRequest
from mod_python import cgihandler

APPS = Path(__file__).parents[1] / "apps" / "cgi"
UPLOAD = (
    b'--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n\x00\xff\r\n--XX--\r\n"
)


def ask(name: str, body: bytes = b"", **attributes: object) -> CGIRequest:
    headers = {"Content-Length": str(len(body)), **attributes.pop("headers_in", {})}  # type: ignore[dict-item]
    req = CGIRequest(APPS / name, body=body, headers_in=headers, **attributes)
    assert cgihandler.handler(req) == 0, req.logged
    return req


def test_environment_dump() -> None:
    lines = ask("env.py", args="q=1").written.decode().splitlines()
    assert {"QUERY_STRING=q=1", "GATEWAY_INTERFACE=Python-CGI/1.1"} <= set(lines)


def test_script_with_a_helper_module() -> None:
    assert ask("hello.cgi").written == b"Hello, world!\n"


def test_page_counter(tmp_path: Path) -> None:
    variables = {"COUNTER": str(tmp_path / "count")}
    ask("counter.py", variables=variables)
    assert b"<b>2</b>" in ask("counter.py", variables=variables).written


def test_form_mail(tmp_path: Path) -> None:
    mailbox = tmp_path / "mail"
    body = b"from=me%40example.com&subject=%C3%A9&message=one%0Atwo"
    req = ask("formmail.py", body, method="POST", variables={"MAILBOX": str(mailbox)})
    assert (req.status, req.headers_out["Location"]) == (302, "/thanks.html")
    assert mailbox.read_text(encoding="utf-8") == "from: me@example.com\nsubject: \u00e9\nmessage: one two\n"


def test_form_mail_refuses_a_bad_form() -> None:
    req = ask("formmail.py", b"from=<b>", method="POST")
    assert (req.status, req.status_line) == (400, "400 Bad Form")
    assert b"&lt;b&gt;" in req.written


def test_file_upload() -> None:
    req = ask("upload.py", UPLOAD, method="POST", headers_in={"Content-Type": "multipart/form-data; boundary=XX"})
    assert (req.content_type, req.headers_out["X-Name"]) == ("image/png", "a.png")
    assert req.written == b"\x89PNG\r\n\x00\xff"


def test_non_parsed_header_script() -> None:
    req = ask("nph-push.py")
    assert (req.status, req.content_type) == (203, "text/plain")
    assert req.flushed == [b"line 1\n", b"line 1\nline 2\n", b"line 1\nline 2\nline 3\n"]


@pytest.mark.parametrize(("how", "message"), [("exit", "MP0307"), ("header", "MP0302"), ("nothing", "MP0308")])
def test_crashes_that_are_500(how: str, message: str) -> None:
    req = CGIRequest(APPS / "crash.py", args=how)
    assert cgihandler.handler(req) == 500
    assert message in req.logged[0]


@pytest.mark.parametrize(("how", "sent"), [("exception", b""), ("late", b"some output\n")])
def test_crashes_that_are_reported(how: str, sent: bytes) -> None:
    req = CGIRequest(APPS / "crash.py", args=how)
    with pytest.raises(RuntimeError):
        cgihandler.handler(req)
    assert req.written == sent


def test_no_script_leaves_a_trace_in_the_environment() -> None:
    before = dict(os.environ)
    ask("env.py", args="secret")
    assert dict(os.environ) == before
