"""Handlers that fail, each in its own way."""

import sys

from mod_python import apache


class Mute:
    def __repr__(self):
        raise RuntimeError("not even this")


def handler(req):
    password, color, mute = "hunter22", "green <b>", Mute()
    raise ValueError(f"<script> {color} {len(password)} {bool(mute)}")


def deep(req):
    return deep(req)


def chain(req):
    try:
        try:
            {}["colour"]
        except KeyError as error:
            raise LookupError("no such colour") from error
    except LookupError:
        raise apache.SERVER_RETURN("not a status")  # noqa: B904


def late(req):
    req.content_type = "text/html"
    req.write("<p>half of it</p>")
    raise ValueError("too late")


def late_text(req):
    req.content_type = "text/csv"
    req.write("half,of,it\n")
    raise ValueError("too late")


def group(req):
    errors = [ValueError("one"), KeyError("two")]
    if sys.version_info < (3, 11):
        raise errors[0]
    raise ExceptionGroup("several", errors)  # noqa: F821


def undecided(req):
    req.get_options()["mod_python.debug.locals"] = "perhaps"  # httpd refuses it in the configuration
    raise ValueError("shown or not")
