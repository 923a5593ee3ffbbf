"""What is filtered: pages below /py/, each written by one function, and the choice of filters by the query."""

import os
import threading

from mod_python import apache, util


def choose_filters(req):
    """`?out=upper&out=count&in=lower` adds these filters, which directives have declared."""
    for name, value in util.parse_qsl(req.args or ""):
        if name == "out":
            req.add_output_filter(value)
        if name == "in":
            req.add_input_filter(value)
    return apache.OK


def handler(req):
    req.content_type = "text/plain"
    return globals()[req.uri.rpartition("/")[2]](req)


def hello(req):
    req.write("hello\n")
    return apache.OK


def unflushed(req):
    """Leaves its output to httpd, which passes it on after the handler."""
    req.seen = "the handler's"
    req.write("hello\n", 0)
    return apache.OK


def pieces(req):
    for text in ("one\ntwo", "\nthree\n", "fo", "ur"):
        req.write(text)
    return apache.OK


def waiting(req):
    """Goes on when somebody writes to the FIFO beside the page."""
    req.write("first\n")
    with open(os.path.join(os.path.dirname(__file__), "fifo")) as fifo:
        req.write(fifo.read())
    return apache.OK


def big(req):
    block = b"x" * 65535 + b"\n"
    for _ in range(int(req.headers_in["X-Blocks"])):
        req.write(block, 0)
    return apache.OK


def echo(req):
    """Answers piece by piece, as the body comes in."""
    while block := req.read(int(req.headers_in.get("X-Block", 8192))):
        req.write(block)
    return apache.OK


def echo_lines(req):
    while line := req.readline():
        req.write(line)
    return apache.OK


def length(req):
    total = 0
    while block := req.read(65536):
        total += len(block)
    req.write(str(total))
    return apache.OK


def ignore(req):
    """Does not read the body."""
    req.write("ignored\n")
    return apache.OK


def stubborn(req):
    """Goes on writing after an error."""
    for _ in range(3):
        try:
            req.write("more\n")
        except OSError:
            req.log_error("write failed", apache.APLOG_INFO)
    return apache.OK


def file(req):
    req.sendfile(os.path.join(os.path.dirname(__file__), "page.txt"))
    return apache.OK


def redirect(req):
    """Goes on after it has had another page answer."""
    req.internal_redirect("/page.txt")
    for action in (lambda: req.write("lost", 0), lambda: req.write("lost"), req.flush, lambda: req.sendfile(__file__)):
        try:
            action()
        except OSError:
            req.log_error("refused", apache.APLOG_INFO)
    if req.args:
        raise ValueError("after the redirect")
    return apache.OK


def patient(req):
    """Answers although reading the body fails."""
    try:
        req.read()
    except apache.SERVER_RETURN as error:
        req.write(f"reading failed: {error.args[0]}\n")
    return apache.OK


def sized(req):
    """Declares a length, and has the filter keep it."""
    req.length = 20
    req.write("0123456789")
    req.write("0123456789")
    return apache.OK


def everything(req):
    """Uses what a request has: handlers, filters, clean-ups, tables, a thread, the connection."""
    interpreter = req.uri.split("/")[2]
    if (req.interpreter, getattr(req.connection, "interpreter", interpreter)) != (interpreter, interpreter):
        raise RuntimeError(f"{req.interpreter} serves what is {interpreter}'s")
    req.connection.interpreter = interpreter
    req.notes["cycle"] = "x" * 1000
    req.cycle = req
    req.register_cleanup(lambda data: data.notes["cycle"], req)
    req.register_output_filter("twice", lambda flt: flt.write((flt.read() or b"") * 2))
    req.add_output_filter("twice")
    req.add_handler("PythonLogHandler", lambda req: apache.OK)
    thread = threading.Thread(target=req.write, args=("from a thread\n",))
    thread.start()
    thread.join()
    return apache.OK


def broken(req):
    req.write("half")
    raise ValueError("the other half")


def callables(req):
    """Registers a closure and a name for itself."""
    req.seen = []

    def exclaim(flt):
        req.seen.append(flt.req is req)
        while data := flt.read():
            flt.write(data.replace(b"\n", b"!\n"))
        if data is None:
            flt.write(f"{flt.name} {flt.handler} {flt.req.seen}")
            flt.close()

    req.register_output_filter("Exclaim", exclaim)
    req.register_output_filter("by name", "flt::upper")
    req.register_input_filter("low", lambda flt: flt.write((flt.read() or b"").lower()))
    req.add_output_filter("by name")
    req.add_output_filter("Exclaim")
    req.add_input_filter("low")
    req.write(req.read())
    return apache.OK


def wrong_registrations(req):
    for arguments in ((None, "x"), ("x", None), ("x", 3), ("x\0y", "x")):
        try:
            req.register_output_filter(*arguments)
        except (TypeError, ValueError) as error:
            req.write(f"{type(error).__name__}: {error}\n")
    return apache.OK


def unknown(req):
    req.add_output_filter("NO-SUCH-FILTER")
    req.write("unfiltered\n")
    return apache.OK


def kept_object(req):
    """Tries what the filter of the same name left behind."""
    req.write("x")
    uses = {
        "read": req.kept.read,
        "write": lambda: req.kept.write("x"),
        "close": req.kept.close,
        "flush": req.kept.flush,
        "pass_on": req.kept.pass_on,
        "name": lambda: req.kept.name,
    }
    answers = []
    for name, use in uses.items():
        try:
            use()
        except RuntimeError as error:
            answers.append(f"{name}: {error}")
    req.kept = None
    req.write("\n".join(answers))
    return apache.OK
