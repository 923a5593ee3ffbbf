"""The page cache: one module per file, executed from its source and again after every change.

Pages are found by file name, so same-named pages of different directories live side by side.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import NamedTuple

from mod_python import namesakes
from mod_python.constants import APLOG_NOTICE, APLOG_WARNING
from mod_python.publisher.bindings import remember
from mod_python.publisher.protocol import Request
from mod_python.threadlock import Lock

_Note = Callable[[str, int], None]
"""Takes a message and its level."""


class Stamp(NamedTuple):
    """What tells one state of a file from another."""

    mtime_ns: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        return cls(status.st_mtime_ns, status.st_size)


class Page:
    """A file, and the module made from it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lock = Lock()
        self.loaded: tuple[Stamp, ModuleType] | None = None

    def current(self, autoreload: bool) -> ModuleType | None:
        """Return the module, or `None` when it has to be made, or made anew."""
        loaded = self.loaded
        if loaded is None:
            return None
        stamp, module = loaded
        return None if autoreload and stamp != Stamp.of(os.stat(self.file)) else module

    def load(self) -> ModuleType:
        """Execute the file. The old module goes first: after a broken edit nobody is served yesterday's page."""
        self.loaded = None
        with open(self.file, "rb") as stream:
            stamp, source = Stamp.of(os.fstat(stream.fileno())), stream.read()
        module = execute(self.file, source)
        self.loaded = stamp, module
        return module


class PageCache:
    """Pages by file name; threads that want the same page wait for the one that executes it."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}
        self._thread = threading.local()

    def load(self, file: str, autoreload: bool = True, note: _Note | None = None) -> ModuleType:
        """Return the module of `file`, an absolute path.

        With `autoreload` a file whose modification time (ns) or size (bytes) changed is executed again. `note` is
        told when a file is about to be executed, and what may be wrong with it. Raises whatever the page raises, again
        at every call until the page is mended (decision A15, defect D44).
        """
        page = self._pages.get(file) or self._pages.setdefault(file, Page(file))
        module = page.current(autoreload)
        if module is not None:
            return module
        return self._wait_and_load(page, autoreload, note)

    def _wait_and_load(self, page: Page, autoreload: bool, note: _Note | None) -> ModuleType:
        """Wait for the thread that loads the page; not in a load inside a load: two could wait for each other."""
        loading: list[str] = self._thread.__dict__.setdefault("loading", [])
        if page.file in loading:
            raise ImportError(f"MP0221: page {page.file} loads itself", path=page.file)
        outer = loading[:]
        with nullcontext() if loading else page.lock:
            try:
                loading.append(page.file)
                return page.current(autoreload) or self._execute(page, note)
            finally:
                loading[:] = outer  # and not pop(): RequestTimeout may have come before append()

    def module(self, name: str) -> ModuleType | None:
        """Return the loaded page whose `__name__` is `name`."""
        modules = [page.loaded[1] for page in list(self._pages.values()) if page.loaded]
        return next((module for module in modules if module.__name__ == name), None)

    @staticmethod
    def _execute(page: Page, note: _Note | None) -> ModuleType:
        if note is None:
            return page.load()
        note(f"MP0220: (re)loading page {page.file}", APLOG_NOTICE)
        module = page.load()
        for sentence in namesakes.sentences(module, page.file):
            note(sentence, APLOG_WARNING)
        return module


def execute(file: str, source: bytes) -> ModuleType:
    """Run `source` as a new module, which does not stay in `sys.modules`."""
    module = ModuleType(re.sub(r"\W+", "_", file))
    module.__file__ = file
    tree = ast.parse(source, file)
    code = compile(tree, file, "exec", dont_inherit=True)
    with _registered(module):
        exec(code, vars(module))
    remember(module, tree)
    return module


@contextmanager
def _registered(module: ModuleType) -> Iterator[None]:
    """Be in `sys.modules` meanwhile: `dataclasses` and others look there for the module of a class being made."""
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.modules.pop(module.__name__, None)


page_cache = PageCache()  # every page of this interpreter, by the path of its file


def get_page(req: Request, path: str) -> ModuleType:
    """Return the published page `path` as a module, through the page cache.

    A relative `path` starts at the directory of the page that answers the request. The directives
    `PythonAutoReload` and `PythonDebug` apply. Raises `OSError` when there is no such file, and whatever the page
    raises.
    """
    return page_of(req, os.path.normpath(os.path.join(os.path.dirname(req.filename or ""), path)))


def page_of(req: Request, file: str) -> ModuleType:
    """Return the published page in `file`, an absolute path; for the rest as `get_page`."""

    def note(message: str, level: int) -> None:
        if level < APLOG_NOTICE or req._configuration.debug:
            req.log_error(message, level)

    return page_cache.load(file, req._configuration.autoreload, note)
