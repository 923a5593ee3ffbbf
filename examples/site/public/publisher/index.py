"""Published functions: /publisher/ calls index(), /publisher/greet calls greet() with the fields of the form."""

from hashlib import sha256

from mod_python import apache
from mod_python.psp import PSP

LANGUAGES = ["C", "Go", "JavaScript", "Python", "Rust"]


def index(req):
    return PSP(req, "form.html", vars={"languages": LANGUAGES})


def greet(req, name="World", times="1"):
    try:
        count = int(times)
    except (TypeError, ValueError):  # no number, or several
        raise apache.SERVER_RETURN(apache.HTTP_BAD_REQUEST) from None
    answer = {
        "name": name,
        "count": max(1, min(count, 10)),
        "languages": req.form.getlist("language"),  # a field that comes once for each box that is ticked
        "files": [describe(field) for field in req.form.getlist("file") if field.filename],
    }
    return PSP(req, "greeting.html", vars=answer)


def describe(upload):
    return upload.filename, upload.type, len(upload.value), sha256(upload.value).hexdigest()


describe.__access__ = False  # a helper, not a page; a name like _describe would hide it too
