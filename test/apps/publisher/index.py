"""The manual's example for the publishing algorithm."""


def index(req):
    return "We are in index()"


def hello(req):
    return "We are in hello()"
