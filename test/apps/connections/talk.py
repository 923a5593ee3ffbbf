"""Connection handlers: each speaks a protocol of its own."""

import sys
import threading
from contextlib import suppress

from mod_python import apache


def echo(conn):
    while line := conn.readline():
        conn.write(line)
    return apache.OK


def manual(conn):
    """As the manual of mod_python 3 has it; what ends it is that the client closes."""
    while True:
        conn.write(conn.readline())


def answer_to_all(conn):
    """Reads until the client says no more, and answers in pieces, one of them empty."""
    conn.read(-1)
    for piece in ("head ", "", "tail"):
        conn.write(piece)
    return apache.OK


def greet(conn):
    """The server speaks first."""
    conn.write("hello\n")
    conn.write(b"you said " + conn.readline())
    return apache.OK


def declining(conn):
    """Leaves the connection to httpd, with something on it."""
    conn.asked = getattr(conn, "asked", 0) + 1
    conn.requests = 0
    return apache.DECLINED


def show(req):
    conn = req.connection
    conn.requests += 1
    told = f"asked {conn.asked}, request {conn.requests}, one object {conn is req.connection}"
    req.write(f"{told}, keepalives {conn.keepalives}")
    return apache.OK


kept = []


def keep(conn):
    """Tries the object that the last connection left behind."""
    for old in kept:
        for name, use in {
            "read": old.read,
            "readline": old.readline,
            "write": lambda old=old: old.write("x"),
            "client_ip": lambda old=old: old.client_ip,
            "notes": lambda old=old: old.notes.get("x"),
            "log_error": lambda old=old: old.log_error("x"),
        }.items():
            try:
                use()
            except RuntimeError as error:
                conn.write(f"{name}: {error}\n")
    kept[:] = [conn]
    conn.write("end\n")
    return apache.OK


def ticking(conn):
    """Another thread writes while this one waits for the client."""
    stop = threading.Event()

    def tick():
        number = 0
        with suppress(OSError):  # the client is gone
            while not stop.is_set():
                conn.write(f"tick {number}\n" + number % 50 * "-" + "\n")
                number += 1

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        while line := conn.readline():
            conn.write(line)
    finally:
        stop.set()
        thread.join()
    return apache.OK


def abandoned(conn):
    """Leaves behind a thread that goes on writing."""

    def write_on():
        try:
            while True:
                conn.write("on and on\n")
        except (OSError, RuntimeError) as error:
            apache.log_error(f"the thread ended with {type(error).__name__}: {error}", apache.APLOG_INFO)

    threading.Thread(target=write_on, daemon=True).start()
    conn.readline()
    return apache.OK


def failing(conn):
    actions = {
        b"raise\n": lambda: 1 / 0,
        b"server_return\n": lambda: (_ for _ in ()).throw(apache.SERVER_RETURN(apache.OK)),
        b"none\n": lambda: None,
        b"status\n": lambda: 404,
        b"exit\n": lambda: sys.exit(3),
        b"print\n": lambda: print("printed") or apache.OK,
    }
    return actions[conn.readline()]()


def options(conn):
    conn.write(f"{conn.base_server.get_options()['colour']} {apache.interpreter}")
    return apache.OK
