"""A REST service, as a handler: what HTTP says about methods, conditions and errors, and JSON around it.

Errors are problem details (RFC 9457); conditions are those of RFC 9110, section 13, which httpd evaluates.
"""

import json
import re
from http import HTTPStatus
from urllib.parse import parse_qs

from notes import Notes

from mod_python import apache

PAGE = 100  # notes in one answer
LONGEST = 10_000  # characters of a note


class Problem(Exception):
    """An answer that is an error: its status, and what was wrong in a sentence."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail


# -- the methods: (req, notes, numbers in the URI) to what is answered -----------------------------------------


def list_notes(req, notes):
    """A page of the notes; `next` is where the list goes on."""
    after = parse_qs(req.args or "").get("after", ["0"])[-1]
    if not re.fullmatch("[0-9]{1,18}", after):
        raise Problem(400, "after is not the number of a note")
    page = notes.after(int(after), PAGE)
    following = f"/notes?after={page[-1].number}" if len(page) == PAGE else None
    return send(req, {"notes": [shown(note) for note in page], "next": following})


def create(req, notes):
    note = notes.add(text_of(req))
    req.headers_out["Location"] = f"/notes/{note.number}"
    return send_note(req, note, HTTPStatus.CREATED)


def show(req, notes, number):
    note = found(notes, number)
    req.headers_out["ETag"] = etag(note)
    if status := req.meets_conditions():  # 304, when the client has this version already
        return status
    return send_note(req, note)


def replace(req, notes, number):
    note = to_change(req, notes, number)
    return send_note(req, still_unchanged(notes.replace(note, text_of(req))))


def delete(req, notes, number):
    still_unchanged(notes.delete(to_change(req, notes, number)))
    req.status = apache.HTTP_NO_CONTENT
    return apache.OK


ROUTES = {
    "/notes/?": {"GET": list_notes, "POST": create},
    "/notes/([0-9]{1,18})": {"GET": show, "PUT": replace, "DELETE": delete},
}


# -- conditions ------------------------------------------------------------------------------------------------


def etag(note):
    return f'"{note.version}"'


def found(notes, number):
    note = notes.get(int(number))
    if note is None:
        raise Problem(404, f"there is no note {number}")
    return note


def to_change(req, notes, number):
    """The note, if the client says that it knows the version that is to be changed."""
    note = found(notes, number)
    if "If-Match" not in req.headers_in:
        raise Problem(428, "say in If-Match which version you want to change: its ETag")
    req.headers_out["ETag"] = etag(note)
    if req.meets_conditions():
        still_unchanged(None)
    return note


def still_unchanged(note):
    if note is None:
        raise Problem(412, "the note is not the one of your If-Match any more")
    return note


# -- JSON ------------------------------------------------------------------------------------------------------


def text_of(req):
    """The text in the body of the request, `{"text": "…"}`."""
    if req.headers_in.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "send application/json")
    try:
        value = json.loads(req.read())
    except (ValueError, RecursionError):
        raise Problem(400, "the body is not JSON") from None
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or re.search("[\ud800-\udfff]", text):
        raise Problem(422, f"a note is an object whose text has 1 to {LONGEST} characters")
    return text


def shown(note):
    return {"href": f"/notes/{note.number}", "text": note.text}


def send_note(req, note, status=HTTPStatus.OK):
    req.headers_out["ETag"] = etag(note)
    return send(req, shown(note), status)


def send(req, value, status=HTTPStatus.OK, kind="application/json"):
    body = json.dumps(value).encode() + b"\n"
    req.status = status
    req.content_type = kind
    req.set_content_length(len(body))
    req.write(body)
    return apache.OK


def send_problem(req, status, detail):
    value = {"status": status, "title": HTTPStatus(status).phrase, "detail": detail}
    return send(req, value, status, "application/problem+json")


# -- the handler -----------------------------------------------------------------------------------------------


def handler(req):
    try:
        return answer(req, Notes(req.get_options()["notes.database"]))
    except Problem as problem:
        return send_problem(req, problem.status, problem.detail)
    except apache.SERVER_RETURN as refusal:  # of req.read: a body that is too large, or cut off
        return send_problem(req, refusal.args[0], "the body cannot be read")


def answer(req, notes):
    methods, numbers = route(req.uri)
    allowed = ", ".join(sorted({"HEAD", "OPTIONS", *methods}))
    if req.method == "OPTIONS":
        req.headers_out["Allow"] = allowed
        req.status = apache.HTTP_NO_CONTENT
        return apache.OK
    method = methods.get("GET" if req.header_only else req.method)
    if method is None:
        req.headers_out["Allow"] = allowed
        raise Problem(405, f"here are {allowed}")
    return method(req, notes, *numbers)


def route(uri):
    """The methods at this URI, and the numbers in it."""
    for pattern, methods in ROUTES.items():
        if match := re.fullmatch(pattern, uri):
            return methods, match.groups()
    raise Problem(404, "there is nothing but /notes and /notes/NUMBER")
