"""Handlers that treat the body of a request in their own ways, and one that nobody should reach."""

import sys

from mod_python import apache, util


def read(req):
    req.write(f"read {len(req.read())}\n")
    return apache.OK


def some(req):
    req.write(f"some {len(req.read(1))}\n")
    return apache.OK


def ignored(req):
    req.write("ignored\n")
    return apache.OK


def smuggled(req):
    req.write("SMUGGLED\n")
    return apache.OK


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ignored\n"]


def form(req):
    req.write(f"{len(util.FieldStorage(req).list)}\n")
    return apache.OK


def hashing(req):
    req.write(f"{sys.flags.hash_randomization} {hash('collision')}")
    return apache.OK
