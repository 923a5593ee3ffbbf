from mod_python import apache


def authenhandler(req):
    password = req.get_basic_auth_pw()
    return apache.OK if (req.user, password) in {("eggs", "spam"), ("joe", "eoj")} else apache.HTTP_UNAUTHORIZED
