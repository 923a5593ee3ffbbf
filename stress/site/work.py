"""One handler for each kind of request, beside those that come with mod_python."""

import hashlib

from mod_python import Session, apache, util

BLOCK = b"x" * 65536


def hello(req):
    req.content_type = "text/plain"
    req.set_content_length(13)
    req.write("Hello, World!")
    return apache.OK


def fail(req):
    raise ValueError("as ordered")


def echo(req):
    req.write(req.read())
    return apache.OK


def upload(req):
    """Answer with the digest of the uploaded file."""
    form = util.FieldStorage(req, keep_blank_values=True)
    req.write(hashlib.sha256(form["file"].file.read()).hexdigest())
    return apache.OK


def session(req):
    kept = Session.FileSession(req)
    kept["visits"] = kept.get("visits", 0) + 1
    kept.save()
    req.write(f"visit {kept['visits']}")
    return apache.OK


def redirect(req):
    req.internal_redirect("/handler?again")
    return apache.OK


def endless(req):
    """More than a client wants: it ends when the client does."""
    while True:
        req.write(BLOCK)


def upper(filter):
    while data := filter.read(65536):
        filter.write(data.upper())
    if data is not None:
        filter.close()


def check_password(req, user, password):
    return (user, password) == ("eggs", "spam")


def talk(connection):
    while line := connection.readline():
        connection.write(b"you said " + line)
    return apache.OK


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello, World!"]
