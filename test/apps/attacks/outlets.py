"""Sends the client's text by the outlet that the path names, as a careless site would."""

from urllib.parse import unquote

from mod_python import Cookie, apache, util


def add(req, text):
    req.headers_out.add("X-Text", text)


def err_header(req, text):
    req.err_headers_out["X-Text"] = text


def header(req, text):
    req.headers_out["X-Text"] = text


def header_name(req, text):
    req.headers_out[text] = "value"


def content_type(req, text):
    req.content_type = text


def status_line(req, text):
    req.status_line = f"200 {text}"


def cookie_value(req, text):
    Cookie.add_cookie(req, "name", text)


def cookie_name(req, text):
    Cookie.add_cookie(req, text, "value")


def cookie_path(req, text):
    Cookie.add_cookie(req, "name", "value", path=text)


def location(req, text):
    req.headers_out["Location"] = text
    raise apache.SERVER_RETURN(apache.HTTP_MOVED_TEMPORARILY)


def redirect(req, text):
    util.redirect(req, text)


def internal_redirect(req, text):
    req.internal_redirect(text)
    raise apache.SERVER_RETURN(apache.OK)


def allow(req, text):
    req.allow_methods([text])


def realm(req, text):
    req.err_headers_out["WWW-Authenticate"] = f'Basic realm="{text}"'
    raise apache.SERVER_RETURN(apache.HTTP_UNAUTHORIZED)


def message(req, text):
    req.log_error(text, apache.APLOG_WARNING)
    apache.log_error(text, apache.APLOG_WARNING)


def user(req, text):
    req.user = text
    req.log_error("about a user", apache.APLOG_WARNING)


def printed(req, text):
    print(text)


def raised(req, text):
    raise RuntimeError(text)


def handler(req):
    globals()[req.uri.rpartition("/")[2]](req, unquote(req.args))
    req.write("sent\n")
    return apache.OK


def application(environ, start_response):
    text = unquote(environ["QUERY_STRING"])
    if environ["PATH_INFO"] == "/status":
        start_response(f"200 {text}", [])
    else:
        start_response("200 OK", [("X-Text", text)])
    return [b"sent\n"]
