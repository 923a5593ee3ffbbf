"""/source/NAME: the configuration and the files of one demonstration; lib/demos.py says which these are."""

from demos import DEMOS, SITE

from mod_python import apache
from mod_python.psp import PSP


def handler(req):
    demo = DEMOS.get(req.uri.removeprefix("/source/"))
    if demo is None:
        return apache.HTTP_NOT_FOUND
    req.content_type = "text/html; charset=utf-8"
    PSP(req, str(SITE / "parts/source.html"), vars={"demo": demo}).run()
    return apache.OK
