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
from types import FunctionType, MethodType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

#: Annotations are none of our business, and those that only a type checker can evaluate must not raise.
_LAZY: dict[str, Any] = {}
if sys.version_info >= (3, 14):
    import annotationlib

    _LAZY["annotation_format"] = annotationlib.Format.FORWARDREF

_POSITIONAL_ONLY = frozenset({Parameter.POSITIONAL_ONLY})
_POSITIONAL = _POSITIONAL_ONLY | {Parameter.POSITIONAL_OR_KEYWORD}
_BY_NAME = frozenset({Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY})
_VARIADIC = frozenset({Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD})


class ArgumentError(TypeError):
    """The values do not fit the callable, which has not been called."""


class _Shape(NamedTuple):
    """What a callable takes. It refers to no object of the callable's, so that remembering it keeps nothing alive."""

    own: Signature
    """Of the callable itself."""
    wanted: Signature
    """Of what it passes its arguments on to; the same as `own` when it keeps them."""
    taken: frozenset[str]
    """Names of arguments that it has already: `self`, and what a partial was given."""
    plain: tuple[tuple[str, ...], frozenset[str]] | None
    """Names of all arguments, and of the mandatory ones, when each can be given by name and none has been yet."""


def arguments(function: Callable[..., Any], values: Mapping[Any, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Selects from `values` what `function` accepts; returns positional and keyword arguments for it.

    Values that `function` does not name are left out unless it takes `**kwargs`. Keywords are used wherever `function`
    takes them, so that decorators see the names. A wrapper that passes its arguments on (`functools.wraps`) is matched
    by what it wraps. A `functools.partial` keeps the arguments it was given. A builtin that does not tell its
    signature gets no arguments.

    Raises `ArgumentError` when a mandatory argument is missing, `TypeError` when `function` is not callable.
    """
    shape = _known_shape(function)
    if shape is None:
        return [], {}
    if shape.plain is not None:
        names, mandatory = shape.plain
        if not mandatory <= values.keys():
            _check_complete(function, [name for name in names if name in mandatory and name not in values])
        return [], {name: values[name] for name in names if name in values}
    selected = _select(function, shape, values)
    by_keyword = _arrange(function, shape, selected, _POSITIONAL_ONLY)
    if shape.wanted is shape.own or _binds(shape.own, *by_keyword):
        return by_keyword
    by_position = _arrange(function, shape, selected, _POSITIONAL)
    return by_position if _binds(shape.own, *by_position) else by_keyword


_SHAPES: dict[type, WeakKeyDictionary[Any, _Shape | None]] = {
    FunctionType: WeakKeyDictionary(),
    MethodType: WeakKeyDictionary(),  # by their functions: a method object is a new one each time
}


def _known_shape(function: Any) -> _Shape | None:
    """The shape, remembered for functions and methods: finding it out takes longer than many a function itself."""
    shapes = _SHAPES.get(type(function))
    key = function.__func__ if type(function) is MethodType else function
    if shapes is None or type(key) is not FunctionType:
        return _shape(function)
    try:
        return shapes[key]
    except KeyError:
        shape = shapes[key] = _shape(function)
        return shape


def _shape(function: Any) -> _Shape | None:
    own = _signature(function, follow_wrapped=False)
    if own is None:
        return None
    wanted = (_signature(function) if _passes_on(own) else None) or own
    bare, bare_wanted = _bare(own), _bare(wanted)
    taken = frozenset(_taken(function, wanted))
    is_plain = wanted is own and not taken and all(p.kind in _BY_NAME for p in own.parameters.values())
    return _Shape(bare, bare if bare_wanted == bare else bare_wanted, taken, _plain(bare) if is_plain else None)


def _plain(signature: Signature) -> tuple[tuple[str, ...], frozenset[str]]:
    mandatory = (p.name for p in signature.parameters.values() if p.default is Parameter.empty)
    return tuple(signature.parameters), frozenset(mandatory)


def _signature(function: Callable[..., Any], *, follow_wrapped: bool = True) -> Signature | None:
    try:
        return inspect.signature(function, follow_wrapped=follow_wrapped, **_LAZY)
    except ValueError:
        return None


def _passes_on(signature: Signature) -> bool:
    return any(parameter.kind in _VARIADIC for parameter in signature.parameters.values())


def _bare(signature: Signature) -> Signature:
    """The signature without its annotations and with `None` for every default."""
    return Signature([_bare_parameter(parameter) for parameter in signature.parameters.values()])


def _bare_parameter(parameter: Parameter) -> Parameter:
    default = parameter.default if parameter.default is Parameter.empty else None
    return Parameter(parameter.name, parameter.kind, default=default)


def _taken(function: Any, wanted: Signature) -> Iterator[str]:
    if isinstance(function, functools.partial):
        yield from function.keywords
    for code in _codes(function):
        yield from (name for name in _names(code) if name not in wanted.parameters)


def _codes(function: Any) -> Iterator[Any]:
    """The code objects behind `function`, from the outermost wrapper to the innermost function."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, type):
        function = inspect.getattr_static(function, "__init__")
    elif not inspect.isroutine(function):
        function = type(function).__call__
    passed: list[Any] = []
    while function is not None and not any(function is other for other in passed):
        passed.append(function)
        code = getattr(function, "__code__", None) or getattr(getattr(function, "__func__", None), "__code__", None)
        if code:
            yield code
        function = getattr(function, "__wrapped__", None)


def _names(code: Any) -> tuple[str, ...]:
    """The parameters that can be given by position and by name; positional-only ones leave their name free."""
    names: tuple[str, ...] = code.co_varnames[code.co_posonlyargcount : code.co_argcount]
    return names


def _check_complete(function: Any, missing: list[str]) -> None:
    if missing:
        raise ArgumentError(f"{_name(function)}() misses {', '.join(map(repr, missing))}")


def _select(function: Any, shape: _Shape, values: Mapping[Any, Any]) -> dict[str, Any]:
    parameters = shape.wanted.parameters.values()
    free = {name: value for name, value in values.items() if isinstance(name, str) and name not in shape.taken}
    named = [parameter for parameter in parameters if parameter.kind not in _VARIADIC]
    _check_complete(function, [p.name for p in named if p.default is Parameter.empty and p.name not in free])
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        return free
    return {parameter.name: free[parameter.name] for parameter in named if parameter.name in free}


def _name(function: Any) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def _arrange(
    function: Any, shape: _Shape, selected: Mapping[str, Any], kinds: frozenset[Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Gives the parameters of `kinds` by position, with their defaults where nothing was selected, the rest by name."""
    keywords = dict(selected)
    names = [parameter.name for parameter in shape.wanted.parameters.values() if parameter.kind in kinds]
    if not keywords.keys() >= set(names):
        keywords = {**_defaults(function, shape, names), **keywords}
    return [keywords.pop(name) for name in names], keywords


def _defaults(function: Any, shape: _Shape, names: list[str]) -> dict[str, Any]:
    signature = _signature(function, follow_wrapped=shape.wanted is not shape.own) or Signature()
    return {name: signature.parameters[name].default for name in names}


def _binds(signature: Signature, positional: list[Any], keywords: dict[str, Any]) -> bool:
    try:
        signature.bind(*positional, **keywords)
    except TypeError:
        return False
    return True
