"""Pages from files and strings: their includes, and a cache of what they were compiled to.

A cached page is as good as its files: it is dropped when the page or a page it includes has another time or size.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Final

from mod_python.psp.codegen import generate
from mod_python.psp.lexer import Include, Origin, ParseError, Token, decode, lex
from mod_python.psp.program import Program
from mod_python.threadlock import Lock

STRING_PAGE: Final = "<PSP string>"
LARGEST: Final = 4 * 1024 * 1024
_DEEPEST: Final = 20
_CAPACITY: Final = 512

_Stamp = tuple[int, int]


@dataclass(frozen=True)
class Page:
    """A compiled page, and the time and size of every file it was made from."""

    program: Program
    code: CodeType
    stamps: dict[str, _Stamp]

    @cached_property
    def names(self) -> frozenset[str]:
        """The global names and attribute names that the page mentions, in nested functions too."""
        return frozenset(_names(self.code))

    def is_current(self) -> bool:
        """Tell whether no file has changed since."""
        return all(_stamp_now(path) == stamp for path, stamp in self.stamps.items())


class Translation:
    """One translation of a page: `program`, and of every file read on the way its `sources` and `stamps`.

    Includes are relative to `directory`. With `root` none may lie outside that directory, symbolic links resolved.
    What is included, counted each time that it is, has `largest` characters at most: a few files that include each
    other twice would fill the memory. Raises `ParseError` for a page that includes itself, too many
    levels of others or too much, `OSError` for a file that cannot be read, `UnicodeDecodeError` for one that is not
    UTF-8.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a page, and what its includes may do
        self, filename: str, source: str | bytes | None, directory: str, root: str = "", largest: int = LARGEST
    ) -> None:
        self.sources: dict[str, str] = {}
        self.stamps: dict[str, _Stamp] = {}
        self._directory = directory
        self._root = os.path.realpath(root) if root else None
        self._largest = largest
        self._size = 0
        if source is None:
            self._read(filename)
        else:
            self.sources[filename] = decode(source)
        self.program = generate(self._tokens(filename, ()), filename)

    def page(self) -> Page:
        """Compile the page. Raises `SyntaxError`, or a subclass, that names the file and line."""
        return Page(self.program, self.program.compile(), self.stamps)

    def _tokens(self, filename: str, outer: tuple[str, ...]) -> Iterator[Token]:
        including = (*outer, os.path.realpath(filename))
        for token in lex(self.sources[filename], filename):
            if isinstance(token, Include):
                path = self._included(token, filename, including)
                yield Origin(1, path)
                yield from self._tokens(path, including)
                yield Origin(token.line, filename)
            else:
                yield token

    def _included(self, token: Include, filename: str, including: tuple[str, ...]) -> str:
        """Read an included file unless that was done already, and return its path."""
        path = os.path.join(self._directory, token.source)
        real = os.path.realpath(path)
        if real in including:
            raise ParseError(f"{token.source} includes itself", filename, token.line)
        if len(including) > _DEEPEST:
            raise ParseError(f"{token.source} is included too deeply", filename, token.line)
        if self._root and os.path.commonpath((self._root, real)) != self._root:
            raise ParseError(f"{token.source} is outside mod_python.psp.include_root", filename, token.line)
        if path not in self.sources:
            try:
                self._read(path)
            except OSError as error:
                reason = error.strerror or str(error)
                raise ParseError(f"{token.source} cannot be included: {reason}", filename, token.line) from None
        self._size += len(self.sources[path])
        if self._size > self._largest:
            excess = f"{token.source} makes what is included exceed mod_python.psp.max_size, {self._largest} characters"
            raise ParseError(excess, filename, token.line)
        return path

    def _read(self, path: str) -> None:
        _check_regular(path)
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
        self.stamps[path] = (status.st_mtime_ns, status.st_size)
        try:
            self.sources[path] = decode(content)
        except UnicodeDecodeError as error:
            error.reason += f" in {path}"
            raise


class Cache:
    """The least recently used pages make room for new ones; safe for threads."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Hashable) -> Page | None:
        """Return the page kept under that key, which becomes the most recently used one."""
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def put(self, key: Hashable, page: Page) -> None:
        """Keep a page."""
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            while len(self._pages) > self._capacity:
                self._pages.popitem(last=False)


CACHE: Final = Cache()


def load(  # noqa: PLR0913, PLR0917 - those of Translation, and one
    filename: str,
    source: str | bytes | None,
    directory: str,
    root: str = "",
    largest: int = LARGEST,
    reload: bool = True,
) -> Page:
    """Return the compiled page, from the cache when that is current or `reload` is false.

    `source` is the page itself, or `None` to read the file. Raises what `Translation` and its `page` raise.
    """
    key = (filename, source, directory, root, largest)
    page = CACHE.get(key)
    if page is None or (reload and not page.is_current()):
        page = Translation(filename, source, directory, root, largest).page()
        CACHE.put(key, page)
    return page


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _check_regular(path: str) -> None:
    """Refuse what might block when it is opened, or never end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise FileNotFoundError(f"{path} is not a regular file")


def _stamp_now(path: str) -> _Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
