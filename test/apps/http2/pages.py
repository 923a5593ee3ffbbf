"""Pages for streams of one HTTP/2 connection."""

import os
import threading

from mod_python import apache


def handler(req):
    req.content_type = "text/plain"
    return globals()[req.uri.rpartition("/")[2]](req)


def about(req):
    header = req.headers_in.get("X-Mine")
    req.write(f"{req.method} {req.protocol} {req.proto_num} {req.hostname} {header} {req.connection.client_ip}")
    return apache.OK


def note(req):
    """Any phase before the content handler: takes a note, and asks for a password."""
    req.trail = [*getattr(req, "trail", []), req.phase]
    if req.phase == "PythonAuthenHandler":
        return apache.OK if req.get_basic_auth_pw() == "spam" else apache.HTTP_UNAUTHORIZED
    return apache.DECLINED


def phases(req):
    req.write(f"{req.user}: " + " ".join(note[6:-7] for note in req.trail))
    return apache.OK


def tell(req):
    """After the response."""
    req.log_error(f"{req.phase} of {req.uri} for {req.user}", apache.APLOG_INFO)
    return apache.OK


def redirect(req):
    req.internal_redirect("/py/before")
    return apache.OK


def missing(req):
    return apache.HTTP_NOT_FOUND


def before(req):
    req.write(f"{req.uri} after {req.prev.uri} {req.prev.status}")
    return apache.OK


def echo(req):
    for line in req:
        req.write(line)
    return apache.OK


def length(req):
    total = 0
    while block := req.read(65536):
        total += len(block)
    req.write(str(total))
    return apache.OK


def own(req):
    """Each stream has a request, a connection object and state of its own."""
    req.mine = req.args
    req.connection.mine = req.args
    for _ in range(20):
        req.write(f"{req.mine} {req.connection.mine} {threading.get_ident()}\n")
    return apache.OK


ended = []


def remember(req):
    ended.append(req.connection.mine)
    return apache.OK


def remembered(req):
    req.write(" ".join(sorted(ended[-5:])))
    return apache.OK


def waiting(req):
    """Goes on when somebody writes to the FIFO beside the page."""
    req.write("first\n")
    with open(os.path.join(os.path.dirname(__file__), "fifo")) as fifo:
        req.write(fifo.read())
    return apache.OK


def forever(req):
    while True:
        req.write("on and on\n")


def abort(req):
    req.write("half\n")
    req.abort_connection()
    return apache.OK


def fail(req):
    raise ValueError("at once")


def forbidden(req):
    return apache.HTTP_FORBIDDEN


def aborting_application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"half\n"
    raise ValueError("the other half")


def declining(conn):
    conn.notes["asked"] = "yes"
    return apache.DECLINED


# -- filters ------------------------------------------------------------------------------------------------


def upper(flt):
    while data := flt.read():
        flt.write(data.upper())
    if data is None:
        flt.close()


def fail_second(flt):
    """Fails in the second call."""
    if hasattr(flt.req, "called"):
        raise ValueError("second call")
    flt.req.called = True
    while data := flt.read():
        flt.write(data)
    flt.flush()


def fail_first(flt):
    raise ValueError("first call")


def lower(flt):
    while data := flt.read():
        flt.write(data.lower())
    if data is None:
        flt.close()
