"""Requests that come from others."""

from mod_python import apache


def init(req):
    req.said = "init"
    return apache.OK


def handler(req):
    if req.uri == "/forbidden.page":
        return apache.HTTP_FORBIDDEN
    if req.uri == "/redirect.page":
        req.said = "hello"
        req.internal_redirect("/target.page")
        assert req.next.prev is req
        return apache.OK
    req.content_type = "text/plain"
    req.write(f"{req.uri} {_origin(req)}")
    return apache.OK


def _origin(req):
    if req.main:
        return f"from None; main {req.main.uri}, which said {req.main.said}"
    if req.prev is None:
        return "from None; main None"
    return f"from {req.prev.uri}, which goes on to {req.prev.next.uri} and said {req.prev.said}; main {req.main}"
