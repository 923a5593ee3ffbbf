"""The front page, and the way in and out."""

# ruff: noqa: UP031, E721, RET503 - written as in 2013

import time

from mod_python import Cookie, Session, apache, psp, util

SECRET = "to be changed by who copies this"
MEMBERS = {"eggs": "spam", "joe": "eoj"}


def index(req):
    session = Session.Session(req)
    try:
        session["hits"] += 1
    except KeyError:
        session["hits"] = 1
    session.save()

    req.content_type = "text/html"
    page = psp.PSP(req, filename="templates/front.html")
    page.run({"hits": session["hits"], "user": session.get("user"), "seen": _seen(req)})


def _seen(req):
    """When this browser was here before; notes that it is here now."""
    seen = None
    cookies = Cookie.get_cookies(req, Cookie.SignedCookie, secret=SECRET)
    if "seen" in cookies:
        cookie = cookies["seen"]
        if type(cookie) is Cookie.SignedCookie:
            seen = cookie.value

    cookie = Cookie.SignedCookie("seen", time.strftime("%Y-%m-%d"), secret=SECRET)
    cookie.path = "/"
    cookie.expires = time.time() + 30 * 24 * 3600
    Cookie.add_cookie(req, cookie)
    return seen


def login(req, user="", password=""):
    if MEMBERS.get(user) != password:
        req.status = apache.HTTP_FORBIDDEN
        return "<html><body>Nobody is called %s here, or not with that password.</body></html>" % _escape(user)
    session = Session.Session(req)
    session["user"] = user
    session.save()
    util.redirect(req, "/index.py")


def logout(req):
    session = Session.Session(req)
    session.invalidate()
    util.redirect(req, "/index.py")


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
