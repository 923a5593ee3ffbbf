"""The pictures."""

# ruff: noqa: UP031, SIM115, RET503 - written as in 2013

import os
import urllib.parse

from mod_python import Session, apache, psp, util


def index(req):
    session = Session.Session(req, lock=0)
    pictures = {}
    for name in os.listdir(_directory(req)):
        pictures[name] = os.stat(os.path.join(_directory(req), name)).st_mtime
    newest = sorted(pictures.items(), key=lambda item: -item[1])
    req.content_type = "text/html"
    return psp.PSP(
        req,
        filename="templates/album.html",
        vars={"names": [name for name, _ in newest], "user": session.get("user"), "quote": urllib.parse.quote},
    )


def upload(req):
    session = Session.Session(req)
    if "user" not in session:
        raise apache.SERVER_RETURN(apache.HTTP_FORBIDDEN)

    field = req.form["picture"]
    if not field.filename:
        return "No picture was chosen."
    # Some browsers send the whole path.
    name = os.path.basename(field.filename.replace("\\", "/"))
    if not name or name[0] == ".":
        raise apache.SERVER_RETURN(apache.HTTP_BAD_REQUEST)

    target = open(os.path.join(_directory(req), name), "wb", 10000)
    for chunk in _chunks(field.file):
        target.write(chunk)
    target.close()

    session["uploads"] = session.get("uploads", 0) + 1
    session.save()
    util.redirect(req, "/album.py")


def picture(req, name):
    path = os.path.join(_directory(req), os.path.basename(name))
    if not os.path.isfile(path):
        raise apache.SERVER_RETURN(apache.HTTP_NOT_FOUND)
    req.content_type = "application/octet-stream"
    req.headers_out["Content-Length"] = str(os.stat(path).st_size)
    req.sendfile(path)


def _chunks(file, size=10000):
    while True:
        chunk = file.read(size)
        if not chunk:
            break
        yield chunk


def _directory(req):
    path = req.get_options()["album.directory"]
    if not os.path.isdir(path):
        os.mkdir(path, 0o700)
    return path
