"""A request that a CGI script can answer: httpd's variables, flushes that are counted, and a log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes import FakeRequest, FakeTable


class CGIRequest(FakeRequest):
    """Give `variables` for what httpd adds to `subprocess_env`; `flushed` has the body as it was at each flush."""

    def __init__(self, script: Path | None = None, method: str = "GET", body: bytes = b"", **attributes: Any) -> None:
        self.variables: dict[str, str] = {}
        self.flushed: list[bytes] = []
        self.status_line: str | None = None
        super().__init__(method, body, filename=str(script) if script else None, **attributes)
        self.headers_in = FakeTable(attributes.get("headers_in", {}))

    def add_cgi_vars(self) -> None:
        common = {"REQUEST_METHOD": self.method, "QUERY_STRING": self.args or "", "SERVER_PROTOCOL": "HTTP/1.1"}
        if self.headers_in.get("Content-Length"):
            common["CONTENT_LENGTH"] = self.headers_in.get("Content-Length")
        if self.headers_in.get("Content-Type"):
            common["CONTENT_TYPE"] = self.headers_in.get("Content-Type")
        if self.filename:
            common["SCRIPT_FILENAME"] = self.filename
        for name, value in {**common, **self.variables}.items():
            self.subprocess_env[name] = value

    def flush(self) -> None:
        self.flushed.append(bytes(self.written))
