"""The names that `mod_python.publisher` offers, used directly."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from mod_python import publisher
from mod_python.constants import HTTP_NOT_FOUND, OK
from mod_python.errors import SERVER_RETURN
from publishing import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path).page("class Thing:\n    def say(self, req): return req.method\nthing = Thing()")


def test_the_handler_returns_ok(site: Site) -> None:
    assert publisher.handler(site.prepare("/m/thing/say")) == OK


def test_the_file_name_of_the_request_becomes_that_of_the_module(site: Site) -> None:
    assert site.get("/m/thing/say").req.filename == str(site.root / "m.py")


@pytest.mark.parametrize("path", ["thing.say", "thing/say"])
def test_resolve_object_and_publish_object(site: Site, path: str) -> None:
    req = site.prepare("/m")
    target = publisher.resolve_object(req, publisher.get_page(req, "m.py"), path)
    assert publisher.publish_object(req, target) is True
    assert bytes(req.written) == b"GET"


def test_resolve_object_starts_at_any_object(site: Site) -> None:
    req = site.prepare("/m")
    thing = publisher.get_page(req, "m.py").thing
    with pytest.raises(SERVER_RETURN) as answer:
        publisher.resolve_object(req, thing, "nothing")
    assert answer.value.result == HTTP_NOT_FOUND


def test_publish_object_tells_that_there_was_nothing_to_send(site: Site) -> None:
    assert publisher.publish_object(site.prepare("/m"), None) is False


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (publisher.handler, ["req"]),
        (publisher.get_page, ["req", "path"]),
        (publisher.process_auth, ["req", "object", "realm", "user", "passwd"]),
        (publisher.publish_object, ["req", "object"]),
        (publisher.resolve_object, ["req", "obj", "object_str", "realm", "user", "passwd"]),
    ],
)
def test_signatures_are_the_documented_ones(function: object, parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters  # type: ignore[arg-type]
