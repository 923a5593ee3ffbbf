"""Work that is interrupted wherever PythonRequestTimeout can interrupt it, and must go on as if nothing had been."""

import gc
import inspect
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import mod_python
from mod_python import Cookie, Session, _apache, apache, cache, interpreter, logs, psp, request, util, wsgi_application
from mod_python.publisher.pages import page_cache
from mod_python.wsgi_settings import settings_of

DIRECTORY = Path(__file__).parent
LIBRARIES = (os.path.dirname(mod_python.__file__), os.path.dirname(os.__file__))
EVENTS = {"call", "c_return"}  # Python looks whether there is something to raise when a function begins, or C returns


def handler(req):
    """Interrupts the work that the query names at its first step, at its second, and so on."""
    work, step = WORKS[req.args], 1
    work(req)
    fds = _descriptors()
    while (interruption := _interruption(work, req, step)) is not None:
        interpreter.run_cleanups(req._cleanups or [], None)  # the request that was interrupted ends
        with ThreadPoolExecutor(1) as another:  # it hangs if a lock has been left
            another.submit(work, req).result()
        del interruption  # only now, with the frames that it knows
        work(req)
        step += 1
    req.write(f"{step} steps, {_descriptors() - fds} more descriptors")
    return apache.OK


def _interruption(work, req, step):
    """What came out of the work when it was interrupted there; None if it does not take as many steps."""
    left = step

    def profile(frame, event, argument):
        nonlocal left
        if event in EVENTS and frame.f_code.co_filename.startswith(LIBRARIES) and not _is_spared(frame, event):
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
    except apache.RequestTimeout as interruption:
        return interruption
    finally:
        sys.setprofile(None)
        interpreter.run_uninterruptible = original
    assert left > 0, "RequestTimeout was lost"
    return None


def _is_spared(frame, event):
    """Whether this may be a generator that is closed, which Python does not interrupt, or in a `__del__`."""
    while frame is not None and frame.f_code.co_name != "__del__":
        if event == "call" and frame.f_code.co_flags & inspect.CO_GENERATOR:
            return True
        frame, event = frame.f_back, ""
    return frame is not None


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


def previous(req):
    assert req.prev.uri == "/gone"
    for key, known in list(request.live.items()):
        if known is not req:
            del request.live[key]  # so that it is made anew the next time


class _Form:
    """What a form needs of a request."""

    method, args, next, prev, main = "POST", None, None, None, None
    CONTENT = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%b\r\n--x--\r\n' % bytes(
        100_000
    )

    def __init__(self):
        self.headers_in = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(len(self.CONTENT))}
        self.read = BytesIO(self.CONTENT).read

    def get_options(self):
        return {}


def upload(req):
    assert len(util.FieldStorage(_Form())["file"].value) == 100_000


def cookie(req):
    signed = Cookie.SignedCookie("name", "value", secret="secret")
    assert Cookie.SignedCookie.parse(str(signed), "secret")["name"].value == "value"


def logged(req):
    record = logging.makeLogRecord({"name": "work", "msg": "logged", "levelno": logging.WARNING})
    logs._handler.handle(record)


WORKS = {
    function.__name__: function
    for function in (
        module, page, server_page, application, cached, memory_session, file_session, dbm_session, sqlite_session,
        global_lock, tables, output, previous, upload, cookie, logged,
    )
}  # fmt: skip
