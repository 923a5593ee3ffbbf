"""What a call of an object ends in: the functions behind decorators, methods, partials and callable instances.

Protection, origin and method limits are looked for at every layer, so that a decorator does not hide them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

MISSING: Final[Any] = object()
_PLAIN = {FunctionType, ModuleType}


def layers(obj: object, outer: tuple[object, ...] = ()) -> Iterator[object]:
    """Yield `obj`, then what it wraps, outermost first. `outer` holds the layers around it, to stop at a cycle."""
    if any(obj is layer for layer in outer):
        return
    yield obj
    for inner in _inner(obj):
        yield from layers(inner, (*outer, obj))


def attribute(obj: object, name: str) -> Any:
    """Return an attribute, or `MISSING`. One that is there but fails to give its value raises what it raises."""
    return getattr(obj, name) if _is_there(obj, name) else getattr(obj, name, MISSING)


def is_called(obj: object) -> bool:
    """Whether publishing `obj` means calling it: it is callable and not a class."""
    return callable(obj) and not isinstance(obj, type)


def _inner(obj: Any) -> list[object]:
    if isinstance(obj, (type, ModuleType)):
        return []
    if isinstance(obj, MethodType):
        return [obj.__func__]
    if isinstance(obj, functools.partial):
        return [obj.func]
    wrapped = [obj.__wrapped__] if _is_there(obj, "__wrapped__") else []
    call = None if type(obj) in _PLAIN else inspect.getattr_static(type(obj), "__call__", None)
    return [*wrapped, call] if isinstance(call, FunctionType) else wrapped


def _is_there(obj: object, name: str) -> bool:
    """Whether an attribute exists, though it may fail to give its value; answers of `__getattr__` do not count."""
    if type(obj) in _PLAIN:
        return name in vars(obj)
    return inspect.getattr_static(obj, name, MISSING) is not MISSING
