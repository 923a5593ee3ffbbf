"""Echoes the request's body, under the eyes of wsgiref.validate, in the ways PEP 3333 allows."""

from wsgiref.validate import validator


def read(stream):
    return [stream.read(3), *iter(lambda: stream.read(70000), b"")]


def readline(stream):
    return list(iter(stream.readline, b""))


def iterate(stream):
    return list(stream)


def readlines(stream):
    return stream.readlines(10) + stream.readlines()


WAYS = {"/read": read, "/readline": readline, "/iterate": iterate, "/readlines": readlines}


def echo(environ, start_response):
    parts = WAYS[environ["PATH_INFO"]](environ["wsgi.input"])
    environ["wsgi.errors"].flush()
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return iter(parts)


application = validator(echo)
