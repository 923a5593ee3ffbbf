"""The same functionality, using an alternative technique."""

__auth_realm__ = "Members only"
__auth__ = {"eggs": "spam", "joe": "eoj"}
__access__ = ["eggs"]


def hello(req):
    return "hello"
