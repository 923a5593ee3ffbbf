"""The access handler: who has a ticket passes, others are sent to the login page, and come back from there."""

from urllib.parse import quote

import ticket

from mod_python import apache


def accesshandler(req):
    user = ticket.user_of(req)
    if user is None:
        return ask_to_log_in(req)
    req.user, req.ap_auth_type = user, "SSO"
    req.err_headers_out["Cache-Control"] = "private"  # no proxy shows this page to anybody else
    return apache.OK


def ask_to_log_in(req):
    """A redirect, for people who look at pages; a program that sends data is refused."""
    if req.method not in ("GET", "HEAD"):
        return apache.HTTP_FORBIDDEN
    req.err_headers_out["Location"] = "/login?next=" + quote(req.unparsed_uri, safe="")
    req.err_headers_out["Cache-Control"] = "no-store"
    return apache.HTTP_SEE_OTHER
