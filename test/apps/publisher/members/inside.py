"""Protection of single functions, from within."""

# ruff: noqa: N807, RET505, F841 - as the manual shows it


def sensitive(req):

    def __auth__(req, user, password):
        if user == "spam" and password == "eggs":
            # let them in
            return 1
        else:
            # no access
            return 0

    # something involving sensitive information
    return "sensitive information"


def closed(req):
    __access__ = 0
    return "nobody reads this"


def open(req):
    return "open to all"


def a_list_inside(req):
    __access__ = ["eggs"]
    return "nobody reads this"
