"""What handlers return; the query says which of them shall answer."""

from mod_python import apache


def fixuphandler(req):
    return globals()[req.args](req) if req.args != "own_status" else apache.OK


def handler(req):
    return own_status(req)


def _page(req, status):
    req.status = status
    req.write("own page")


def own_page(req):
    _page(req, 402)
    return apache.DONE


def own_status(req):
    _page(req, 404)
    return apache.OK


def status_and_result(req):
    req.status = 404
    return apache.HTTP_FORBIDDEN


def redirect(req):
    req.headers_out["Location"] = "/elsewhere"
    return apache.HTTP_MOVED_TEMPORARILY


def server_return(req):
    raise apache.SERVER_RETURN(apache.HTTP_GONE)


def server_return_status(req):
    req.write("own page", 0)
    raise apache.SERVER_RETURN(apache.DONE, 402)


def headers(req):
    req.headers_out["X-Out"] = "lost"
    req.err_headers_out["X-Err"] = "kept"
    return apache.HTTP_FORBIDDEN
