"""Those who decide who may enter, well or badly; the content that they guard is "secret"."""

import hashlib

from mod_python import apache


def content(req):
    req.content_type = "text/plain"
    req.write(f"secret for {req.user}")
    return apache.OK


def password(req):
    """Phase handler: eggs may enter with the password spam."""
    if (req.get_basic_auth_pw(), req.user) == ("spam", "eggs"):
        return apache.OK
    return apache.HTTP_UNAUTHORIZED


def own_challenge(req):
    req.err_headers_out["WWW-Authenticate"] = 'Bearer realm="own"'
    return apache.HTTP_UNAUTHORIZED


def nobody(req):
    return apache.OK  # who?


def decline(req):
    return apache.DECLINED


def ok(req):
    return apache.OK


def forbid(req):
    return apache.HTTP_FORBIDDEN


# -- providers: httpd asks about a user


def check_password(req, user, password):
    return password == "spam" if user in {"eggs", "käse"} else None


def get_realm_hash(req, user, realm):
    return hashlib.md5(f"{user}:{realm}:spam".encode()).hexdigest() if user == "eggs" else None


# -- requirements: httpd asks about a request


def yes(req):
    return True


def no(req):
    return False


def neutral(req):
    return None


def is_user(req, *names):
    return req.user in names


def show(req, *arguments):
    req.err_headers_out["Arguments"] = "/".join(arguments)
    return True


# -- for any of them: what goes wrong


def fail(*arguments):
    raise ValueError("wrong")


def leave(*arguments):
    raise SystemExit(0)


def deep(*_):
    def deeper():  # a plain call, since some versions of Python do not count others
        return deeper()

    return deeper()


def none(*arguments):
    return None


def true(*arguments):
    return True


def one(*arguments):
    return 1


def text(*arguments):
    return "OK"


def empty(*arguments):
    return ""


def number(*arguments):
    return 42


def instead(*arguments):
    raise apache.SERVER_RETURN("OK")
