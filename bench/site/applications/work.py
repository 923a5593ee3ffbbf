"""The work, as WSGI applications (PEP 3333)."""

import functools
import json
import os.path
import time
from urllib.parse import parse_qs
from wsgiref.util import FileWrapper

FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "static", "file.txt")
CHUNK = 65536


def _answer(start_response, body, *more):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *more])
    return [body]


def _body(environ):
    return environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, World!"]


def headers(environ, start_response):
    seen = [name for name in environ if name.startswith("HTTP_X_REQUEST_")]
    more = [("X-Response-%d" % number, "value") for number in range(10)]
    return _answer(start_response, b"%d headers" % len(seen), *more)


def form(environ, start_response):
    return _answer(start_response, b"%d fields" % len(parse_qs(_body(environ))))


def read_json(environ, start_response):
    return _answer(start_response, b"%d rows" % len(json.loads(_body(environ))))


def response(environ, start_response):
    return _answer(start_response, _letters(int(environ["QUERY_STRING"])))


@functools.lru_cache
def _letters(size):
    return b"x" * size


def file(environ, start_response):
    length = str(os.path.getsize(FILE))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", length)])
    return environ.get("wsgi.file_wrapper", FileWrapper)(open(FILE, "rb"), CHUNK)


def count(environ, start_response):
    left = int(environ["CONTENT_LENGTH"])
    total = 0
    while left:
        chunk = environ["wsgi.input"].read(min(left, CHUNK))
        total += len(chunk)
        left -= len(chunk)
    return _answer(start_response, b"%d" % total)


def sleep(environ, start_response):
    time.sleep(0.01)
    return hello(environ, start_response)
