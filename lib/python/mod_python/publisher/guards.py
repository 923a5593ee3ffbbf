"""`__auth__`, `__access__` and `__auth_realm__`: which of them an object has, at which layer.

Functions carry them as attributes or define them in their bodies; everything else has attributes.
"""

from __future__ import annotations

from types import FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from mod_python.publisher.layers import MISSING, attribute, layers
from mod_python.publisher.nested import defines_any, definitions

NAMES = ("__auth__", "__access__", "__auth_realm__")
_NAMES = frozenset(NAMES)
_IN_MODULES = _NAMES | {"__getattr__"}


class Guard(NamedTuple):
    """The three values found at one place; `MISSING` stands for a name that is not there."""

    auth: Any = MISSING
    access: Any = MISSING
    realm: Any = MISSING


NO_GUARD = Guard()


def guards(obj: object) -> list[Guard]:
    """Return all guards of `obj`, outermost layer first; each has to be passed.

    A decorator that copies attributes copies its function's guards, which count once.
    """
    if _has_none(obj):
        return []
    found = [guard for layer in layers(obj) for guard in _of_layer(layer)]
    unique = {tuple(map(id, guard)): guard for guard in found if guard != NO_GUARD}
    return list(unique.values())


def unguarded_function(page: object, name: str) -> FunctionType | None:
    """Return the function `name` that `page` itself defines, if there certainly are no guards before it.

    Most requests want such a function: one that is undecorated, on a page without guards. A page may have put one
    under any text; where a `name` is several steps, or none, there is none here.
    """
    if type(page) is not ModuleType or not name.isidentifier():
        return None
    namespace = vars(page)
    function = namespace.get(name)
    is_own = type(function) is FunctionType and function.__globals__ is namespace
    return function if is_own and _has_none(page) and _has_none(function) else None


def _has_none(obj: object) -> bool:
    """Whether the commonest objects, pages and undecorated functions, certainly have no guards."""
    if type(obj) is ModuleType:
        return vars(obj).keys().isdisjoint(_IN_MODULES)
    return type(obj) is FunctionType and not vars(obj) and not defines_any(obj, _NAMES)


def _of_layer(layer: object) -> list[Guard]:
    if isinstance(layer, MethodType):
        return []  # its function is the next layer, with the same attributes
    attributes = Guard(*(attribute(layer, name) for name in NAMES))
    return [attributes, _in_body(layer)] if isinstance(layer, FunctionType) else [attributes]


def _in_body(function: FunctionType) -> Guard:
    found = definitions(function, _NAMES)
    return Guard(*(found.get(name, MISSING) for name in NAMES))
