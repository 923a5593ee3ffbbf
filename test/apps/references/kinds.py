"""A request of every kind, and what the interpreter holds."""

import gc
import sys

from mod_python import Session, apache, util


def total():
    """The references to all objects, where the build of Python counts them; else the objects that may form cycles."""
    gc.collect()
    return getattr(sys, "gettotalrefcount", lambda: len(gc.get_objects()))()


def count(req):
    req.write(f"{total()}")
    return apache.OK


def handler(req):
    req.headers_out["X-Agent"] = req.headers_in.get("User-Agent", "")
    req.write(f"{req.args} {req.get_options()} {req.get_config()}")
    req.register_cleanup(len, "done")
    return apache.OK


def failing(req):
    raise ValueError(req.uri)


def refusing(req):
    raise apache.SERVER_RETURN(apache.HTTP_FORBIDDEN)


def form(req):
    fields = util.FieldStorage(req, keep_blank_values=True)
    req.write(fields["file"].value)
    return apache.OK


def session(req):
    kept = Session.MemorySession(req, lock=False)
    kept.invalidate()
    req.write("kept")
    return apache.OK


def internal(req):
    req.internal_redirect("/a.handler")
    return apache.OK


def logged(req):
    req.log_error(req.the_request, apache.APLOG_DEBUG)
    return apache.OK


def connected(connection):
    connection.notes["from"] = connection.client_ip
    return apache.DECLINED


def upper(filter):
    while data := filter.read():
        filter.write(data.upper())
    if data is None:
        filter.close()


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([environ["wsgi.input"].read(), b"end"])


def published(req, name):
    return f"Hello, {name}"
