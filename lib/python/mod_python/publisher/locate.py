"""From the request to a module file and the path of an object inside it.

httpd has usually split the URL into `req.filename` and `req.path_info`; inside a Location it has not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from mod_python.constants import HTTP_NOT_FOUND
from mod_python.errors import SERVER_RETURN
from mod_python.publisher.protocol import Request
from mod_python.text import encode

DEFAULT = "index"


class Place(NamedTuple):
    """A module file and the names to follow in it, separated by slashes or dots."""

    file: str
    names: str


def locate(req: Request) -> Place:
    """Find the module file that `req` names, and note the split in `req.filename` and `req.path_info`.

    Candidates in order: the named module; the `index` module of the named directory; the named module with any
    extension discarded; the name as an object of the `index` module beside it.

    Raises `SERVER_RETURN` with 404 when none of them is a regular file, or a link that httpd would follow. Source: the
    publishing algorithm of the manual; defect D48.
    """
    given = req.filename, req.path_info or ""  # httpd has looked at this file
    filename, rest = given[0] or _below_document_root(req), given[1]
    while filename.startswith("/"):  # others are nothing that httpd mapped to a file, such as "proxy:..."
        place = _first(req, candidates(filename, rest, _stem(req, filename.rpartition("/")[2])), given[0])
        if place is not None:
            _note(req, given, (place.file, rest))
            return place
        filename, rest = _shorter(req, filename, rest)
    raise SERVER_RETURN(HTTP_NOT_FOUND)


def _first(req: Request, found: Candidates, looked_at: str | None) -> Place | None:
    """Return the first place there is; one that httpd has not `looked_at` may be a link that it does not follow."""
    index = req._first_file(found.files, 0)
    while index >= 0:
        place = found.places[index]
        if place.file == looked_at or req._may_open(place.file):
            return place
        index = req._first_file(found.files, index + 1)
    return None


def _shorter(req: Request, filename: str, rest: str) -> tuple[str, str]:
    """Return filename and path_info split one name earlier; no filename once its directory exists."""
    parent, name = os.path.split(filename)
    return ("", "") if os.path.isdir(parent) or not _may_climb(req, parent) else (parent, f"/{name}{rest}")


class Candidates(NamedTuple):
    """Places, best first, and their files as `Request._first_file` wants them."""

    places: tuple[Place, ...]
    files: bytes


@lru_cache(maxsize=64)  # few, since clients choose how long each is
def candidates(filename: str, rest: str, stem: str) -> Candidates:
    """Return the places a file name can mean; `stem` is its last component without known extension."""
    places = tuple(_candidates(filename, rest, stem))
    try:
        return Candidates(places, b"".join(encode(place.file, "file") + b"\0" for place in places))
    except ValueError:  # NUL, which no name of a file has, or a surrogate that stands for no byte
        return Candidates((), b"")


def _candidates(filename: str, rest: str, stem: str) -> Iterator[Place]:
    directory, name = os.path.split(filename)
    inner = _names(rest)
    if not name:
        yield Place(_module(directory, DEFAULT), inner or DEFAULT)
        return
    if not hidden(stem):
        yield Place(_module(directory, stem), inner or DEFAULT)
        yield Place(_module(filename, DEFAULT), inner or DEFAULT)
        if "." in stem:
            yield Place(_module(directory, os.path.splitext(stem)[0]), inner or DEFAULT)
    yield Place(_module(directory, DEFAULT), f"{stem}/{inner}" if inner else stem)


def hidden(name: str) -> bool:
    """Whether a component of a URL may name nothing at all: it is empty, private, or a dot file."""
    return name[:1] in {"", "_", "."}


def within(path: str, directory: str) -> bool:
    """Whether `path` is `directory` or lies below it; both are plain text, nothing is looked up."""
    return f"{path}/".startswith(f"{directory.rstrip('/')}/")


def _below_document_root(req: Request) -> str:
    return f"{req.document_root().rstrip('/')}/{req.uri.lstrip('/')}"


def _may_climb(req: Request, parent: str) -> bool:
    """Whether `parent` may be taken for the file: its directory must not lie above the document root, nor be /."""
    root, directory = req.document_root(), os.path.dirname(parent)
    return within(directory, root) if within(parent, root) else directory not in {"", "/"}


def _stem(req: Request, name: str) -> str:
    """Drop the one extension that the configuration maps to Python."""
    if "." not in name:
        return name
    for extension in _mapped(req.get_addhandler_exts()):
        if name.endswith(extension):
            return name.removesuffix(extension)
    return name.removesuffix(req.extension or "")


@lru_cache(maxsize=16)
def _mapped(extensions: str) -> list[str]:
    return [".py", *(f".{extension}" for extension in extensions.split())]


def _names(path_info: str) -> str:
    return path_info.removeprefix("/").removesuffix("/")


def _module(directory: str, name: str) -> str:
    return os.path.normpath(os.path.join(directory, f"{name}.py"))


def _note(req: Request, given: tuple[str | None, str], found: tuple[str, str]) -> None:
    if found[0] != given[0]:
        req.filename = found[0]
    if found[1] != given[1]:
        req.path_info = found[1]
