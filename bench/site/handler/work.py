"""The work, as handlers of mod_python: of this one and of the original."""

import json
import time

from mod_python import apache, util

MEGABYTE = "x" * 2**20
CHUNK = 65536


def hello(req):
    req.content_type = "text/plain"
    req.write("Hello, World!", 0)
    return apache.OK


def hello_flush(req):
    req.content_type = "text/plain"
    req.write("Hello, World!")
    return apache.OK


def headers(req):
    req.content_type = "text/plain"
    seen = len([value for name, value in req.headers_in.items() if name.startswith("X-Request-")])
    for number in range(10):
        req.headers_out[f"X-Response-{number}"] = "value"
    req.write(f"{seen} headers", 0)
    return apache.OK


def form(req):
    req.content_type = "text/plain"
    fields = util.FieldStorage(req)
    req.write(f"{len(fields)} fields", 0)
    return apache.OK


def read_json(req):
    req.content_type = "text/plain"
    req.write(f"{len(json.loads(req.read()))} rows", 0)
    return apache.OK


def megabyte(req):
    req.content_type = "text/plain"
    req.write(MEGABYTE, 0)
    return apache.OK


def file(req):
    req.content_type = "application/octet-stream"
    req.sendfile(req.get_options()["bench.file"])
    return apache.OK


def count(req):
    total = 0
    while chunk := req.read(CHUNK):
        total += len(chunk)
    req.content_type = "text/plain"
    req.write(str(total), 0)
    return apache.OK


def sleep(req):
    time.sleep(0.01)
    return hello(req)


def upper(filter):
    while data := filter.read():
        filter.write(data.upper())
    if data is None:
        filter.close()
