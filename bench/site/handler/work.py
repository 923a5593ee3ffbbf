"""The work, as handlers of mod_python: of this one and of the original."""

import functools
import json
import os.path
import time

from mod_python import apache, util

FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "static", "file.txt")
CHUNK = 65536


def _answer(req, text):
    req.content_type = "text/plain"
    req.write(text, 0)
    return apache.OK


def hello(req):
    req.content_type = "text/plain"
    req.write("Hello, World!", 0)
    return apache.OK


def hello_flush(req):
    req.content_type = "text/plain"
    req.write("Hello, World!")
    return apache.OK


def headers(req):
    seen = [name for name, value in req.headers_in.items() if name.startswith("X-Request-")]
    for number in range(10):
        req.headers_out["X-Response-%d" % number] = "value"
    return _answer(req, "%d headers" % len(seen))


def form(req):
    return _answer(req, "%d fields" % len(util.FieldStorage(req).keys()))


def read_json(req):
    return _answer(req, "%d rows" % len(json.loads(req.read())))


def response(req):
    return _answer(req, _letters(int(req.args)))


@functools.lru_cache
def _letters(size):
    return b"x" * size


def file(req):
    req.content_type = "text/plain"
    req.set_content_length(os.path.getsize(FILE))
    req.sendfile(FILE)
    return apache.OK


def count(req):
    total = 0
    while True:
        chunk = req.read(CHUNK)
        if not chunk:
            return _answer(req, str(total))
        total += len(chunk)


def sleep(req):
    time.sleep(0.01)
    return hello(req)


def upper(filter):
    data = filter.read(CHUNK)
    while data:
        filter.write(data.upper())
        filter.flush()  # the original forgets what it was given without
        data = filter.read(CHUNK)
    if data is None:
        filter.close()
