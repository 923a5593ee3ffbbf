"""For users whom another phase authenticated."""

__access__ = ["eggs"]


def hello(req):
    return "hello, " + req.user
