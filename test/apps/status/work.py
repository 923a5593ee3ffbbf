"""Something to count."""

import os
import signal

from mod_python import apache


def handler(req):
    req.status = int(req.args or "200")
    req.write("done")
    return apache.OK


def fail(req):
    password = "hunter22"
    raise ValueError(f"<b>{password}</b>")


def complain(req):
    req.log_error("MP9999: hunter22")
    return apache.OK


def die(req):
    os.kill(os.getpid(), signal.SIGKILL)


def access(req):
    return apache.HTTP_FORBIDDEN if req.args == "403" else apache.OK


def shout(filter):
    filter.pass_on()


def everybody(req):
    return True
