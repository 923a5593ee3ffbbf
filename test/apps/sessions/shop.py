"""A handler that keeps a session: the last component of the URL says what happens to it."""

import json
import os

from mod_python import Session, apache, util


def handler(req):
    action = req.uri.rsplit("/", 1)[-1]
    return ACTIONS[action](req) or apache.OK


def answer(req, **facts):
    req.content_type = "application/json"
    req.write(json.dumps({"pid": os.getpid(), **facts}))


def session(req, **options):
    """The session as the query string wants it: secrets, a timeout, no lock."""
    query = util.parse_qs(req.args or "")
    if "secret" in query:
        options["secret"] = query["secret"]
    if "lock" in query:
        options["lock"] = int(query["lock"][0])
    return Session.Session(req, **options)


def visit(req):
    """Count the visits."""
    kept = session(req)
    kept["visits"] = kept.get("visits", 0) + 1
    kept.save()
    kept.unlock()
    answer(req, visits=kept["visits"], new=kept.is_new(), id=kept.id(), type=type(kept).__name__)


def look(req):
    """Say what is in the session, and change nothing."""
    kept = session(req)
    answer(req, new=kept.is_new(), id=kept.id(), **kept)


def wait(req):
    """Take the session, say so, and keep it until the client has sent the request's body."""
    kept = session(req)
    answer(req, visits=kept.get("visits", 0))
    req.flush()
    req.read()


def stay(req):
    """As `visit`, but occupy this child until the client has sent the request's body; others may have the session."""
    visit(req)
    req.flush()
    req.read()


def login(req):
    kept = session(req)
    kept["user"] = "eggs"
    answer(req, old=kept.id(), new=kept.regenerate())


def logout(req):
    session(req).invalidate()


def age(req):
    """Store the session so that it has expired already."""
    kept = session(req)
    kept["visits"] = 1
    kept.set_timeout(-1)
    kept.save()
    answer(req, id=kept.id())


def sweep(req):
    session(req, sid=0).cleanup()


def twice(req):
    """The same session two times in one request, and another one beside it."""
    first = session(req)
    first.save()
    second = Session.Session(req, sid=first.id())
    other = Session.Session(req)
    answer(req, same=first.id() == second.id(), new=second.is_new(), others=other.id() == first.id())


def fail(req):
    session(req).save()
    return apache.HTTP_NOT_FOUND


def unprintable(req):
    """Something that the serializer cannot hold."""
    kept = session(req)
    kept["value"] = lambda: None if req.args == "lambda" else {1}
    kept.save()


ACTIONS = {
    function.__name__: function
    for function in (visit, look, wait, stay, login, logout, age, sweep, twice, fail, unprintable)
}
