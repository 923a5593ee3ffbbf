"""How the names of a page came to be: defined in it, or imported from another module.

Read from the syntax tree when a page is loaded, because a plain value does not know where it comes from.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Final, NamedTuple

_MISSING: Final = object()
_NESTED = (ast.stmt, ast.excepthandler, ast.match_case)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

# Where a page keeps its bindings: they may refer back to it, and so are collected with it. The name is hidden.
_ATTRIBUTE: Final = "__mod_python_bindings__"


class Import(NamedTuple):
    """A value, and the file of the module it was imported from, `None` for a built-in one."""

    value: object
    file: str | None


class Bindings(NamedTuple):
    """Names bound at the top level of one page."""

    defined: frozenset[str] = frozenset()
    """Names of `def` and `class` statements which no import binds, too."""
    imports: Mapping[str, Import] = MappingProxyType({})
    """Names that stood for something imported when the page had been executed."""

    def source(self, name: str, value: object) -> Import | None:
        """Return where `value` was imported from under `name`, or `None` when it was not imported."""
        known = self.imports.get(name)
        return known if known is not None and known.value is value else None


def remember(page: ModuleType, tree: ast.Module) -> None:
    """Keep the bindings that `tree` has made, for as long as `page` lives.

    To be called as soon as `page` has been executed: what its sources assign or reload later would make the values
    that they gave before look like the page's own.
    """
    statements = list(_statements(tree))
    imports = [s for s in statements if isinstance(s, ast.ImportFrom) and s.module]
    aliases = {alias.asname or alias.name for s in imports for alias in s.names}
    defined = frozenset(s.name for s in statements if isinstance(s, _DEFINITIONS))
    vars(page)[_ATTRIBUTE] = Bindings(defined - aliases, dict(_imported(page, imports)))


def bindings(page: object) -> Bindings:
    """Return the bindings of a page; there are none for anything else."""
    return vars(page).get(_ATTRIBUTE, Bindings()) if isinstance(page, ModuleType) else Bindings()


def _imported(page: ModuleType, statements: list[ast.ImportFrom]) -> Iterator[tuple[str, Import]]:
    for statement in statements:
        module = sys.modules.get(str(statement.module))
        for name, there in _aliases(page, module, statement):
            value = vars(page).get(name, _MISSING)
            if value is not _MISSING and getattr(module, there, None) is value:
                yield name, Import(value, getattr(module, "__file__", None))


def _aliases(page: ModuleType, module: ModuleType | None, statement: ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Yield (name in the page, name in the module); for `*`, whatever both have."""
    for alias in statement.names:
        if alias.name != "*":
            yield alias.asname or alias.name, alias.name
        elif module is not None:
            yield from ((name, name) for name in vars(page).keys() & vars(module).keys())


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements below `node` that run with it, so not those inside functions and classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _NESTED):
            yield child
            if not isinstance(child, _DEFINITIONS):
                yield from _statements(child)
