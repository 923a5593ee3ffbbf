"""Where httpd thinks that we are."""

from mod_python import apache


def handler(req):
    req.content_type = "text/plain"
    req.write(req.filename)
    return apache.OK


def decline(req):
    return apache.DECLINED
