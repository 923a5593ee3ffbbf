"""A published module that answers with pages."""

from mod_python import psp


def index(req, name="nobody"):
    return psp.PSP(req, "greeting.html", vars={"name": name})


def text(req):
    return psp.PSP(req, string='<%@ include file="parts/inner.inc" %>')
