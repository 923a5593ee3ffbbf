"""Stand-ins for the objects httpd provides, for unit tests of modules that do no I/O of their own."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any


class FakeTable:
    """A case-insensitive multi-mapping that behaves like `mod_python.apache.table`."""

    def __init__(self, pairs: Iterable[tuple[str, str]] | dict[str, str] = ()) -> None:
        self._pairs = list(pairs.items() if isinstance(pairs, dict) else pairs)

    def _values(self, key: str) -> list[str]:
        return [v for k, v in self._pairs if k.lower() == key.lower()]

    def __getitem__(self, key: str) -> str | list[str]:
        values = self._values(key)
        if not values:
            raise KeyError(key)
        return values[0] if len(values) == 1 else values

    def __setitem__(self, key: str, value: str) -> None:
        del self[key]
        self._pairs.append((key, value))

    def __delitem__(self, key: str) -> None:
        self._pairs = [p for p in self._pairs if p[0].lower() != key.lower()]

    def __contains__(self, key: str) -> bool:
        return bool(self._values(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._pairs)

    def get(self, key: str, default: Any = None) -> Any:
        return next(iter(self._values(key)), default)

    def has_key(self, key: str) -> bool:
        return key in self

    def add(self, key: str, value: str) -> None:
        self._pairs.append((key, value))

    def keys(self) -> list[str]:
        return [k for k, _ in self._pairs]

    def values(self) -> list[str]:
        return [v for _, v in self._pairs]

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)

    def copy(self) -> FakeTable:
        return FakeTable(self._pairs)


class FakeServer:
    """A server that remembers what was logged."""

    def __init__(self) -> None:
        self.logged: list[str] = []

    def log_error(self, message: str, level: int = 3) -> None:
        self.logged.append(message)


class FakeRequest:
    """A request with a body to read and a place to write to; tests set the attributes they need."""

    def __init__(self, method: str = "GET", body: bytes = b"", **attributes: Any) -> None:
        self.method = method
        self.args: str | None = None
        self.uri = "/"
        self.unparsed_uri = "/"
        self.filename: str | None = "/site/page"
        self.path_info: str | None = ""
        self.user: str | None = None
        self.content_type: str | None = None
        self.status = 200
        self.headers_in = FakeTable()
        self.headers_out = FakeTable()
        self.err_headers_out = FakeTable()
        self.subprocess_env = FakeTable()
        self.notes = FakeTable()
        self.config: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.written = bytearray()
        self.logged: list[str] = []
        self.cleanups: list[tuple[Any, Any]] = []
        self.sent_bodyct = 0
        self.main: Any = None
        self.prev: Any = None
        self.hlist: Any = None
        self.server = FakeServer()
        self.documents = "/site"
        self.https = False
        self._body = io.BytesIO(body)
        for name, value in attributes.items():
            setattr(self, name, value)

    def read(self, length: int = -1) -> bytes:
        return self._body.read(length)

    def readline(self, length: int = -1) -> bytes:
        return self._body.readline(length)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return self._body.readlines(hint)

    def write(self, data: str | bytes, flush: int = 1) -> None:
        self.written += data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)

    def flush(self) -> None:
        pass

    def document_root(self) -> str:
        return self.documents

    def is_https(self) -> int:
        return int(self.https)

    def get_options(self) -> FakeTable:
        return FakeTable(self.options)

    _may_show_errors = True

    @property
    def _configuration(self) -> SimpleNamespace:
        return SimpleNamespace(
            options=tuple(self.options.items()),
            option={name.lower(): value for name, value in self.options.items()}.get,
            autoreload=self.config.get("PythonAutoReload") != "0",
            debug=self.config.get("PythonDebug") == "1",
            derived={},
        )

    def get_config(self) -> FakeTable:
        return FakeTable(self.config)

    def log_error(self, message: str, level: int = 3) -> None:
        self.logged.append(message)

    def register_cleanup(self, callback: Any, data: Any = None) -> None:
        self.cleanups.append((callback, data))

    def allow_methods(self, methods: list[str], reset: int = 0) -> None:
        self.headers_out["Allow"] = ", ".join(methods)
