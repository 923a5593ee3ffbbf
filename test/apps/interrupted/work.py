"""Work that is interrupted wherever PythonRequestTimeout can interrupt it, and must go on as if nothing had been."""

import gc
import inspect
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mod_python
from mod_python import Session, _apache, apache, cache, interpreter, psp, util, wsgi_application
from mod_python.publisher.pages import page_cache
from mod_python.wsgi_settings import settings_of

DIRECTORY = Path(__file__).parent
PACKAGE = os.path.dirname(mod_python.__file__)
EVENTS = {"call", "c_return"}  # Python looks whether there is something to raise when a function begins, or C returns


def handler(req):
    """Interrupts the work that the query names at its first step, at its second, and so on."""
    work, step, fds = WORKS[req.args], 0, _descriptors()
    work(req)
    while _is_interrupted(work, req, step := step + 1):
        work(req)
        with ThreadPoolExecutor(1) as another:  # it hangs if a lock has been left
            another.submit(work, req).result()
    req.write(f"{step} steps, {_descriptors() - fds} more descriptors")
    return apache.OK


def _is_interrupted(work, req, step):
    """Whether the work takes as many steps."""
    left = step

    def profile(frame, event, argument):
        nonlocal left
        if event in EVENTS and frame.f_code.co_filename.startswith(PACKAGE) and not _is_being_closed(frame, event):
            left -= 1
            if not left:
                raise apache.RequestTimeout

    def pausing(function, argument):
        sys.setprofile(None)
        try:
            return function(argument)
        finally:
            if left > 0:
                sys.setprofile(profile)

    interpreter.run_uninterruptible, original = pausing, interpreter.run_uninterruptible
    sys.setprofile(profile)
    try:
        work(req)
    except apache.RequestTimeout:
        return True
    finally:
        sys.setprofile(None)
        interpreter.run_uninterruptible = original
    assert left > 0, "RequestTimeout was lost"
    return False


def _is_being_closed(frame, event):
    """Whether this may be a generator that nobody wants any more, which Python does not interrupt."""
    return event == "call" and frame.f_code.co_flags & inspect.CO_GENERATOR


def _descriptors():
    """How many files are open, without the connections that come and go."""
    gc.collect()
    links = (os.path.join("/proc/self/fd", number) for number in os.listdir("/proc/self/fd"))
    return sum(os.path.exists(link) for link in links)


# -- the works ------------------------------------------------------------------------------------------------

_ages = iter(range(10**6))


def _changed(name):
    """The path of a copy of that file, as of another time than the last one."""
    copy = DIRECTORY / f"copy_of_{name}"
    if not copy.exists():
        copy.write_bytes((DIRECTORY / name).read_bytes())
    os.utime(copy, (age := next(_ages), age))
    return str(copy)


def module(req):
    _changed("imported.py")
    assert apache.import_module("copy_of_imported", path=[str(DIRECTORY)]).value == 1


def page(req):
    assert page_cache.load(_changed("imported.py")).value == 1


def server_page(req):
    psp.PSP(req, filename=_changed("page.psp")).run()


def application(req):
    _changed("imported.py")
    assert wsgi_application.resolve(settings_of(req))({}, None) == []


class _Lengths(cache.Cache):
    def build(self, key, name, opened, entry):
        return len(name)


_lengths = _Lengths(max_size=2)


def cached(req):
    for name in "one", "three", "seven", "one":
        assert _lengths[name] == len(name)


def memory_session(req):
    _count(Session.MemorySession, req)


def file_session(req):
    _count(Session.FileSession, req)


def dbm_session(req):
    _count(Session.DbmSession, req)


def sqlite_session(req):
    _count(Session.SqliteSession, req)


_sessions = {}


def _count(kind, req):
    """Count in a session; what was saved once must be there."""
    sid, saved = _sessions.get(kind, (None, 0))
    session = kind(req, sid=sid)
    try:
        assert session.get("count", 0) >= saved
        session["count"] = saved + 1
        session.save()
        _sessions[kind] = session.id(), session["count"]
    finally:
        session.unlock()
        req.headers_out.clear()
        req.err_headers_out.clear()


def global_lock(req):
    _apache._global_lock(req.server, "key")
    sys.setprofile(None)  # from here on it is the program's to give back
    _apache._global_unlock(req.server, "key")


def tables(req):
    req.headers_out["X-Name"] = "value"
    req.headers_out.add("X-Name", "another")
    assert list(req.headers_out["X-Name"])
    del req.headers_out["X-Name"]


def output(req):
    req.content_type = "text/plain"
    req.write(" ", 0)


def form(req):
    assert util.parse_qs("a=1&b=2") == {"a": ["1"], "b": ["2"]}


WORKS = {
    function.__name__: function
    for function in (
        module, page, server_page, application, cached, memory_session, file_session, dbm_session, sqlite_session,
        global_lock, tables, output, form,
    )
}  # fmt: skip
