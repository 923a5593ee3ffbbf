"""Definitions inside a function's body, read from its code without running it.

A value that cannot be told for certain is an error, never a pass (defect D46).
"""

from __future__ import annotations

import dis
import functools
from types import CodeType, FunctionType
from typing import Any

_SILENT = {"EXTENDED_ARG", "NOP"}
_CONSTANT = {"LOAD_CONST", "LOAD_SMALL_INT"}


class NestedDefinitionError(TypeError):
    """A protecting name is defined inside a function in a way that only running the function could tell."""


def definitions(function: FunctionType, names: frozenset[str]) -> dict[str, Any]:
    """Return those of `names` that the body of `function` defines, with their values.

    Functions and lambdas are made with the globals of `function`; they have no closure and no default arguments.
    Raises `NestedDefinitionError` for anything but one `def`, `lambda` or constant per name.
    """
    found = _found(function.__code__, names)
    return {name: _made(function, name, value) for name, value in found.items()}


def defines_any(function: FunctionType, names: frozenset[str]) -> bool:
    """Return whether `definitions` would return anything. Raises as it does."""
    return bool(_found(function.__code__, names))


@functools.lru_cache(maxsize=256)
def _found(code: CodeType, names: frozenset[str]) -> dict[str, object]:
    parameters = code.co_argcount + code.co_kwonlyargcount
    local = {*code.co_varnames[parameters:], *code.co_cellvars} & names
    return {name: _stored(code, name) for name in sorted(local)}


def _stored(code: CodeType, name: str) -> object:
    """Return the constant or code object that the only assignment to `name` stores."""
    steps = [step for step in dis.get_instructions(code) if step.opname not in _SILENT]
    stores = [index for index, step in enumerate(steps) if name in _targets(step)]
    if len(stores) != 1:
        raise _uncertain(code, name)
    index = stores[0]
    value = _pushed(steps[:index])
    # Reached by a jump, or taking the second value of a pair: what stands before it is not what is stored.
    if value is None or steps[index].is_jump_target or _targets(steps[index])[0] != name:
        raise _uncertain(code, name)
    return value.argval


def _targets(step: dis.Instruction) -> tuple[object, ...]:
    """Return the names that an instruction assigns; newer Pythons have instructions for two at once."""
    if not step.opname.startswith(("STORE_FAST", "STORE_DEREF")):
        return ()
    return step.argval if isinstance(step.argval, tuple) else (step.argval,)


def _pushed(steps: list[dis.Instruction]) -> dis.Instruction | None:
    """Return the instruction that loads the constant, or the code of the function, left by the last of `steps`."""
    rest = steps.copy()
    while rest and rest[-1].opname == "SET_FUNCTION_ATTRIBUTE":
        rest.pop()
    makes_function = bool(rest) and rest[-1].opname == "MAKE_FUNCTION"
    if makes_function:
        rest.pop()
    if makes_function and isinstance(rest[-1].argval, str):  # the qualified name, Python 3.10
        rest.pop()
    is_constant = bool(rest) and rest[-1].opname in _CONSTANT
    return rest[-1] if is_constant and isinstance(rest[-1].argval, CodeType) == makes_function else None


def _made(function: FunctionType, name: str, value: object) -> object:
    if not isinstance(value, CodeType):
        return value
    if value.co_freevars:
        raise _uncertain(function.__code__, name)
    return FunctionType(value, function.__globals__, name)


def _uncertain(code: CodeType, name: str) -> NestedDefinitionError:
    where = f"{code.co_name}() in {code.co_filename}, line {code.co_firstlineno}"
    return NestedDefinitionError(f"MP0222: {name} inside {where} is neither one plain def nor one constant")
