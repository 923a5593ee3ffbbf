"""The work that contenders are given: one row for each, the same request and the same answer for all of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

KILOBYTE, MEGABYTE = 2**10, 2**20
HUGE = 100 * MEGABYTE
GREETING = b"Hello, World!"
CODE = ("handler", "wsgi")
SUFFIXES = {"psp": ".psp", "lua": ".lua", "static": ".txt", "ssi": ".shtml", "filter": ".txt"}  # of files asked for


@dataclass(frozen=True, eq=False)
class Work:
    """A request, what answers it, and how it is asked.

    name         how --only calls it
    function     what answers, in each interface by the same name
    interfaces   ways to write it
    query        of the URL
    body         of the request; none: GET
    headers      of the request
    answer       the beginning of the body that must come back
    length       of that body, in bytes
    connections  that ask at a time
    count        requests, one after the other on one connection; 0: as many as can be, for a time
    mpm          of httpd
    inside       only for contenders that run in httpd's processes
    """

    name: str
    function: str
    interfaces: tuple[str, ...] = CODE
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: bytes = GREETING
    length: int = len(GREETING)
    connections: int = 4
    count: int = 0
    mpm: str = "event"
    inside: bool = False

    def target(self, interface: str) -> str:
        """Return the path and query to ask for in one of the interfaces."""
        return f"/{interface}/{self.function}{SUFFIXES.get(interface, '')}{self.query}"

    def is_named(self, name: str) -> bool:
        """Say whether --only `name` means this work: by its name, or by the words that the name begins with."""
        return f"{self.name}-".startswith(f"{name}-")


def _answering(name: str, function: str, answer: str, **more: object) -> Work:
    return replace(Work(name, function, answer=answer.encode(), length=len(answer)), **more)  # type: ignore[arg-type]


def _headers(name: str, number: int) -> Work:
    """The application reads all headers of the request, and sets ten."""
    headers = {f"X-Request-{index}": "a value of some thirty letters" for index in range(number)}
    return _answering(name, "headers", f"{number} headers", headers=headers)


def _response(name: str, size: int) -> Work:
    """The application has the response in memory."""
    return Work(name, "response", query=f"?{size}", answer=b"x" * KILOBYTE, length=size, count=_few(size))


def _upload(name: str, size: int) -> Work:
    """The application reads the request's body in pieces, and counts the bytes."""
    return _answering(name, "count", str(size), body=bytes(size), count=_few(size))


def _few(size: int) -> int:
    """Return how many requests are enough where bodies are so large that wrk would end in the middle of them."""
    return 1600 * KILOBYTE * KILOBYTE // size if size > MEGABYTE else 0


FORM = b"&".join(b"field%d=%s" % (index, b"v" * 94) for index in range(10))
ROWS = json.dumps([{"id": index, "name": "n" * 103} for index in range(512)]).encode()
SIZES = {
    "1k": KILOBYTE,
    "10k": 10 * KILOBYTE,
    "100k": 100 * KILOBYTE,
    "1m": MEGABYTE,
    "10m": 10 * MEGABYTE,
    "100m": HUGE,
}

HELLO = Work("hello", "hello", (*CODE, "publisher", "psp", "ssi", "static", "lua"))
UPLOAD = _upload("upload", HUGE)

WORKS = (
    HELLO,
    Work("hello-flush", "hello_flush", ("handler",)),
    _headers("headers", 20),
    _answering(
        "form",
        "form",
        "10 fields",
        interfaces=(*CODE, "publisher"),
        body=FORM,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    _answering("json", "read_json", "512 rows", body=ROWS, headers={"Content-Type": "application/json"}),
    _response("response", MEGABYTE),
    Work("file", "file", (*CODE, "static"), answer=b"x" * KILOBYTE, length=HUGE, count=_few(HUGE)),
    UPLOAD,
    Work("filter", "megabyte", ("filter",), answer=b"X" * KILOBYTE, length=MEGABYTE),
    Work("sleep", "sleep", connections=64),
    replace(HELLO, name="busy-hello", connections=64),
    replace(HELLO, name="prefork-hello", mpm="prefork", inside=True),
    replace(HELLO, name="memory-hello", interfaces=CODE, count=100_000, inside=True),
    *(replace(_headers(f"scale-headers-{number}", number), inside=True) for number in (5, 10, 20, 40, 80)),
    *(replace(_response(f"scale-response-{name}", SIZES[name]), inside=True) for name in SIZES),
    *(replace(_upload(f"scale-upload-{name}", SIZES[name]), inside=True) for name in SIZES),
)
