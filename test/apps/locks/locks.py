"""Takes and gives back locks; the query names the lock, and then what else is needed."""

import os
import time
from pathlib import Path

from mod_python import apache, mutex

STATE = Path(__file__).parent / "state"


def take(req):
    """Answers True or False; what is taken is kept."""
    key, _, timeout = req.args.partition("&")
    req.write(str(mutex.acquire(req.server, key, timeout=float(timeout))))
    return apache.OK


def release(req):
    mutex.release(req.server, req.args)
    return apache.OK


def hold(req):
    """Keeps the lock until the file "go" is there; the file "held" says that it has it."""
    mutex.acquire(req.server, req.args)
    (STATE / "held").touch()
    while not (STATE / "go").exists():
        time.sleep(0.01)
    mutex.release(req.server, req.args)
    return apache.OK


def count(req):
    """Adds one to a number in a file, with time enough for others to come in between."""
    file = STATE / "number"
    mutex.acquire(req.server, "number")
    try:
        number = int(file.read_text())
        time.sleep(0.005)
        file.write_text(str(number + 1))
    finally:
        mutex.release(req.server, "number")
    return apache.OK


def die(req):
    mutex.acquire(req.server, req.args)
    os._exit(1)


def slot(req):
    """The slot of a key, or of an index."""
    index = int(req.args) if req.args.lstrip("-").isdigit() else -1
    try:
        req.write(str(mutex.slot(req.args, index)))
    except ValueError as error:
        req.write(str(error))
    return apache.OK
