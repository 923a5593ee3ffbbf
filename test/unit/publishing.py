"""A site for the publisher's tests: files below a document root, and requests split the way httpd splits them."""

from __future__ import annotations

import base64
import os
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from fakes import FakeRequest
from mod_python import publisher
from mod_python.errors import SERVER_RETURN


class PublisherRequest(FakeRequest):
    """A request with the members that only the publisher uses."""

    def __init__(self, root: str, **attributes: Any) -> None:
        self._content_type_set = 0
        self._bytes_queued = 0
        self._content_type: str | None = None
        self.root = root
        self.exts = ""
        self.extension: str | None = None
        self.next: Any = None
        self.hlist: Any = SimpleNamespace(handler="mod_python.publisher", directory=f"{root}/", is_location=False)
        self.flushes = 0
        super().__init__(**attributes)
        self._content_type_set = 0

    @property
    def content_type(self) -> str | None:
        return self._content_type

    @content_type.setter
    def content_type(self, value: str | None) -> None:
        self._content_type, self._content_type_set = value, 1

    def write(self, data: str | bytes, flush: int = 1) -> None:
        super().write(data, flush)
        self._bytes_queued = len(self.written)
        self.flushes += flush

    def document_root(self) -> str:
        return self.root

    def _first_file(self, paths: bytes, start: int) -> int:
        files = paths.decode("utf-8", "surrogateescape").split("\0")[:-1]
        return next((index for index, file in enumerate(files) if index >= start and os.path.isfile(file)), -1)

    def _may_open(self, path: str) -> bool:
        return True

    def get_addhandler_exts(self) -> str:
        return self.exts


@dataclass
class Response:
    """What the client and the administrator see."""

    status: int
    req: PublisherRequest

    @property
    def body(self) -> bytes:
        return bytes(self.req.written)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def content_type(self) -> str | None:
        return self.req.content_type

    @property
    def challenge(self) -> str | None:
        return self.req.err_headers_out.get("WWW-Authenticate")

    @property
    def allow(self) -> list[str]:
        return self.req.headers_out["Allow"].split(", ")

    @property
    def log(self) -> str:
        return "\n".join(self.req.logged)


class Site:
    """A document root; keyword arguments of `request` become attributes of the request."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, source: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return path

    def page(self, source: str) -> Site:
        """Make `source` the module that the URLs of the test start with: /m/name."""
        self.write("m.py", source)
        return self

    def prepare(self, url: str, **attributes: Any) -> PublisherRequest:
        path, _, args = url.partition("?")
        filename, path_info = split(str(self.root), unquote(path))
        defaults = {"filename": filename, "path_info": path_info, "uri": unquote(path), "args": args or None}
        return PublisherRequest(str(self.root), **{**defaults, **attributes})

    def get(self, url: str, login: tuple[str, str] | None = None, **attributes: Any) -> Response:
        """Run the handler as the dispatcher does; exceptions other than `SERVER_RETURN` reach the test."""
        req = self.prepare(url, **attributes)
        if login:
            req.headers_in["Authorization"] = basic(*login)
        try:
            result = publisher.handler(req)
        except SERVER_RETURN as answer:
            result = answer.result  # type: ignore[assignment]
        return Response(result or req.status, req)


def basic(user: str, password: str, encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(encoding)).decode()


def split(root: str, path: str) -> tuple[str, str]:
    """Do httpd's directory walk: the file name ends at the first component that is no directory."""
    filename = root
    components = path.lstrip("/").split("/")
    for index, component in enumerate(components):
        filename = f"{filename}/{component}"
        if component and not os.path.isdir(filename):
            rest = components[index + 1 :]
            return filename, "/" + "/".join(rest) if rest else ""
    return filename, ""
