"""Authentication as a phase of the request: the function decides alone who comes in."""

from accounts import check_password

from mod_python import apache


def authenhandler(req):
    password = req.get_basic_auth_pw()  # also sets req.user
    if password is not None and check_password(req, req.user, password):
        return apache.OK
    return apache.HTTP_UNAUTHORIZED
