"""The work that contenders are given: one row for each, the same request and the same answer for all of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

GREETING = b"Hello, World!"
MEGABYTE = 2**20
ANY = ("handler", "publisher", "psp", "wsgi", "static", "lua")
CODE = ("handler", "wsgi")
SUFFIXES = {"psp": ".psp", "lua": ".lua", "static": ".txt"}  # of the files that are asked for


@dataclass(frozen=True, eq=False)
class Work:
    """A request, what answers it, and how it is asked.

    name         how --only calls it
    function     what answers, in each interface of the same name
    interfaces   ways to write it
    body         of the request; none: GET
    headers      of the request
    answer       the beginning of the body that must come back
    length       of that body
    connections  that ask at a time
    count        requests to send one after the other; 0: as many as can be, for the time of a round
    """

    name: str
    function: str
    interfaces: tuple[str, ...]
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: bytes = GREETING
    length: int = len(GREETING)
    connections: int = 4
    count: int = 0

    def path(self, interface: str) -> str:
        """Return the URL's path for one of the interfaces."""
        return f"/{interface}/{self.function}{SUFFIXES.get(interface, '')}"

    def is_named(self, name: str) -> bool:
        """Say whether --only `name` means this work: by its name, or by the words that the name begins with."""
        return f"{self.name}-".startswith(f"{name}-")


def request_headers(number: int) -> dict[str, str]:
    """Return so many headers of a request, each of the length that a browser's have."""
    return {f"X-Request-{index}": "a value of some thirty letters" for index in range(number)}


def _saying(answer: str) -> dict[str, object]:
    return {"answer": answer.encode(), "length": len(answer)}


FORM = b"&".join(b"field%d=%s" % (index, b"v" * 91) for index in range(10))
ROWS = json.dumps([{"id": index, "name": "n" * 100} for index in range(512)]).encode()

WORKS = (
    Work("hello", "hello", ANY),
    Work("hello-flush", "hello_flush", ("handler",)),
    Work("headers", "headers", CODE, headers=request_headers(20), answer=b"20 headers", length=10),
)
