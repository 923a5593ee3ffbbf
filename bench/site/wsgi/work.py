"""The work, as WSGI applications (PEP 3333)."""

import json
import os
import time
from urllib.parse import parse_qs

MEGABYTE = b"x" * 2**20
CHUNK = 65536


def answer(start_response, body, *headers):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *headers])
    return [body]


def hello(environ, start_response):
    return answer(start_response, b"Hello, World!")


def headers(environ, start_response):
    seen = [name for name in environ if name.startswith("HTTP_X_REQUEST_")]
    return answer(start_response, b"%d headers" % len(seen), *((f"X-Response-{number}", "value") for number in range(10)))


def form(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return answer(start_response, b"%d fields" % len(parse_qs(body)))


def read_json(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return answer(start_response, b"%d rows" % len(json.loads(body)))


def megabyte(environ, start_response):
    return answer(start_response, MEGABYTE)


def file(environ, start_response):
    path = os.environ.get("BENCH_FILE") or environ["bench.file"]
    headers = [("Content-Type", "application/octet-stream"), ("Content-Length", str(os.path.getsize(path)))]
    start_response("200 OK", headers)
    return environ["wsgi.file_wrapper"](open(path, "rb"), CHUNK)


def count(environ, start_response):
    total = 0
    while chunk := environ["wsgi.input"].read(CHUNK):
        total += len(chunk)
    return answer(start_response, b"%d" % total)


def sleep(environ, start_response):
    time.sleep(0.01)
    return hello(environ, start_response)
