"""Handlers that read a form in every documented way and tell what came."""

import hashlib
import json
import resource

from mod_python import apache, util


def answer(req, **facts):
    req.content_type = "application/json"
    req.write(json.dumps(facts))
    return apache.OK


def digest(file):
    """The SHA-256 of a file, read in blocks."""
    hashed = hashlib.sha256()
    while block := file.read(1 << 20):
        hashed.update(block)
    return hashed.hexdigest()


def fields(req):
    """All fields: name, and text or the facts of the upload."""
    form = util.FieldStorage(req, keep_blank_values=1)
    shown = [[f.name, [f.filename, f.type, digest(f.file)] if f.filename else ascii(f.value)] for f in form.list]
    return answer(req, fields=shown)


def twice(req):
    """A second form of the same request has no body left."""
    return answer(req, names=[util.FieldStorage(req).keys(), util.FieldStorage(req).keys()])


class Hashed:
    """A file that keeps nothing but the hash of what is written to it."""

    def __init__(self, filename):
        self.filename = filename
        self.size = 0
        self.hashed = hashlib.sha256()

    def write(self, data):
        self.size += len(data)
        self.hashed.update(data)

    def seek(self, position):
        pass


def stream(req):
    """An upload into files of our own; `peak` is the most memory that this process ever had, in bytes."""
    before = peak()
    (field,) = util.FieldStorage(req, file_callback=Hashed).list
    return answer(req, size=field.file.size, digest=field.file.hashed.hexdigest(), grown=peak() - before)


def spool(req):
    """An upload into the default files."""
    before = peak()
    (field,) = util.FieldStorage(req).list
    return answer(req, digest=digest(field.file), grown=peak() - before)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def matched(req):
    """Call a function with the fields it names."""

    def order(req, item, count="1", *, gift=None):
        return [item, count, gift]

    return answer(req, result=util.apply_fs_data(order, util.FieldStorage(req), req=req))


def queries(req):
    return answer(req, qs=util.parse_qs(req.args), qsl=util.parse_qsl(req.args, 1))


def redirect(req):
    util.redirect(req, util.FieldStorage(req)["to"].value, permanent=req.method == "POST")


def late_redirect(req):
    req.write("a part of the body")
    util.redirect(req, "/elsewhere")
