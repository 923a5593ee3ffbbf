"""A published page with something to hide."""

import logging
import os  # noqa: F401 - to be walked to

_hidden = "c0ffee"
log = logging.getLogger("c0ffee")


class Thing:
    __secret = _hidden
    number = 1

    def method(self):
        return "method"


thing = Thing()
items = {"a": 1}


def index(req, text=""):
    return text


def formatted(req, text=""):
    return f"<{text}>"


def generate(secret=_hidden):
    yield "generated"
