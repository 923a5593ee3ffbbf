"""An upload: receive() is called with the file, once all of it has come."""

from hashlib import sha256

from mod_python import apache
from mod_python.psp import PSP

BLOCK = 1 << 16


def index(req):
    return PSP(req, "form.html")


def receive(req):
    upload = req.form.getfirst("file")
    if not (upload and upload.filename):
        raise apache.SERVER_RETURN(apache.HTTP_BAD_REQUEST)
    size, digest = measure(upload.file)
    return PSP(req, "received.html", vars={"name": upload.filename, "size": size, "digest": digest})


receive.methods = ["POST"]


def measure(file):
    """The size of the file in bytes, and its digest."""
    size, digest = 0, sha256()
    while block := file.read(BLOCK):
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


measure.__access__ = False  # a helper, not a page
