"""The manual's example of access control, with functions."""

# ruff: noqa: N807, RET505 - as the manual shows it

__auth_realm__ = "Members only"


def __auth__(req, user, passwd):
    if user == "eggs" and passwd == "spam" or user == "joe" and passwd == "eoj":
        return 1
    else:
        return 0


def __access__(req, user):
    if user == "eggs":
        return 1
    else:
        return 0


def hello(req):
    return "hello"
