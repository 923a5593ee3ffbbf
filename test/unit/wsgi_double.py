"""A request that records every call to httpd, and stand-ins for the modules that work inside httpd only."""

from __future__ import annotations

import importlib
import io
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fakes import FakeRequest, FakeTable
from mod_python import wsgi_application, wsgi_environ
from mod_python.errors import ClientGone

CGI_VARIABLES = {
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "REQUEST_SCHEME": "http",
    "QUERY_STRING": "",
}


Response = tuple[int, bytes, bytes | None, int | None, list[tuple[str, str]]]


def in_section(path: str | None, *, is_location: bool) -> SimpleNamespace:
    """`req.hlist` while a handler of that section runs."""
    return SimpleNamespace(_current=SimpleNamespace(directory=path, is_location=is_location))


class WsgiRequest(FakeRequest):
    """Records what the gateway calls: `calls` in order, `responses` sent, `flushed` after each write."""

    def __init__(self, method: str = "GET", uri: str = "/", body: bytes = b"", **attributes: Any) -> None:
        self.variables: dict[str, str] = {}
        self.body = io.BytesIO(body)
        self.calls: list[str] = []
        self.responses: list[Response] = []
        self.flushes: list[int] = []
        self.files_sent: list[tuple[int, int]] = []
        self.client_leaves_after = -1  # bytes
        self.aborted_by_us = False
        super().__init__(method, body, **{"uri": uri, "hlist": in_section("/site/", is_location=False), **attributes})

    def wsgi_environ_block(self, base_uri: bytes, authorization: bool) -> tuple[bytes, str] | None:
        self.calls.append("wsgi_environ_block")
        path = self.uri.encode("utf-8", "surrogateescape")
        if base_uri and not (path + b"/").startswith(base_uri + b"/"):
            return None
        variables = {
            **CGI_VARIABLES,
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": base_uri.decode("latin-1"),
            "PATH_INFO": path.removeprefix(base_uri).decode("latin-1"),
            **self.variables,
        }
        if authorization and "Authorization" in self.headers_in:
            variables["HTTP_AUTHORIZATION"] = self.headers_in.get("Authorization")
        names, values = ("".join(f"{text}\0" for text in texts) for texts in (variables, variables.values()))
        return names.encode("latin-1"), values

    def is_https(self) -> bool:
        self.calls.append("is_https")
        return self.https

    def send_response(
        self, status: int, line: bytes, content_type: bytes | None, block: bytes, body: bytes = b""
    ) -> None:
        self.calls.append("send_response")
        texts = block.decode("latin-1").split("\0")[:-1]
        pairs = list(zip(texts[::2], texts[1::2], strict=True))
        lengths = [int(value) for name, value in pairs if name == "Content-Length"]
        others = [pair for pair in pairs if pair[0] != "Content-Length"]
        self.responses.append((status, line, content_type, lengths[0] if lengths else None, others))
        for name, value in pairs:
            self.headers_out.add(name, value)
        if body:
            self._write(body, 0)

    def write(self, data: str | bytes, flush: int = 1) -> None:
        self.calls.append("write")
        self._write(data, flush)

    def _write(self, data: str | bytes, flush: int) -> None:
        if 0 <= self.client_leaves_after <= len(self.written):
            raise ClientGone("client closed the connection")
        super().write(data)
        self.flushes.append(flush)

    def sendfile_fd(self, fd: int, offset: int, length: int) -> int:
        self.calls.append("sendfile_fd")
        with open(fd, "rb", closefd=False) as file:
            file.seek(offset)
            data = file.read(length)
        self.files_sent.append((offset, length))
        self.written += data
        return len(data)

    def abort_connection(self) -> None:
        self.aborted_by_us = True

    @property
    def response(self) -> Response:
        (only,) = self.responses
        return only

    @property
    def content_length(self) -> int | None:
        return self.response[3]


class ImportRecorder:
    """`import_handler`: the ordinary import, or a re-execution when `changed` is set and reloading is on."""

    def __init__(self) -> None:
        self.changed = False
        self.requests: list[tuple[str, str | None, bool, bool]] = []

    def __call__(self, name: str, directory: str | None, autoreload: bool, log: bool) -> ModuleType:
        self.requests.append((name, directory, autoreload, log))
        module = importlib.import_module(name)
        return importlib.reload(module) if self.changed and autoreload else module


def install_apache(monkeypatch: pytest.MonkeyPatch, threaded: int = 1, forked: int = 2) -> ImportRecorder:
    """Put stand-ins for the modules that need httpd in place, with empty caches around them; returns the importer."""
    importer: Any = ModuleType("mod_python.importer")
    importer.import_handler = ImportRecorder()
    monkeypatch.setitem(sys.modules, "mod_python.importer", importer)
    apache: Any = ModuleType("mod_python.apache")
    apache.mpm_query = {2: threaded, 3: forked}.__getitem__
    monkeypatch.setitem(sys.modules, "mod_python.apache", apache)
    monkeypatch.setattr(wsgi_application, "_fixed", {})
    wsgi_application._importer.cache_clear()
    wsgi_environ._template.cache_clear()
    wsgi_environ._known.cache_clear()
    return importer.import_handler  # type: ignore[no-any-return]


def install_application(monkeypatch: pytest.MonkeyPatch, application: Any, name: str = "site_app") -> FakeTable:
    """Make `application` importable as `name::application` and return the options that name it."""
    module: Any = ModuleType(name)
    module.application = application
    monkeypatch.setitem(sys.modules, name, module)
    return FakeTable({"mod_python.wsgi.application": name})
