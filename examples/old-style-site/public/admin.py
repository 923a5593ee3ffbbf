"""For those who look after the album; the browser asks for name and password by itself."""

# ruff: noqa: UP031 - written as in 2013

import os

from mod_python import apache

__auth_realm__ = "The album's office"
__auth__ = {"eggs": "spam", "joe": "eoj"}
__access__ = ["eggs"]


def index(req):
    return "%d pictures" % len(os.listdir(req.get_options()["album.directory"]))


def remove(req, name):
    path = os.path.join(req.get_options()["album.directory"], os.path.basename(name))
    try:
        os.unlink(path)
    except OSError:
        raise apache.SERVER_RETURN(apache.HTTP_NOT_FOUND) from None
    return "%s is removed" % name
