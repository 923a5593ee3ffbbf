"""Where an object was defined: in the document tree, or elsewhere.

What a page imports from the standard library or site-packages is not meant for the web (decision A7).
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import NamedTuple

from mod_python.publisher.bindings import bindings
from mod_python.publisher.layers import layers
from mod_python.publisher.locate import within
from mod_python.publisher.pages import page_cache
from mod_python.publisher.protocol import Request

_PACKAGES = {"site-packages", "dist-packages"}
_LIBRARIES = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}


class Tree(NamedTuple):
    """The document tree around a page: the document root, the directory of the handler directive, and the page's."""

    req: Request
    page: object

    def exports(self, name: str, value: object) -> bool:
        """Whether the page means to publish `value` as `name`: it defines it, or took it from the document tree."""
        bound = bindings(self.page)
        if callable(value):
            return name in bound.defined or self.defines(value)
        source = bound.source(name, value)
        return source is None or self._contains(source.file)

    def defines(self, obj: object) -> bool:
        """Whether `obj`, or a function it wraps, or else its class, is defined in the document tree."""
        return any(self._contains(_origin(layer)) for layer in layers(obj))

    def _contains(self, file: str | None) -> bool:
        if file is None or file == _module_file(self.page):
            return file is not None
        path = os.path.realpath(file)
        return self._covers(path) and not _is_library(path)

    def _covers(self, path: str) -> bool:
        hlist = self.req.hlist
        roots = [self.req.document_root(), os.path.dirname(_module_file(self.page) or "")]
        if hlist is not None and not hlist.is_location:
            roots.append(hlist.directory or "")
        return any(within(path, os.path.realpath(root)) for root in roots if root)


def _origin(obj: object) -> str | None:
    """Return the file that defines a function, a class, or the class of an instance."""
    if isinstance(obj, FunctionType):
        return _file(obj.__globals__)
    name = (obj if isinstance(obj, type) else type(obj)).__module__
    return _module_file(sys.modules.get(name) or page_cache.module(name))


def _module_file(module: object) -> str | None:
    return _file(vars(module)) if isinstance(module, ModuleType) else None


def _file(namespace: Mapping[str, object]) -> str | None:
    file = namespace.get("__file__")
    return file if isinstance(file, str) else None


def _is_library(path: str) -> bool:
    return not _PACKAGES.isdisjoint(PurePath(path).parts) or any(within(path, library) for library in _LIBRARIES)
