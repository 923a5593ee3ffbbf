"""Python code that a test sends to a live server, and what came of it there; test/apps/api/evaluate.py runs it."""

import ast
import builtins
import textwrap
from typing import Any
from urllib.parse import quote

PATH = "PythonPath \"sys.path + ['${DOCROOT}']\"\n"
CONFIG = f"""
{PATH}
<Location "/value">
    SetHandler mod_python
    PythonHandler evaluate::value
</Location>
<Location "/run">
    SetHandler mod_python
    PythonHandler evaluate
</Location>
"""


def everywhere(handlers: str) -> str:
    """Return a configuration with these handler directives for every path."""
    return f'{PATH}<Location "/">\nSetHandler mod_python\n{handlers}\n</Location>\n'


class Raised(Exception):
    """The code raised an exception that is no builtin one."""


def header(code: str) -> str:
    """Return code as the value of a header."""
    return quote(textwrap.dedent(code).strip())


def literal(text: str) -> Any:
    """Return the value that an answer shows; raise the exception that it shows."""
    kind, shown = ast.literal_eval(text)
    if kind == "value":
        return shown
    error = getattr(builtins, kind.replace("UnicodeEncodeError", "UnicodeError"), None)
    raise error(shown) if error else Raised(kind, shown)


class Remote:
    """A server whose handlers run code. `options` are those of `requests`; `where` is added to the path.

    The code for an earlier or later phase goes by the name of its directive: `PythonFixupHandler="req.x = 1"`.
    """

    def __init__(self, server: Any) -> None:
        self.server = server

    def __call__(self, code: str, where: str = "", method: str = "GET", **options: Any) -> Any:
        """Return the value of the last expression in `code`, or raise what it raised."""
        return self.at("/value" + where, code, method, **options)

    def at(self, path: str, code: str, method: str = "GET", **options: Any) -> Any:
        """Return the value of `code` in a handler for another path."""
        response = self._send(path, code, method, options)
        assert response.status_code == 200, f"{response.status_code} for {code}"
        return literal(response.text)

    def get(self, path: str, code: str = "", **options: Any) -> Any:
        """Return the response to a GET request."""
        return self._send(path, code, "GET", options)

    def run(self, code: str, where: str = "", method: str = "GET", **options: Any) -> Any:
        """Return the response to a request whose handler is `code`."""
        return self._send("/run" + where, code, method, options)

    def raw(self, line: bytes, *headers: bytes, code: str, body: bytes = b"") -> Any:
        """Return the value of `code` for a request written byte by byte; its line ends in HTTP/1.0."""
        head = b"\r\n".join([line, *headers, b"X-Python: " + header(code).encode(), b"", b""])
        _, _, text = self.server.raw(head + body).partition(b"\r\n\r\n")
        return literal(text.decode("ascii"))

    def _send(self, path: str, code: str, method: str, options: dict[str, Any]) -> Any:
        phases = {f"X-{name}": header(options.pop(name)) for name in list(options) if name.startswith("Python")}
        headers = {"X-Python": header(code)} | phases | options.pop("headers", {})
        return self.server.request(method, path, headers=headers, **options)
