from mod_python import apache


def handler(req):
    req.content_type = "text/plain"
    req.write(f"Hello at {req.uri}")
    return apache.OK
