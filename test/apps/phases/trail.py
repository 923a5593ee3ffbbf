"""Handlers that leave a mark: the header Trail says which phases ran, and in which order."""

from mod_python import apache

SENT = {"PythonLogHandler", "PythonCleanupHandler"}  # these mark the error log, since the response is out


def mark(req, name):
    if req.phase in SENT:
        req.log_error(f"trail: {name}", apache.APLOG_INFO)
    else:
        req.err_headers_out["Trail"] = f"{req.err_headers_out.get('Trail', '')} {name}".lstrip()


def phase_name(req):
    return req.phase.removeprefix("Python").removesuffix("Handler") or "Handler"


def pass_by(req):
    mark(req, phase_name(req))
    return apache.DECLINED


inithandler = postreadrequesthandler = transhandler = maptostoragehandler = headerparserhandler = pass_by
accesshandler = authzhandler = typehandler = fixuphandler = loghandler = cleanuphandler = pass_by


def authenhandler(req):
    req.user = "eggs"
    pass_by(req)
    return apache.OK


def handler(req):
    pass_by(req)
    req.content_type = "text/plain"
    req.write(f"{req.hlist.directory}", 0)
    return apache.OK


def first(req):
    return scripted(req, "1", 0)


def second(req):
    return scripted(req, "2", 1)


def scripted(req, number, index):
    """The client's header named after the phase holds the results: "0 -1"."""
    results = req.headers_in.get(req.phase)
    if results:
        mark(req, f"{phase_name(req)}{number}")
    if req.phase == "PythonAuthenHandler":
        req.user = "eggs"
    return int(results.split()[index]) if results else default(req)


def default(req):
    if req.phase == "PythonHandler":
        req.write("content")
    return apache.OK if req.phase in {"PythonAuthenHandler", "PythonHandler"} else apache.DECLINED


def add(req):
    """The client's header Add names the phases in which handlers shall run, by name and as a callable."""
    for phase in req.headers_in.get("Add", "").split():
        req.add_handler(phase, "trail::added")
        req.add_handler(phase, lambda req: mark(req, f"{phase_name(req)}-callable") or apache.DECLINED)
    return apache.OK


def added(req):
    mark(req, f"{phase_name(req)}-name")
    return apache.DECLINED
