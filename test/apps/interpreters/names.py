"""Says which interpreter it runs in, and what that interpreter has seen."""

import sys

from mod_python import apache

early = ""
count = 0


def handler(req):
    global count  # noqa: PLW0603
    count += 1
    req.content_type = "text/plain"
    req.write(f"{apache.interpreter} {req.interpreter == apache.interpreter} {count}")
    return apache.OK


def connectionhandler(conn):
    conn.write(apache.interpreter)
    return apache.OK


def transhandler(req):
    global early  # noqa: PLW0603
    early = apache.interpreter
    return apache.DECLINED


def early_phase(req):
    req.write(str(early))
    return apache.OK


def builtin(req):
    """Sets something in a module that every interpreter has one of its own of."""
    seen, sys.seen = getattr(sys, "seen", ""), f"by {apache.interpreter}"
    req.write(seen)
    return apache.OK


def path(req):
    req.write("\n".join(sys.path))
    return apache.OK


def flags(req):
    req.write(f"{__debug__} {sys.flags.optimize} {handler.__doc__} {builtin.__doc__ is not None} {sys.prefix}")
    return apache.OK


def options(req):
    values = sorted(f"{key}={value}" for key, value in req.get_options().items() if not key.startswith("mod_python."))
    req.write(" ".join(values))
    return apache.OK


def remembered(req):
    req.write(str(req._configuration.lasts))
    return apache.OK


def config(req):
    req.write(" ".join(sorted(f"{key}={value}" for key, value in req.get_config().items() if key != "PythonPath")))
    return apache.OK


def venv(req):
    import only_there  # noqa: PLC0415

    req.write(f"{sys.prefix} {only_there.WHERE}")
    return apache.OK
