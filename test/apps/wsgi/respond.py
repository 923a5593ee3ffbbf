"""Responses of every shape, well-formed and not; the path chooses."""

import sys

PLAIN = [("Content-Type", "text/plain")]


def announced(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return [b"hello"]


def unannounced(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"hello"]


def large(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"x" * 1000000]


def pieces(environ, start_response):
    start_response("200 OK", PLAIN)
    yield from (b"one ", b"", b"two ", b"three")


def written(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"written ")
    return [b"returned"]


def odd_status(environ, start_response):
    start_response("299 Odd but fine", [*PLAIN, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [b""]


def no_content(environ, start_response):
    start_response("204 No Content", [])
    return []


def early_hints(environ, start_response):
    start_response("103 Early Hints", [("Link", "</style.css>; rel=preload")])
    return []


def not_modified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"x"')])
    return []


def redirect(environ, start_response):
    start_response("302 Found", [*PLAIN, ("Location", "/elsewhere")])
    return [b"elsewhere"]


def replaced(environ, start_response):
    start_response("200 OK", [("X-First", "1")])
    try:
        raise LookupError("lost")
    except LookupError:
        start_response("503 Later", [*PLAIN, ("X-Second", "2")], sys.exc_info())
    return [b"sorry"]


def too_long(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "5")])
    return [b"hello, world"]


def too_short(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "50")])
    return [b"hello"]


def fails_first(environ, start_response):
    start_response("200 OK", PLAIN)
    raise LookupError("before the body")


def fails_later(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"begun "
    raise LookupError("in the body")


def header_injection(environ, start_response):
    start_response("200 OK", [("X-Name", "value\r\nX-Evil: 1")])
    return [b""]


def silent(environ, start_response):
    return [b"no start_response"]


class Endless:
    """Sends until the client leaves, then writes to the log that it was closed."""

    def __init__(self, environ):
        self.errors = environ["wsgi.errors"]

    def __iter__(self):
        while True:
            yield b"x" * 65536

    def close(self):
        self.errors.write("endless response closed\n")


def endless(environ, start_response):
    start_response("200 OK", PLAIN)
    return Endless(environ)


def application(environ, start_response):
    return globals()[environ["PATH_INFO"].lstrip("/")](environ, start_response)
