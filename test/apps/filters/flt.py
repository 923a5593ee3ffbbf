"""Filters: each does one thing."""

from mod_python import apache


def outputfilter(flt):
    upper(flt)


def inputfilter(flt):
    lower(flt)


def upper(flt):
    """The loop that every example shows."""
    while data := flt.read():
        flt.write(data.upper())
    if data is None:
        flt.close()


def lower(flt):
    while data := flt.read():
        flt.write(data.lower())
    if data is None:
        flt.close()


def who(flt):
    """Replaces the body by what the filter knows about itself."""
    while data := flt.read():
        pass
    if data is None:
        flt.write(f"{flt.name} {flt.handler} {flt.dir} {flt.is_input} {flt.closed}")
        flt.close()


def mark(flt):
    """Puts each piece of its input in brackets."""
    while data := flt.read():
        flt.write(b"[" + data + b"]")
    if data is None:
        flt.write(b"|")
        flt.close()


def lines(flt):
    while line := flt.readline():
        flt.write(b"[" + line + b"]")
    if line is None:
        flt.close()


def forgetful(flt):
    """Never closes."""
    while data := flt.read():
        flt.write(data.upper())


def sparing(flt):
    """Reads three bytes a call."""
    flt.write(b"[" + (flt.read(3) or b"") + b"]")


def one_line(flt):
    """Reads one line a call."""
    flt.write(b"[" + (flt.readline() or b"") + b"]")


def limited(flt):
    """Reads lines, but at most four bytes of one."""
    while line := flt.readline(4):
        flt.write(b"[" + line + b"]")


def nothing(flt):
    """Neither reads nor writes."""


def collect(flt):
    """Takes "nothing now" for a reason to go on, and writes once."""
    parts = []
    while (data := flt.read()) is not None:
        parts.append(data)
    flt.write(b"".join(parts).upper())
    flt.close()


def hold(flt):
    """Keeps everything on the request, and writes at the end."""
    req = flt.req
    if not hasattr(req, "held"):
        req.held = []
    while data := flt.read():
        req.held.append(data)
    if data is None:
        flt.write(b"".join(req.held))
        flt.close()


def cut(flt):
    """Closes after three bytes, and does not want the rest."""
    flt.write((flt.read(3) or b"") + b"...")
    flt.close()
    flt.close()


def cut_and_leave(flt):
    cut(flt)
    flt.disable()


def cut_and_write(flt):
    """Writes to the request itself when it has closed."""
    cut(flt)
    flt.req.write("late")


def all_on(flt):
    flt.pass_on()


def sign(flt):
    """Passes on, and signs each call."""
    flt.pass_on()
    flt.write("(signed)")


def first_line(flt):
    """Changes the first line, and passes the rest on."""
    flt.write((flt.readline() or b"").upper())
    flt.pass_on()


def first_call(flt):
    """Changes what comes in the first call, and is not called again."""
    flt.write(b"<" + (flt.read() or b"") + b">")
    flt.disable()


def sniff(flt):
    """Reads a little, and leaves the rest alone."""
    flt.write(b"<" + (flt.read(2) or b"") + b">")
    flt.disable()


def kinds(flt):
    while flt.read():
        pass
    for data in ("é", b"b", bytearray(b"c"), memoryview(b"d"), "", b""):
        flt.write(data)
    for data in (None, 1, ["x"]):
        try:
            flt.write(data)
        except TypeError as error:
            flt.write(f" {error};")
    print(" print", 1, file=flt, flush=True)


def rules(flt):
    """Tries what is not allowed."""
    if flt.read() is not None:
        return
    answers = []

    def refused(action):
        try:
            action()
        except (AttributeError, ValueError) as error:
            answers.append(f"{type(error).__name__}: {error}")

    refused(lambda: setattr(flt, "req", None))
    refused(lambda: setattr(flt, "closed", 0))
    refused(lambda: setattr(flt, "colour", "red"))
    refused(lambda: delattr(flt, "req"))
    refused(lambda: delattr(flt, "softspace"))
    refused(lambda: flt.colour)
    flt.softspace = 1
    answers.append(f"{flt.softspace} {type(flt)} {flt.read(0)} {flt.read()}")
    flt.write("\n".join(answers))
    flt.close()
    del answers[:]
    for use in (flt.read, flt.readline, flt.pass_on, lambda: flt.write(None)):
        refused(use)
    flt.flush()
    flt.req.log_error(f"after close: {answers} closed={flt.closed}", apache.APLOG_INFO)


def keep(flt):
    flt.pass_on()
    flt.req.kept = flt


def seen(flt):
    flt.pass_on()
    flt.write(getattr(flt.req, "seen", "a stranger's"))


def aside(flt):
    """Writes to the request itself, which goes past the filter."""
    while data := flt.read():
        flt.req.write("aside\n")
        flt.write(data.upper())


def where(flt):
    """Says for which request it runs, and in which interpreter."""
    flt.pass_on()
    if flt.req.main is not None:
        flt.write(f"<sub {flt.req.uri} of {flt.req.main.uri}>")
    else:
        flt.write(f"<{flt.req.uri} in {apache.interpreter}>")


def keep_length(flt):
    if hasattr(flt.req, "length"):
        flt.req.set_content_length(flt.req.length)
        del flt.req.length
    flt.pass_on()


# -- errors ---------------------------------------------------------------------------------------------------


def fail(flt):
    raise ValueError("<filter> é failed")


def fail_at_end(flt):
    while data := flt.read():
        flt.write(data)
    if data is None:
        raise ValueError("at the end")


def fail_second(flt):
    """Fails in the second call."""
    if hasattr(flt.req, "called"):
        raise ValueError("second call")
    flt.req.called = True
    while data := flt.read():
        flt.write(data)
    flt.flush()


def fail_queued(flt):
    """Fails with something queued."""
    flt.write("queued")
    raise ValueError("after writing")


def forbid(flt):
    raise apache.SERVER_RETURN(apache.HTTP_FORBIDDEN)


def forbid_at_end(flt):
    while data := flt.read():
        flt.write(data)
    if data is None:
        raise apache.SERVER_RETURN(apache.HTTP_FORBIDDEN)


def leave(flt):
    """SERVER_RETURN(OK) is a return."""
    while data := flt.read():
        flt.write(data.upper())
    raise apache.SERVER_RETURN(apache.OK, 202)


def nonsense(flt):
    raise apache.SERVER_RETURN("nonsense")


def leave_process(flt):
    raise SystemExit(3)
