"""One connection of ours: checks what a contender answers, and asks for what is too large for wrk to count well."""

import re
import socket
from typing import NamedTuple

from bench.servers import Failure
from bench.works import Work

PATIENCE = 60.0  # seconds for an answer
BUFFER = 2**20


class Reply(NamedTuple):
    """A response: its status, the length of its body, the bytes that came over the wire, how the body begins."""

    status: int
    length: int
    wire: int
    beginning: bytes


class Connection:
    """A kept connection to a server on this machine."""

    def __init__(self, port: int, work: Work, target: str) -> None:
        self._work = work
        self._request = request(work, target)
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(BUFFER))

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self) -> Reply:
        """Send the work's request once and return the reply; Failure when it is not the right one."""
        work = self._work
        self._socket.sendall(self._request)
        reply = self._receive()
        found, wanted = reply.beginning[: len(work.answer)], work.answer[: len(reply.beginning)]
        if (reply.status, reply.length, found) != (200, work.length, wanted):
            raise Failure(f"it answered {reply.status}, {reply.length} bytes, {reply.beginning[:80]!r}")
        return reply

    def _receive(self) -> Reply:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, body = received.split(b"\r\n\r\n", 1)
        status = int(head.split()[1])
        if found := re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE):
            length = int(found[1])
            wire = len(received) + self._skip(length - len(body))
            return Reply(status, length, wire, body)
        pieces = [body]
        while not pieces[-1].endswith(b"0\r\n\r\n"):
            pieces.append(self._more())
        chunked = b"".join(pieces)
        content = unchunk(chunked)
        return Reply(status, len(content), len(head) + 4 + len(chunked), content)

    def _more(self) -> bytes:
        return bytes(self._buffer[: self._read()])

    def _skip(self, length: int) -> int:
        left = length
        while left > 0:
            left -= self._read()
        return length - left

    def _read(self) -> int:
        length = self._socket.recv_into(self._buffer)
        if not length:
            raise Failure("it closed the connection instead of answering")
        return length


def request(work: Work, target: str) -> bytes:
    """Return the request as wrk sends it."""
    headers = {"Host": "localhost", **work.headers}
    if work.body:
        headers["Content-Length"] = str(len(work.body))
    lines = (f"{'POST' if work.body else 'GET'} {target} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers))
    return "\r\n".join((*lines, "", "")).encode() + work.body


def unchunk(body: bytes) -> bytes:
    """Take the chunked coding off a body (RFC 9112, section 7.1)."""
    pieces, start = [], 0
    while size := int(body[start : (begin := body.index(b"\r\n", start) + 2) - 2], 16):
        pieces.append(body[begin : begin + size])
        start = begin + size + 2
    return b"".join(pieces)
