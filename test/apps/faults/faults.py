"""Handlers in which something goes badly wrong, and what the system refuses them meanwhile."""

import ctypes
import resource
import signal
import subprocess
import threading
from contextlib import contextmanager

from mod_python import Session, apache, util

BLOCK = b"x" * 65536


def hello(req):
    print("printed")
    req.write("hello")
    return apache.OK


@contextmanager
def limited(what, limit):
    """The system refuses this process more of `what` than `limit`, until the end of the block."""
    before = resource.getrlimit(what)
    resource.setrlimit(what, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


# -- The disk is full: no file may grow, which says EFBIG where a disk says ENOSPC


@contextmanager
def full_disk():
    ctypes.CDLL(None).signal(signal.SIGXFSZ, ctypes.c_void_p(1))  # SIG_IGN: a write shall fail, and not kill
    with limited(resource.RLIMIT_FSIZE, 0):
        yield


def visit(req):
    """Counts the visits of a session; with the query "full", where nothing can be stored."""
    session = Session.Session(req)
    session["visits"] = session.get("visits", 0) + 1
    session["more"] = "x" * 10000
    if req.args == "full":
        with full_disk():
            session.save()
    session.save()
    req.write(str(session["visits"]))
    return apache.OK


def upload(req):
    with full_disk():
        util.FieldStorage(req)
    return apache.OK


# -- No process, thread or memory is left


def process(req):
    with limited(resource.RLIMIT_NPROC, 0):
        subprocess.run(["true"], check=True)
    return apache.OK


def thread(req):
    with limited(resource.RLIMIT_NPROC, 0):
        threading.Thread(target=print).start()
    return apache.OK


def little_memory(req):
    """From now on this process gets 64 MiB more than it has, and no more."""
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[0])
    limit = pages * resource.getpagesize() + (64 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    return apache.OK


def hoard(req):
    """All memory there is, in pieces of every size."""
    hoarded = []
    size = 1 << 24
    while True:
        try:
            hoarded.append(bytearray(size))
        except MemoryError:
            if size < 64:
                raise
            size //= 2


# -- Without end


def recurse(req):
    return recurse(req)


def nest(req):
    """Recursion in C, where no frame of Python's counts it. Since Python 3.14 the size of the stack is its limit."""
    nested = []
    for _ in range(1_000_000):
        nested = [nested]
    req.write(repr(nested))
    return apache.OK


def redirect(req):
    req.internal_redirect(req.uri)
    return apache.OK


def endless(req):
    while True:
        req.write(BLOCK)


def length(req):
    req.write(str(len(req.read())))
    return apache.OK
