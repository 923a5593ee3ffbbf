"""The work, as published functions."""


def hello(req):
    return "Hello, World!"


def form(req, **fields):
    return f"{len(fields)} fields"
