"""Matches values by name to the arguments of a callable.

Source: the manual's chapter on the publisher ("Argument Matching and Invocation"); defects D13 and D16 in
docs/decisions.md.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Any

#: Annotations are none of our business, and those that only a type checker can evaluate must not raise.
_LAZY: dict[str, Any] = {}
if sys.version_info >= (3, 14):
    import annotationlib

    _LAZY["annotation_format"] = annotationlib.Format.FORWARDREF

_POSITIONAL_ONLY = frozenset({Parameter.POSITIONAL_ONLY})
_POSITIONAL = _POSITIONAL_ONLY | {Parameter.POSITIONAL_OR_KEYWORD}
_VARIADIC = frozenset({Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD})


class ArgumentError(TypeError):
    """The values do not fit the callable, which has not been called."""


def arguments(function: Callable[..., Any], values: Mapping[Any, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Selects from `values` what `function` accepts; returns positional and keyword arguments for it.

    Values that `function` does not name are left out unless it takes `**kwargs`. Keywords are used wherever `function`
    takes them, so that decorators see the names. A wrapper that passes its arguments on (`functools.wraps`) is matched
    by what it wraps. A `functools.partial` keeps the arguments it was given. A builtin that does not tell its
    signature gets no arguments.

    Raises `ArgumentError` when a mandatory argument is missing, `TypeError` when `function` is not callable.
    """
    own = _signature(function, follow_wrapped=False)
    if own is None:
        return [], {}
    wanted = (_signature(function) or own) if _passes_on(own) else own
    selected = _select(function, wanted, values)
    by_keyword = _arrange(wanted, selected, _POSITIONAL_ONLY)
    by_position = _arrange(wanted, selected, _POSITIONAL)
    return by_keyword if _binds(own, *by_keyword) or not _binds(own, *by_position) else by_position


def _signature(function: Callable[..., Any], *, follow_wrapped: bool = True) -> Signature | None:
    try:
        return inspect.signature(function, follow_wrapped=follow_wrapped, **_LAZY)
    except ValueError:
        return None


def _passes_on(signature: Signature) -> bool:
    return any(parameter.kind in _VARIADIC for parameter in signature.parameters.values())


def _select(function: Any, wanted: Signature, values: Mapping[Any, Any]) -> dict[str, Any]:
    parameters = wanted.parameters.values()
    taken = _taken(function, wanted)
    free = {name: value for name, value in values.items() if isinstance(name, str) and name not in taken}
    named = [parameter for parameter in parameters if parameter.kind not in _VARIADIC]
    missing = [p.name for p in named if p.default is Parameter.empty and p.name not in free]
    if missing:
        raise ArgumentError(f"{_name(function)}() misses {', '.join(map(repr, missing))}")
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        return free
    return {parameter.name: free[parameter.name] for parameter in named if parameter.name in free}


def _taken(function: Any, wanted: Signature) -> set[str]:
    """Names of arguments that `function` has already: `self`, and what a partial was given."""
    given = set(function.keywords) if isinstance(function, functools.partial) else set()
    return given | {name for code in _codes(function) for name in _names(code) if name not in wanted.parameters}


def _codes(function: Any) -> Iterator[Any]:
    """The code objects behind `function`, from the outermost wrapper to the innermost function."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, type):
        function = inspect.getattr_static(function, "__init__")
    elif not inspect.isroutine(function):
        function = type(function).__call__
    while function is not None:
        code = getattr(function, "__code__", None) or getattr(getattr(function, "__func__", None), "__code__", None)
        if code:
            yield code
        function = getattr(function, "__wrapped__", None)


def _names(code: Any) -> tuple[str, ...]:
    """The parameters that can be given by position and by name; positional-only ones leave their name free."""
    names: tuple[str, ...] = code.co_varnames[code.co_posonlyargcount : code.co_argcount]
    return names


def _name(function: Any) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def _arrange(wanted: Signature, selected: Mapping[str, Any], kinds: frozenset[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Gives the parameters of `kinds` by position, with their defaults where nothing was selected, the rest by name."""
    keywords = dict(selected)
    by_position = [parameter for parameter in wanted.parameters.values() if parameter.kind in kinds]
    positional = [keywords.pop(parameter.name, parameter.default) for parameter in by_position]
    return positional, keywords


def _binds(signature: Signature, positional: list[Any], keywords: dict[str, Any]) -> bool:
    try:
        signature.bind(*positional, **keywords)
    except TypeError:
        return False
    return True
