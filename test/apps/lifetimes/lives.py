"""Things that begin in one request and end later, or badly."""

import asyncio
import atexit
import contextvars
import ctypes
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mod_python import apache

STATE = Path(__file__).parent / "state"
variable = contextvars.ContextVar("variable", default="unset")
local = threading.local()
workers = []


def note(text):
    """A line in the file of this interpreter."""
    with (STATE / apache.interpreter).open("a") as file:
        file.write(f"{text}\n")


# -- the end of a child


def register(req):
    atexit.register(note, "atexit")
    apache.register_cleanup(note, "first")
    apache.register_cleanup(fail)
    req.server.register_cleanup(req, note, "second")
    req.write("registered")
    return apache.OK


def fail(data):
    raise RuntimeError(f"at the end: {data}")


def at_start():
    apache.register_cleanup(note, "imported")


def linger(req):
    """Runs until it is told to go, or killed."""
    (STATE / "running").touch()
    while not (STATE / "go").exists():
        time.sleep(0.01)
    req.write("went")
    return apache.OK


def leave(req):
    os._exit(3)


# -- threads


def background(req):
    """Threads that never end, busy and idle, with the request and without."""
    for target in (lambda: time.sleep(1000), lambda: [None for _ in iter(int, 1)]):
        threading.Thread(target=target, daemon=True).start()
    threading.Thread(target=lambda: [time.sleep(0.001) for _ in iter(int, 1)]).start()
    req.write("started")
    return apache.OK


class Farewell:
    """Ends with its thread, whose state C extensions ask for even then."""

    def __del__(self):
        note(f"has its state: {ctypes.pythonapi.PyGILState_Check()}")


def farewell(req):
    local.farewell = Farewell()
    req.write("until then")
    return apache.OK


def thread_state():
    get = ctypes.pythonapi.PyThreadState_Get
    get.restype = ctypes.c_void_p
    return get()


def filtered(req):
    """A thread writes, which runs a filter in it."""
    states = []

    def look(flt):
        states.append(thread_state())
        flt.pass_on()

    def work():
        states.append(thread_state())
        req.write("the same: ")

    req.register_output_filter("look", look)
    req.add_output_filter("look")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    req.write(str(states[0] == states[1]))
    return apache.OK


def go_on(write, *uses):
    """Threads that use something as long as they can, and then say why they stopped; returns when one has written."""

    def work(use):
        try:
            while True:
                use()
        except (RuntimeError, OSError) as error:
            note(f"{type(error).__name__}: {error}")

    started = threading.Event()
    for use in (lambda: write("x" * 1000) or started.set(), *uses):
        workers.append(threading.Thread(target=work, args=(use,)))
        workers[-1].start()
    started.wait()


def write_on(req):
    go_on(req.write, lambda: req.write("y", 0), req.flush, req.read)
    return apache.OK


def ask_on(req):
    """What is no input or output takes memory of the request, too."""
    asking = (req.get_config, req.add_cgi_vars, req.wsgi_environ_block, lambda: req.construct_url("/"))
    tables = (req.headers_in.items, lambda: req.subprocess_env.update({"name": "value" * 100}))
    go_on(lambda text: setattr(req, "content_type", text), lambda: setattr(req, "path_info", "/"), *asking, *tables)
    return apache.OK


def filter_elsewhere(req):
    """Filters let other threads use them, and wait for these."""

    def attempt(use):
        try:
            use()
        except RuntimeError as error:
            note(str(error))

    def share(flt):
        uses = (lambda: flt.write("x"), flt.flush, flt.read, flt.readline, flt.pass_on, flt.close, lambda: flt.name)
        for use in uses:
            thread = threading.Thread(target=attempt, args=(use,))
            thread.start()
            thread.join()
        flt.pass_on()

    req.register_input_filter("input", share)
    req.add_input_filter("input")
    req.register_output_filter("output", share)
    req.add_output_filter("output")
    req.write(req.read(100))
    return apache.OK


def filtered_connection(req):
    """A thread writes through a filter that uses the connection, and waits for another thread that looks at it."""

    def look(flt):
        flt.req.connection.notes["looked"] = "yes"
        found = []
        helper = threading.Thread(target=lambda: found.append(flt.req.connection.client_ip))
        helper.start()
        helper.join()
        flt.write(found[0] + " ")
        flt.pass_on()

    req.register_output_filter("look", look)
    req.add_output_filter("look")
    assert req.connection.client_ip
    writer = threading.Thread(target=lambda: req.write("written"))
    writer.start()
    writer.join()
    req.log_error(f"looked: {req.connection.notes['looked']}", apache.APLOG_INFO)
    return apache.OK


def use_connection(req):
    """What threads that help may do with the connection."""
    connection, found = req.connection, []

    def work():
        found.append(req.connection is connection)
        try:
            connection.notes["name"] = "value"
        except RuntimeError as error:
            found.append(str(error))

    helper = threading.Thread(target=work)
    helper.start()
    helper.join()
    req.write(f"{found[0]}, {found[1]}")
    return apache.OK


def keep_asking(req):
    """Threads go on asking for the connection when the request is over."""
    go_on(lambda text: setattr(req, "note", req.connection), lambda: req.connection, req.is_https, lambda: req.prev)
    return apache.OK


def join(req):
    for worker in workers:
        worker.join()
    req.write("joined")
    return apache.OK


def helpers(req):
    """Threads that help while the handler waits for them."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: req.write(f"{number} {req.headers_in['Host']}\n"), range(20)))
    return apache.OK


# -- one request after the other


def variables(req):
    req.write(variable.get())
    variable.set(req.uri)
    return apache.OK


def variables_in_fixup(req):
    variable.set("set in an earlier phase")
    return apache.OK


# -- what programs do


def child_process(req):
    answer = subprocess.run(["/bin/sh", "-c", "cat; exit 3"], input=b"from a process", capture_output=True, check=False)
    req.write(f"{answer.stdout.decode()} {answer.returncode}")
    return apache.OK


def event_loop(req):
    async def later(number):
        await asyncio.sleep(0)
        return number

    async def both():
        return await asyncio.gather(later(1), later(2), asyncio.to_thread(int, "3"))

    req.write(str(asyncio.run(both())))
    return apache.OK
