"""Counts the calls of one request, of functions and to httpd, by the thread that serves it, from `begin` to `end`."""

import json
import sys

from mod_python import apache

functions, calls = [], []


def count(frame, event, argument):
    name = getattr(argument, "__qualname__", "")
    if event == "call":
        functions.append(frame.f_code.co_name)
    elif event == "c_call" and name.startswith("Lib."):
        calls.append(name.removeprefix("Lib."))


def begin(req):
    req.write("counting")
    sys.setprofile(count)
    return apache.OK


def end(req):
    sys.setprofile(None)
    begun = [index for index, name in enumerate(functions) if name == "dispatch_request"]  # the last by this request
    req.write(json.dumps({"functions": functions[begun[0] : begun[-1]], "calls": calls}))
    functions.clear(), calls.clear()
    return apache.OK


def hello(req):
    req.content_type = "text/plain"
    req.write("Hello, world!", 0)
    return apache.OK


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5"), ("X-One", "1"), ("X-Two", "2")])
    return [b"Hello"]
