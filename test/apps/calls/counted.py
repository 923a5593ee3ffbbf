"""Counts the calls to httpd of one request: those of the thread that serves it, between `begin` and `end`."""

import json
import sys

from mod_python import apache

calls = []


def count(frame, event, argument):
    name = getattr(argument, "__qualname__", "")
    if event == "c_call" and name.startswith("Lib."):
        calls.append(name.removeprefix("Lib."))


def begin(req):
    req.write("counting")
    sys.setprofile(count)
    return apache.OK


def end(req):
    sys.setprofile(None)
    mine = calls[:]
    calls.clear()
    req.write(json.dumps(mine))
    return apache.OK


def hello(req):
    req.content_type = "text/plain"
    req.write("Hello, world!", 0)
    return apache.OK


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5"), ("X-One", "1"), ("X-Two", "2")])
    return [b"Hello"]
