"""How the names of a page came to be: defined in it, or imported from another module.

Read from the syntax tree when a page is loaded, because a plain value does not know where it comes from.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

_MISSING: Final = object()
_NESTED = (ast.stmt, ast.excepthandler, ast.match_case)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Bindings(NamedTuple):
    """Names bound at the top level of one page."""

    defined: frozenset[str] = frozenset()
    """Names of `def` and `class` statements."""
    imported: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """Local name to (module, name there) of every `from module import name as local`."""
    stars: tuple[str, ...] = ()
    """Modules of `from module import *`."""

    def source(self, name: str, value: object) -> ModuleType | None:
        """Return the module that `value` was imported from under `name`, or `None` when it was not imported."""
        origins = [(module, name) for module in self.stars]
        if name in self.imported:
            origins.append(self.imported[name])
        modules = [(sys.modules.get(module), there) for module, there in origins]
        return next((m for m, there in modules if m is not None and getattr(m, there, _MISSING) is value), None)


_PAGES: WeakKeyDictionary[ModuleType, Bindings] = WeakKeyDictionary()


def remember(page: ModuleType, tree: ast.Module) -> None:
    """Keep the bindings that `tree` makes, for as long as `page` lives."""
    _PAGES[page] = _read(tree)


def bindings(page: object) -> Bindings:
    """Return the bindings of a page; there are none for anything else."""
    return _PAGES.get(page, Bindings()) if isinstance(page, ModuleType) else Bindings()


def _read(tree: ast.Module) -> Bindings:
    statements = list(_statements(tree))
    imports = [s for s in statements if isinstance(s, ast.ImportFrom) and s.module]
    names = [(str(s.module), alias) for s in imports for alias in s.names]
    return Bindings(
        defined=frozenset(s.name for s in statements if isinstance(s, _DEFINITIONS)),
        imported={alias.asname or alias.name: (module, alias.name) for module, alias in names},
        stars=tuple(module for module, alias in names if alias.name == "*"),
    )


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements below `node` that run with it, so not those inside functions and classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _NESTED):
            yield child
            if not isinstance(child, _DEFINITIONS):
                yield from _statements(child)
