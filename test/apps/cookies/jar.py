"""Handlers that set cookies and tell which came back."""

import json
import time

from mod_python import Cookie, apache

SECRET = "a secret"


def answer(req, **facts):
    req.content_type = "application/json"
    req.write(json.dumps(facts))
    return apache.OK


def handler(req):
    return ACTIONS[req.uri.rsplit("/", 1)[-1]](req)


def set_plain(req):
    Cookie.add_cookie(req, "plain", "some value")
    Cookie.add_cookie(req, Cookie.Cookie("other", "caf\xe9", path="/", expires=time.time() + 300, HttpOnly=True))
    Cookie.add_cookie(req, "short", "1", max_age=5, samesite="Strict", secure=False)
    return answer(req)


def get_plain(req):
    cookies = Cookie.get_cookies(req)
    return answer(req, **{name: cookie.value for name, cookie in cookies.items()})


def set_signed(req):
    Cookie.add_cookie(req, Cookie.SignedCookie("cart", "42 apples", SECRET, path="/"))
    Cookie.add_cookie(req, Cookie.MarshalCookie("order", {"apples": 42, "names": ["ham", "\xe9"]}, SECRET, path="/"))
    return answer(req)


def get_signed(req):
    """What is genuine among the cookies; None for what is missing or forged."""
    options = {"secret": SECRET, "mismatch": Cookie.Cookie.IGNORE}
    cart = Cookie.get_cookie(req, "cart", Cookie.SignedCookie, **options)
    order = Cookie.get_cookie(req, "order", Cookie.MarshalCookie, **options)
    return answer(req, cart=cart and cart.value, order=order and order.value)


def types(req):
    """How forged cookies come without the choice to ignore them."""
    cookies = Cookie.get_cookies(req, Cookie.SignedCookie, secret=SECRET)
    return answer(req, **{name: [type(cookie).__name__, cookie.value] for name, cookie in cookies.items()})


def renew(req):
    """Send back what came."""
    Cookie.add_cookie(req, Cookie.get_cookie(req, "cart", Cookie.SignedCookie, secret=SECRET))
    return answer(req)


def drop(req):
    Cookie.add_cookie(req, Cookie.Cookie("plain", "", path="/", expires=0))
    return answer(req)


def inject(req):
    Cookie.add_cookie(req, "evil", "1; Domain=example.com\r\nX-Evil: 1")
    return answer(req)


def refused(req):
    """A cookie for a response that is an error."""
    Cookie.add_cookie(req, "lost", "1")
    Cookie.add_cookie(req, Cookie.Cookie("kept", "1"), always=True)
    return apache.HTTP_FORBIDDEN


ACTIONS = {
    function.__name__: function
    for function in (set_plain, get_plain, set_signed, get_signed, types, renew, drop, inject, refused)
}
