"""Targets: server pages, names of handlers, published objects, the debug page's masks, lines of a configuration."""

from __future__ import annotations

import functools
import re
import tempfile
from pathlib import Path
from types import ModuleType

from fakes import FakeRequest, FakeTable
from mod_python.conftree import Directive
from mod_python.debugpage.masking import Masker
from mod_python.octets import to_str
from mod_python.psp.lexer import decode
from mod_python.psp.pages import Translation
from mod_python.resolve import resolve_object, split_handler
from publishing import Site

HIDDEN = "c0ffee5ec7e7"
PAGE = f"""
import logging, os
from string import Formatter
from types import SimpleNamespace
_hidden = "{HIDDEN}"
log = logging.getLogger("{HIDDEN}")
class Thing:
    __secret = _private = _hidden
    number = 1
    def method(self): return "method"
    def locked(self): return _hidden
    locked.__auth__ = {{"user": _hidden}}
thing = Thing()
items = {{"a": 1}}
text = "text {{0.__class__}}"
def index(req, a="", *rest): return a
def generate(secret="{HIDDEN}"): yield "x"
"""


@functools.cache
def directory() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def psp(data: bytes) -> None:
    """A page is translated, or has an error that names its line; text is sent as it stands."""
    try:
        page = Translation("page", data, f"{directory()}/", root=str(directory())).page()
    except (SyntaxError, UnicodeDecodeError, OSError):
        return
    if b"<%" not in data:
        req = FakeRequest()
        page.program.execute(page.code, {"req": req})
        assert bytes(req.written).decode() == decode(data)


def handler_name(data: bytes) -> None:
    """The name of a handler leads to an object of its module, or to `AttributeError`."""
    module = ModuleType("site")
    module.__dict__.update(handler=len, Handler=type("Handler", (), {"__init__": lambda self, req: None, "content": 1}))
    name, path = split_handler(to_str(data), "handler")
    assert "::" not in name
    try:
        resolve_object(module, path, None)
    except (AttributeError, TypeError):
        assert path != "handler"


@functools.cache
def site() -> Site:
    return Site(directory()).page(PAGE)


def published(data: bytes) -> None:
    """Whatever path and credentials a client sends, it sees nothing hidden and no error."""
    path, _, authorization = to_str(data).partition("\n")
    url, _, args = path.partition("?")
    response = site().get("/m", path_info=f"/{url}", args=args, **login(authorization))
    assert response.status in {200, 400, 401, 404, 413}, response.status
    assert HIDDEN not in response.body.decode("latin-1")


def login(authorization: str) -> dict[str, object]:
    return {"headers_in": FakeTable({"Authorization": authorization})} if authorization else {}


def debug_page(data: bytes) -> None:
    """Neither control characters nor the secrets of the request get onto the page."""
    text = to_str(data)
    shown = Masker([("Cookie", f"sid={HIDDEN}")]).text(f"{text}{HIDDEN}{text}")
    assert HIDDEN not in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", shown)


def directive(data: bytes) -> None:
    """A directive is one line, whatever its arguments."""
    try:
        line = str(Directive("PythonOption", to_str(data).split("\t")))
    except ValueError:
        return
    assert line.endswith("\n") and not re.search("[\r\n\0]", line[:-1])
