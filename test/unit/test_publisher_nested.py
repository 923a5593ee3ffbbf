"""Definitions inside function bodies, found without running them."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from mod_python.publisher.nested import NestedDefinitionError, definitions

NAMES = frozenset({"__auth__", "__access__", "__auth_realm__"})


def found(body: str, head: str = "def f(req):", **namespace: Any) -> dict[str, Any]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    exec(f"{head}\n{lines}", namespace)
    function = namespace["f"]
    assert isinstance(function, FunctionType)
    return definitions(function, NAMES)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        *((f"__auth__ = {value!r}", value) for value in (0, 1, -1, 255, 256, 10**9)),
        *((f"__auth__ = {value!r}", value) for value in (None, True, 1.5, "x", b"x", (1, "a"))),
        ("'''docs'''\nx = 5\ny = 'other'\n__auth__ = 7\nreturn x, y", 7),
        ("__auth__: int = 4", 4),
        ("__auth__ = 2; copy = req", 2),
        ("try:\n    __auth__ = 6\nfinally:\n    g()", 6),
        ("with g():\n    __auth__ = 8", 8),
        ("if req:\n    __auth__ = 9", 9),
        ("__auth__ = 1 - 1", 0),
    ],
)  # fmt: skip
def test_a_constant_is_found_wherever_it_stands(body: str, value: object) -> None:
    result = found(body)["__auth__"]
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    "body",
    [
        "__auth__ = []",
        "__auth__ = ['me']",
        "__auth__ = {}",
        "__auth__ = {'me': 'secret'}",
        "__auth__ = {1, 2}",
        "__auth__ = req",
        "__auth__ = f'{req}'",
        "__auth__ = g()",
        "__auth__ = not req",
        "__auth__ = req or 1",
        "__auth__ = req and 1",
        "__auth__ = 0 if req else 1",
        "__auth__ = 1 if req else 1",
        "__auth__ = 1 if req else req",
        "__auth__ = (req, 1)[0]",
        "__auth__ = req.x",
        "__auth__ = [1 for _ in req]",
        "__auth__ = __access__ = 1",
        "__auth__, second = 1, 2",
        "__auth__, *rest = req",
        "__auth__ = 0\n__auth__ = 1",
        "if req:\n    __auth__ = 0\nelse:\n    __auth__ = 1",
        "__auth__ = 1\n__auth__ += 1",
        "__auth__ = 1\ndel __auth__\n__auth__ = 0",
        "def __auth__(*args): return 0\n__auth__ = 1",
        "for __auth__ in (1, 2): pass",
        "with req as __auth__: pass",
        "import os as __auth__",
        "from os import path as __auth__",
        "class __auth__: pass",
        "try: pass\nexcept Exception as __auth__: pass",
        "if (__auth__ := req): pass",
        "match req:\n    case __auth__: pass",
        "@g\ndef __auth__(*args): return 1",
        "@g(1)\n@g\ndef __auth__(*args): return 1",
        "__auth__ = g(lambda *args: 1)",
        "__auth__ = (lambda: 1) if req else (lambda: 0)",
        "def __auth__(*args): return req",
        "del __auth__",
        "return req\n__auth__ = 3",
    ],
)
def test_what_only_running_the_function_could_tell_is_an_error(body: str) -> None:
    with pytest.raises(NestedDefinitionError, match=r"MP0222: __(auth|access)__ inside f\(\) in <string>, line 1"):
        found(body)


@pytest.mark.parametrize("body", ["first, __auth__ = 1, 0", "first, __auth__, third = 1, 0, 2"])
def test_of_a_pair_the_right_value_is_found_or_none(body: str) -> None:
    """Which of the two depends on how this version of Python compiles it."""
    try:
        value = found(body)["__auth__"]
    except NestedDefinitionError:
        value = 0
    assert value == 0


def test_an_assignment_by_an_inner_function_does_not_count() -> None:
    assert found("__auth__ = 0\ndef inner():\n    nonlocal __auth__\n    __auth__ = 1") == {"__auth__": 0}


@pytest.mark.parametrize(
    "body",
    [
        "def __auth__(req, user, password): return user == password",
        "__auth__ = lambda req, user, password: user == password",
        "x = 1\nif req:\n    def __auth__(req, user, password) -> bool:\n        return user == password\nreturn x",
        "def __auth__(req, user: str, password: str = g) -> 'bool': return user == password",
        "def helper(): return 1\ndef __auth__(req, user, password): return user == password\nreturn helper()",
    ],
)
def test_a_function_is_found_in_every_notation(body: str) -> None:
    auth: Callable[..., bool] = found(body)["__auth__"]
    assert [auth(None, "a", "a"), auth(None, "a", "b")] == [True, False]


def test_a_function_has_the_globals_of_the_one_around_it() -> None:
    assert found("def __auth__(*args): return LIMIT", LIMIT=5)["__auth__"]() == 5


@pytest.mark.parametrize("parameters", ["user='nobody'", "*, strict=True"])
def test_defaults_are_not_made(parameters: str) -> None:
    auth = found(f"def __auth__({parameters}): return True")["__auth__"]
    with pytest.raises(TypeError):
        auth()


def test_a_function_with_a_closure_is_refused_because_its_variables_do_not_exist() -> None:
    with pytest.raises(NestedDefinitionError):
        found("limit = 5\ndef __auth__(*args): return limit")


@pytest.mark.parametrize("head", ["async def f(req):", "def f(*, req):", "def f(__access__=1):"])
def test_every_kind_of_function_is_looked_into(head: str) -> None:
    assert found("__auth__ = 0", head)["__auth__"] == 0


def test_generators_are_looked_into() -> None:
    assert found("__auth__ = 0\nyield 1") == {"__auth__": 0}


@pytest.mark.parametrize("body", ["pass", "return __auth__", "global __auth__\n__auth__ = 1", "req.__auth__ = 1"])
def test_names_that_are_not_local_define_nothing(body: str) -> None:
    assert found(body) == {}


@pytest.mark.parametrize("body", ["def inner():\n    __auth__ = 0", "class C:\n    __auth__ = 0"])
def test_definitions_further_inside_protect_something_else(body: str) -> None:
    assert found(body) == {}


def test_a_parameter_is_no_definition() -> None:
    assert found("return 1", "def f(req, __auth__=1):") == {}


def test_a_definition_that_other_functions_use_is_found() -> None:
    assert found("__auth__ = 5\nreturn lambda: __auth__") == {"__auth__": 5}


def test_all_three_are_found_at_once() -> None:
    body = "__auth_realm__ = 'R'\n__auth__ = 1\n__access__ = 0"
    assert found(body) == {"__auth_realm__": "R", "__auth__": 1, "__access__": 0}


def test_many_constants_do_not_hide_it() -> None:
    assignments = "\n".join(f"x{number} = {number}.5" for number in range(600))
    assert found(f"{assignments}\n__auth__ = 0.25") == {"__auth__": 0.25}
