"""`req.requires()`: the Require lines that hold for a request.

httpd 2.4 keeps what it merged to itself, so the sections of the configuration tree are matched here as httpd does it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from mod_python.ffi import NULL, lib
from mod_python.fields import text_or_none
from mod_python.text import encode


class _Section(NamedTuple):
    rank: tuple[int, int, bool]
    """Its place in httpd's order of merging: by kind, depth of the directory, and whether in the virtual host."""
    lines: list[str]
    adds: bool
    """AuthMerging: to the lines of the sections before it, instead of replacing them."""


def required_of(r: Any) -> tuple[str, ...]:
    """The arguments of the Require lines that hold for a `request_rec *`, such as `"valid-user"`.

    Those of the most specific section, and with AuthMerging of others too. `.htaccess` and `<If>` are not looked at.
    """
    lines: list[str] = []
    for section in sorted(_sections(lib.ap_conftree, r, False), key=lambda section: section.rank):
        lines = [*lines, *section.lines] if section.adds else section.lines
    return tuple(lines)


def _siblings(directive: Any) -> Iterator[tuple[str, str, Any]]:
    """Name in lower case, arguments and the directive itself, of a directive and those after it."""
    while directive != NULL:
        yield (text_or_none(directive.directive) or "").lower(), text_or_none(directive.args) or "", directive
        directive = directive.next


def _sections(first: Any, r: Any, in_virtual_host: bool) -> Iterator[_Section]:
    """The matching sections that have Require lines, wherever they are nested."""
    for name, args, directive in _siblings(first):
        inside = directive.first_child
        if name == "<virtualhost" and _defines(directive, r.server):
            yield from _sections(inside, r, True)
        elif name in _KINDS:
            argument, is_regex = _argument(name, args)
            kind, matches = _KINDS[name]
            if matches(r, argument, is_regex):
                depth = _depth(argument, is_regex) if kind == _DIRECTORY else 0
                yield from _section((kind, depth, in_virtual_host), inside, r)
                yield from _sections(inside, r, in_virtual_host)


def _section(rank: tuple[int, int, bool], inside: Any, r: Any) -> Iterator[_Section]:
    lines = list(_lines(inside, text_or_none(r.method) or ""))
    merging = [args.lower() for name, args, _ in _siblings(inside) if name == "authmerging"]
    if lines:
        yield _Section(rank, lines, merging[-1:] in (["and"], ["or"]))


def _lines(first: Any, method: str) -> Iterator[str]:
    for name, args, directive in _siblings(first):
        methods = args.rstrip(">").upper().split()
        if name == "require":
            yield args
        elif (
            name.startswith("<require")
            or (name == "<limit" and method in methods)
            or (name == "<limitexcept" and method not in methods)
        ):
            yield from _lines(directive.first_child, method)


def _defines(directive: Any, server: Any) -> bool:
    """Whether this `<VirtualHost>` is the one that made `server`."""
    return bool(
        server.defn_line_number == directive.line_num
        and text_or_none(server.defn_name) == text_or_none(directive.filename)
    )


# -- does a section hold for the request? ---------------------------------------------------------------------


def _argument(name: str, args: str) -> tuple[str, bool]:
    """The argument of a section without quotes, and whether it is a regular expression."""
    text = args.removesuffix(">").strip()
    is_regex = name.endswith("match") or text.startswith("~")
    return text.removeprefix("~").strip().strip("\"'"), is_regex


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _depth(directory: str, is_regex: bool) -> int:
    return sys.maxsize if is_regex else len(_segments(directory))


def _regex_matches(pattern: str, text: str) -> bool:
    return bool(lib.mp_regex_matches(encode(pattern), encode(text)))


def _path_matches(path: str, pattern: str, is_regex: bool) -> bool:
    """Whether `pattern` names `path` or something above it; a wildcard stands for no slash."""
    if is_regex:
        return _regex_matches(pattern, path)
    wanted, actual = _segments(pattern), _segments(path)
    return len(wanted) <= len(actual) and all(map(fnmatchcase, actual, wanted))


def _directory_matches(r: Any, pattern: str, is_regex: bool) -> bool:
    return _path_matches(text_or_none(r.filename) or "", pattern, is_regex)


def _location_matches(r: Any, pattern: str, is_regex: bool) -> bool:
    return _path_matches(text_or_none(r.uri) or "", pattern, is_regex)


def _files_match(r: Any, pattern: str, is_regex: bool) -> bool:
    name = (text_or_none(r.filename) or "").rpartition("/")[2]
    return _regex_matches(pattern, name) if is_regex else fnmatchcase(name, pattern)


# httpd merges directories first, the deeper ones later and patterns last, then files, then locations.
_DIRECTORY, _FILES, _LOCATION = range(3)

_KINDS: dict[str, tuple[int, Callable[[Any, str, bool], bool]]] = {
    "<directory": (_DIRECTORY, _directory_matches),
    "<directorymatch": (_DIRECTORY, _directory_matches),
    "<files": (_FILES, _files_match),
    "<filesmatch": (_FILES, _files_match),
    "<location": (_LOCATION, _location_matches),
    "<locationmatch": (_LOCATION, _location_matches),
}
