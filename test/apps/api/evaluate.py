"""Runs the Python that a request carries in its X-Python header, or in a header named after the phase.

The last line of the code, when it is an expression, is its value.
"""

import ast
import sys
import threading
from urllib.parse import unquote

from mod_python import apache

kept = {}


def _run(code, **names):
    tree = ast.parse(unquote(code))
    value = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    namespace = {"apache": apache, "kept": kept, "sys": sys, "threading": threading, **names}
    exec(compile(tree, "<request>", "exec"), namespace)
    return eval(compile(value, "<request>", "eval"), namespace) if value else None


def handler(req):
    """The value is the handler's result; None means OK."""
    code = req.headers_in.get("X-Python")
    return (_run(code, req=req) if code else None) or apache.OK


def value(req):
    """The answer shows the value, or the exception, as a literal, unless the code let another request answer."""
    try:
        shown = ("value", _run(req.headers_in["X-Python"], req=req))
    except Exception as error:
        shown = (type(error).__name__, str(error))
    if not req.eos_sent:
        req.content_type = "text/plain"
        req.write(ascii(shown))
    return apache.OK


def phase(req):
    """Any phase before or after the content handler: the value is its result; None means DECLINED."""
    code = req.headers_in.get("X-" + req.phase)
    return apache.DECLINED if code is None or (result := _run(code, req=req)) is None else result


def collect(data):
    """A clean-up that shows it has run."""
    kept.setdefault("collected", []).append(data)


def value_and_done(req):
    """`value` in an earlier phase."""
    value(req)
    return apache.DONE


def connectionhandler(conn):
    """The first line that the client sends is the code; the answer shows the value."""
    code = conn.readline().decode().strip()
    try:
        shown = ("value", _run(code, conn=conn))
    except Exception as error:
        shown = (type(error).__name__, str(error))
    conn.write(ascii(shown))
    return apache.OK


def declines(conn):
    """A connection handler that leaves the connection to the next one, and to httpd."""
    conn.notes["declined"] = conn.hlist.handler
    return apache.DECLINED


def record(req):
    """A handler for any phase that notes which one it was run in."""
    req.ran = [*getattr(req, "ran", []), (req.phase, req.hlist.handler)]
    kept["ran"] = req.ran
    if req.phase == "PythonAuthenHandler":
        req.user = "eggs"
        return apache.OK
    return apache.OK if req.phase == "PythonHandler" else apache.DECLINED


def upper(flt):
    """An output filter, and an input filter."""
    data = flt.read()
    while data:
        flt.write(data.upper())
        data = flt.read()
    if data is None:
        flt.close()


class Instance:
    """A class within the name of a handler: it is made with the handler's argument."""

    def __init__(self, argument):
        self.argument = argument

    def connectionhandler(self, conn):
        conn.notes["same"] = str(conn is self.argument)
        return connectionhandler(conn)

    def upper(self, flt):
        upper(self.argument)
