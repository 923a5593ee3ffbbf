"""Answers with its environment as JSON; what is not text is shown by its type."""

import itertools
import json

number = 5
builds = itertools.count(1)


def application(environ, start_response):
    shown = {key: value if isinstance(value, str | bool) else type(value).__name__ for key, value in environ.items()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(shown).encode()]


class Broken:
    @property
    def application(self):
        return self.secret  # which it has not


broken = Broken()


def make():
    """A factory: what it makes tells how many were made."""
    made = str(next(builds)).encode()

    def counting(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [made]

    return counting
