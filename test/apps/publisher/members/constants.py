__auth__ = 0


def hello(req):
    return "nobody reads this"
