"""One connection of ours: checks what a contender answers, and asks for what is too big for wrk to count well."""

import re
import socket
from typing import NamedTuple

from bench.works import Work

PATIENCE = 30.0  # seconds for an answer
KEPT = 4096  # bytes of a body that are looked at
BUFFER = 2**20


class Wrong(Exception):
    """A contender answered something else than the work asks for."""


class Reply(NamedTuple):
    """A response: its status, how long body and all of it were on the wire, and how the body begins."""

    status: int
    length: int
    wire: int
    beginning: bytes


class Connection:
    """A kept connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._buffer = memoryview(bytearray(BUFFER))

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, work: Work, path: str) -> Reply:
        """Send one request and return the reply; Wrong when it is not the right one."""
        self._socket.sendall(request(work, path))
        reply = self._receive()
        if (reply.status, reply.length) != (200, work.length) or not reply.beginning.startswith(work.answer[:KEPT]):
            raise Wrong(f"status {reply.status}, {reply.length} bytes, {reply.beginning[:200]!r}")
        return reply

    def _receive(self) -> Reply:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, body = received.split(b"\r\n\r\n", 1)
        if found := re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE):
            length = int(found[1])
            self._skip(length - len(body))
            return Reply(int(head.split()[1]), length, len(head) + 4 + length, body)
        while not body.endswith(b"0\r\n\r\n"):
            body += self._more()
        content = b"".join(_chunks(body))
        return Reply(int(head.split()[1]), len(content), len(head) + 4 + len(body), content)

    def _more(self) -> bytes:
        return bytes(self._buffer[: self._read()])

    def _skip(self, length: int) -> None:
        while length > 0:
            length -= self._read()

    def _read(self) -> int:
        return self._socket.recv_into(self._buffer) or _closed()


def request(work: Work, path: str) -> bytes:
    """Return the request as wrk sends it."""
    headers = {"Host": "localhost", **work.headers}
    if work.body:
        headers["Content-Length"] = str(len(work.body))
    lines = (f"{'POST' if work.body else 'GET'} {path} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers))
    return "\r\n".join((*lines, "", "")).encode() + work.body


def _closed() -> int:
    raise Wrong("the connection was closed")


def _chunks(body: bytes) -> list[bytes]:
    """Take the chunked coding off a body (RFC 9112, section 7.1)."""
    chunks = []
    while body and (size := int(body.split(b"\r\n", 1)[0], 16)):
        start = body.index(b"\r\n") + 2
        chunks.append(body[start : start + size])
        body = body[start + size + 2 :]
    return chunks
