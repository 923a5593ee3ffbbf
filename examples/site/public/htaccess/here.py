"""The handler that .htaccess names. Options are a way to hand it something from the configuration."""

from mod_python import apache


def handler(req):
    req.content_type = "text/plain; charset=utf-8"
    req.write(f"{req.get_options()['greeting']}, in {req.hlist.directory}\n")
    return apache.OK
