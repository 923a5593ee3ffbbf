"""The clients: wrk for what HTTP clients do, sockets for what they should not do."""

import hashlib
import json
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from testenv.client import TIMEOUT, Connection
from testenv.server import Server

if TYPE_CHECKING:
    from stress.kinds import Kind

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 4
ENDLESS = "/endless"
OTHER_ADDRESS = "127.0.0.2"  # where connections are Python's


class Failure(Exception):
    """The server did not do what it should; the message tells what."""


@dataclass(frozen=True)
class Ask:
    """How something is asked for."""

    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Upload(NamedTuple):
    """A form with a file, and the digest that the answer must tell."""

    body: bytes
    headers: Mapping[str, str]
    digest: bytes


def upload(content: bytes) -> Upload:
    """Return a form with this file."""
    head = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="some.bin"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    return Upload(head + content + b"\r\n--limit--\r\n", headers, hashlib.sha256(content).hexdigest().encode())


UPLOAD = upload(bytes(range(256)) * 64)


def wrk(server: Server, kind: "Kind", count: int, connections: int = CONNECTIONS) -> int:
    """Send at least so many requests over a few connections, after one that is looked at closely."""
    check(server, kind)
    found = load(server, kind, f"{count}", connections)
    wrong = found["requests"] if kind.status >= 400 else 0
    if found["statuses"] != wrong or found["sockets"]:
        raise Failure(f"{kind.path}: {found}")
    return int(found["requests"]) + 1


def warm_up(server: Server, kind: "Kind") -> None:
    """Keep every thread of the server busy for a while: each takes some memory for good, mostly stack.

    With more clients than threads, event may forget for half a minute that somebody waits to be accepted.
    """
    once = replace(kind, ask=replace(kind.ask, headers={**kind.ask.headers, "Connection": "close"}))
    load(server, once, "2000", 2 * CONNECTIONS)


def wrk_with_cookie(server: Server, kind: "Kind", count: int) -> int:
    """As `wrk`, with the session of the first answer; one connection, since one request at a time has the session."""
    cookie = check(server, kind)
    ask = Ask(kind.ask.method, kind.ask.body, {"Cookie": cookie.partition(";")[0]})
    return wrk(server, replace(kind, ask=ask), count, connections=1)


BY_WRK = (wrk, wrk_with_cookie)


def check(server: Server, kind: "Kind") -> str:
    """Send one request and look at the answer; return the cookie that it sets."""
    ask = kind.ask
    answer = server.request(ask.method, kind.path, data=ask.body, headers=dict(ask.headers))
    if answer.status_code != kind.status or not answer.content.startswith(kind.answer):
        raise Failure(f"{kind.path}: it answered {answer.status_code}, {answer.content[:80]!r}")
    return str(answer.headers.get("Set-Cookie", ""))


def load(server: Server, kind: "Kind", until: str, connections: int) -> dict[str, int]:
    """Have wrk send requests until there were so many ("1000"), or for a time ("10s"); return its summary."""
    headers = [word for name, value in kind.ask.headers.items() for word in ("-H", f"{name}: {value}")]
    with tempfile.NamedTemporaryFile() as body:
        body.write(kind.ask.body)
        body.flush()
        seconds, count = (until, "0") if until.endswith("s") else ("10h", until)
        # A signal from before wrk listens is lost, and must not end it; the script says "enough" more than once.
        command = [
            "env",
            "--ignore-signal=INT",
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}",
            "--timeout",
            f"{TIMEOUT:.0f}s",
            "-s",
            str(SCRIPT),
        ]
        command += [*headers, server.url + kind.path, "--", kind.ask.method, body.name, count]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in process.stdout:
                if line == "enough\n":
                    process.send_signal(signal.SIGINT)  # wrk itself ends after a time only
                elif line.startswith("{"):
                    found: dict[str, int] = json.loads(line)
    return found


def abort(server: Server, kind: "Kind", count: int) -> int:
    """Leave in the middle of the request's head, its body, or the answer."""
    head = f"GET {kind.path} HTTP/1.1\r\nHost: localhost\r\n".encode()
    beginnings = (head, _upload_head() + UPLOAD.body[:-100], head + b"\r\n")
    for beginning in islice(cycle(beginnings), count):
        connection = Connection(("127.0.0.1", server.port), TIMEOUT)
        connection.send(beginning)
        if beginning is beginnings[-1]:
            connection.receive()
        connection.abort()
    return count


def _upload_head() -> bytes:
    lines = [f"{name}: {value}" for name, value in UPLOAD.headers.items()]
    head = ["POST /upload HTTP/1.1", "Host: localhost", f"Content-Length: {len(UPLOAD.body)}", *lines, "", ""]
    return "\r\n".join(head).encode()


def talk(server: Server, kind: "Kind", count: int) -> int:
    """Open a connection for each, say something and hear the answer."""
    for _ in range(count):
        connection = Connection((OTHER_ADDRESS, server.port), TIMEOUT)
        connection.send(b"something\n")
        if (answer := connection.receive_until(b"\n")) != kind.answer + b"something\n":
            raise Failure(f"the connection said {answer!r}")
        connection.abort()  # a reset: a million closed connections would use up the ports
    return count
