"""Targets: heads of responses that applications and scripts give, and the `Accept` header."""

from __future__ import annotations

from fakes import FakeRequest
from mod_python.cgireply import CGIError, Reply, parse_head
from mod_python.negotiation import preferred
from mod_python.octets import to_str
from mod_python.wsgi_head import response_head

OFFERS = ("text/html", "application/json", "text/plain")


def wsgi_head(data: bytes) -> None:
    """A head that is accepted splits nothing."""
    status, *lines = data.decode("latin-1").split("\n\n")
    headers = [(name, value) for name, _, value in (line.partition(":") for line in lines)]
    try:
        code, line, content_type, length, packed = response_head(status, headers)
    except ValueError:
        return
    assert 200 <= code <= 599 and (length is None or length >= 0)
    assert not {*b"\r\n\0"} & {*line, *(content_type or b"")}
    assert not {*b"\r\n"} & {*packed}
    assert packed.count(b"\0") % 2 == 0


def cgi_reply(data: bytes) -> None:
    """A script's output is the same in whatever blocks it comes, and splits no header."""
    assert printed([data]) == printed([data[at : at + 1] for at in range(len(data))])
    try:
        head = parse_head(data)
    except CGIError:
        return
    assert not any({*"\r\n\0"} & {*name, *value} for name, value in [*head.fields, ("", head.reason)])


def printed(blocks: list[bytes]) -> object:
    req = FakeRequest()
    reply = Reply(req)
    for block in blocks:
        reply.write(block)
    try:
        reply.end()
    except CGIError as error:
        return str(error)
    return req.status, req.headers_out.items(), bytes(req.written)


def accept(data: bytes) -> None:
    """Whatever a client accepts, it gets one of the offers, or nothing."""
    assert preferred(to_str(data), OFFERS) in {None, *OFFERS}
