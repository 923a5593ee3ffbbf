"""Phases around a page with server-side includes."""

from mod_python import apache


def fixuphandler(req):
    """Names for the page's elements."""
    req.ssi_globals = {"given": "by the fixup handler", "req": req}
    req.subprocess_env["WEATHER"] = "fine"
    return apache.OK


def loghandler(req):
    names = sorted(name for name in req.ssi_globals if not name.startswith("__"))
    req.log_error(f"the page left {names} and filter={req.ssi_globals['filter']}", apache.APLOG_INFO)
    return apache.OK


def outputfilter(flt):
    while data := flt.read():
        flt.write(data.upper())
    if data is None:
        flt.close()


def handler(req):
    """A page that a handler writes, through mod_include."""
    req.content_type = "text/html"
    req.add_output_filter("INCLUDES")
    req.mine = "the handler's"
    req.write('<!--#python eval="filter.req.mine" -->')
    return apache.OK
