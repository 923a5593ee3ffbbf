"""Handlers that take their time, or too long."""

import ctypes
import os
import time
from pathlib import Path

from mod_python import Session, apache

DIRECTORY = Path(__file__).parent
HOLDING_GIL = ctypes.PyDLL(None)


def fine(req):
    req.write("fine")
    return apache.OK


def spin(req):
    while True:
        try:
            sum(range(100))
        except Exception:
            req.write("an Exception")


def patient(req):
    """Waits until the log says that it has taken long."""
    log = Path(req.server.error_fname)
    while "MP0373: GET /patient" not in log.read_text():
        pass
    req.write("done")
    return apache.OK


def begun(req):
    req.write("begun", 1)
    spin(req)


def blocked(req):
    """In C, and without the GIL."""
    with open(DIRECTORY / "fifo") as fifo:
        fifo.read()
    spin(req)


def holding(req):
    """In C, with the GIL."""
    fifo = os.open(DIRECTORY / "fifo", os.O_RDWR)
    HOLDING_GIL.read(fifo, ctypes.create_string_buffer(1), 1)
    os.close(fifo)
    spin(req)


def about(req):
    """Takes so many microseconds."""
    end = time.monotonic_ns() + 1000 * int(req.args)
    while time.monotonic_ns() < end:
        pass
    return apache.HTTP_NO_CONTENT


def caught(req):
    try:
        spin(req)
    except apache.RequestTimeout:
        req.write("caught")
    return apache.OK


def redirecting(req):
    req.internal_redirect("/other")
    return apache.OK


def stubborn(req):
    """Goes on after what it redirected to was interrupted."""
    req.internal_redirect("/other")
    spin(req)


def judge(req):
    spin(req)


def session(req):
    """Keeps its session until it is told to let it go, or just looks at it."""
    session = Session.MemorySession(req)
    (DIRECTORY / "has-session").touch()
    while req.args and not (DIRECTORY / "go").exists():
        time.sleep(0.01)
    session.save()
    req.write(session.id())
    return apache.OK


def storing(req):
    """Mostly in code that is not interrupted."""
    session = Session.SqliteSession(req)
    while True:
        session.load()


def outputfilter(filter):
    while filter.read():
        pass
    spin(filter.req)


def application(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/now":
        spin(None)
    yield b"begun"
    spin(None)
