"""Logging in with a form: the session remembers the user until the browser closes, or leave() ends it."""

import time

from accounts import check_password

from mod_python import apache
from mod_python.psp import PSP
from mod_python.Session import Session
from mod_python.util import redirect


def index(req):
    session = Session(req)
    return PSP(req, "login.html", vars={"user": session.get("user"), "since": session.get("since"), "refused": False})


def enter(req, user="", password=""):
    if is_known(req, user, password):
        session = Session(req)
        session.regenerate()  # so that nobody who knows the old id comes in too
        session.update(user=user, since=time.strftime("%H:%M:%S"))
        session.save()
        redirect(req, "./")  # which ends the request
    req.status = apache.HTTP_FORBIDDEN
    return PSP(req, "login.html", vars={"user": None, "since": None, "refused": True})


def leave(req):
    Session(req).invalidate()
    redirect(req, "./")


enter.methods = leave.methods = ["POST"]


def is_known(req, user, password):
    """Whether these are a user and a password; a field that comes twice, or as a file, is neither."""
    is_typed = all(isinstance(text, str) and text.isprintable() for text in (user, password))
    return is_typed and check_password(req, user, password)


is_known.__access__ = False  # a helper, not a page
