"""Attacks on what needs no httpd. docs/security.md lists them, with those on a live one."""

import marshal
import pickle

import pytest

from fakes import FakeRequest, FakeTable
from fuzz.targets import TARGETS
from mod_python import Session
from mod_python.Cookie import Cookie, MarshalCookie, SignedCookie, get_cookies
from mod_python.sessions import private
from mod_python.sessions.ids import is_sid
from mod_python.sessions.record import CorruptRecord, decode

SIZE = 100_000
PIECES = [
    *(b"a", b'"', b";", b"=", b" ", b"%", b"&", b"\n", b"\r\n", b"'", b"(", b"/", b"::", b"\xff", b"<%", b"{"),
    *(b'; a="', b'="\\', b"a=b, ", b'a="b";', b"--XX\r\n", b"<% %>", b"q=0.", b",*/*;q", b"*=utf-8''%e2", b"key: "),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("target", TARGETS)
def test_no_text_makes_a_parser_slow(target):
    size = SIZE // 10 if target in {"multipart", "cgi_reply"} else SIZE  # which take it byte by byte, too
    for piece in PIECES:
        TARGETS[target]((piece * size)[:size])


class Code:
    """Runs code where it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


@pytest.mark.parametrize("kind", [Cookie, SignedCookie, MarshalCookie])
def test_no_cookie_is_unpickled_or_unmarshalled_without_its_signature(kind, monkeypatch):
    monkeypatch.setattr(marshal, "loads", lambda octets: pytest.fail("unmarshalled"))
    secret = {} if kind is Cookie else {"secret": "secret"}
    for value in (pickle.dumps(Code(), 0).decode(), "0" * 64 + "TgAAAAA=", "0" * 32 + "4wAAAAA="):
        req = FakeRequest(headers_in=FakeTable({"Cookie": f"name={value}"}))
        get_cookies(req, kind, **secret)


def test_no_record_of_another_serializer_is_unpickled():
    record = b'["mod_python session 1", "pickle", 1, 2, 3]\n' + pickle.dumps(Code())
    with pytest.raises(CorruptRecord):
        decode(record, "json")


@pytest.mark.parametrize("sid", ["../" * 10 + "etc/passwd", "a" * 31 + "/", "a" * 31 + "\0", "A" * 32, "a" * 32 + "\n"])
@pytest.mark.parametrize(
    "kind", [Session.FileSession, Session.DbmSession, Session.SqliteSession, Session.MemorySession]
)
def test_no_other_text_is_a_session_id(kind, sid, tmp_path):
    assert not is_sid(sid)
    options = {"mod_python.session.database_directory": str(tmp_path)}
    with pytest.raises(ValueError, match="MP0289"):
        kind(FakeRequest(options=options), sid=sid)


def test_no_session_file_of_another_user_is_read(tmp_path, monkeypatch):
    path = tmp_path / "planted"
    private.write(str(path), b"planted")
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(private.NotPrivate):
        private.read(str(path))
