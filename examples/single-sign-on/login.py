"""The login page: who knows a password gets a ticket, and goes on to where the gate has sent them from."""

import re
from pathlib import Path

import ticket
from users import check_password

from mod_python import apache
from mod_python.psp import PSP
from mod_python.util import FieldStorage

PAGE = str(Path(__file__).with_name("login.html"))
HOME = "/private/"


def handler(req):
    form = FieldStorage(req)
    target = safe(field(form, "next"))
    if req.method != "POST":
        return show(req, target)
    if is_foreign(req):
        return apache.HTTP_FORBIDDEN
    user = field(form, "user")
    if not check_password(req, user, field(form, "password")):
        req.status = apache.HTTP_FORBIDDEN
        return show(req, target, user)
    ticket.issue(req, user)
    return redirect(req, target)


def logout(req):
    if req.method != "POST" or is_foreign(req):  # else any page on the web could log its readers out
        return apache.HTTP_METHOD_NOT_ALLOWED
    ticket.withdraw(req)
    return redirect(req, "/login")


def field(form, name):
    """A field of the form; empty when it is missing, or something that nobody could have typed."""
    text = form.getfirst(name, "")
    return text if isinstance(text, str) and text.isprintable() else ""


def safe(target):
    """`target` if it is a path of this host, else where one goes by default.

    Browsers take two slashes at the beginning, and backslashes for slashes, as the beginning of another host's name.
    """
    return target if re.fullmatch(r"/(?![/\\])[!-~]*", target) else HOME


def is_foreign(req):
    """Whether a page of another site has sent the form, as browsers tell."""
    return req.headers_in.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def redirect(req, target):
    req.err_headers_out["Location"] = target
    return apache.HTTP_SEE_OTHER


def show(req, target, user=""):
    req.content_type = "text/html; charset=utf-8"
    req.headers_out["Cache-Control"] = "no-store"
    req.headers_out["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    PSP(req, PAGE, vars={"target": target, "user": user}).run()
    return apache.OK
