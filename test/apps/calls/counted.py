"""Counts the calls of one request, of functions and to httpd, by the thread that serves it, from `begin` to `end`."""

import ctypes
import json
import os
import sys

from mod_python import apache

LIBRARY = os.path.join(os.path.dirname(__file__), "allocations.so")

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


def begin_allocations(req):
    """Counts what Python allocates, for all requests."""
    library = ctypes.PyDLL(LIBRARY)
    accessors = (ctypes.pythonapi.PyMem_GetAllocator, ctypes.pythonapi.PyMem_SetAllocator)
    library.begin(*(ctypes.cast(accessor, ctypes.c_void_p) for accessor in accessors))
    return apache.OK


def end_allocations(req):
    req.write(str(ctypes.PyDLL(LIBRARY).end()))
    return apache.OK


def hello(req):
    req.content_type = "text/plain"
    req.write("Hello, world!", 0)
    return apache.OK


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5"), ("X-One", "1"), ("X-Two", "2")])
    return [b"Hello"]
