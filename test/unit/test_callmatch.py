"""Which values a callable gets."""

from __future__ import annotations
import __future__

import functools
import gc
import inspect
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from mod_python.callmatch import ArgumentError, arguments


def call(function: Callable[..., Any], **values: Any) -> Any:
    positional, keywords = arguments(function, values)
    return function(*positional, **keywords)


def test_named_arguments_are_filled_and_others_dropped() -> None:
    assert call(lambda a, b=2: (a, b), a=1, c=3) == (1, 2)


def test_arguments_are_given_by_keyword() -> None:
    assert arguments(lambda a, b=2: None, {"a": 1}) == ([], {"a": 1})


def test_var_keyword_gets_the_rest() -> None:
    assert call(lambda a, **kw: (a, kw), a=1, b=2) == (1, {"b": 2})


def test_var_positional_gets_nothing() -> None:
    assert call(lambda a, *rest: (a, rest), a=1, rest=2) == (1, ())


def test_missing_argument_is_named_before_the_call() -> None:
    called = []

    def page(req: Any, name: str, size: int) -> None:
        called.append(req)

    with pytest.raises(ArgumentError, match=r"page\(\) misses 'name', 'size'"):
        call(page, req=1)
    assert called == []


def test_argument_error_is_a_type_error() -> None:
    assert issubclass(ArgumentError, TypeError)


def test_names_that_are_no_text_are_left_out() -> None:
    assert arguments(lambda **kw: None, {None: 1, "a": 2}) == ([], {"a": 2})


def test_what_cannot_be_called_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not a callable"):
        arguments(5, {})  # type: ignore[arg-type]


def test_builtin_without_a_signature_gets_nothing() -> None:
    assert arguments(dict, {"a": 1}) == ([], {})


def test_d16_keyword_only_arguments() -> None:
    def page(*, a: int, b: int = 2) -> tuple[int, int]:
        return a, b

    assert call(page, a=1) == (1, 2)
    with pytest.raises(ArgumentError, match="misses 'a'"):
        call(page, b=1)


def test_d16_positional_only_arguments() -> None:
    def page(a: int, b: int = 2, c: int = 3, /, **kw: int) -> tuple[int, int, int, dict[str, int]]:
        return a, b, c, kw

    assert call(page, a=1, c=4, d=5) == (1, 2, 4, {"d": 5})


def test_d16_partial_keeps_what_it_was_given() -> None:
    def page(req: str, user: str, admin: bool = False, **kw: str) -> tuple[Any, ...]:
        return req, user, admin, kw

    partial = functools.partial(page, "r", admin=False)
    assert call(partial, req="forged", admin=True, user="u") == ("r", "u", False, {})


def test_d16_partial_without_a_name_in_errors() -> None:
    with pytest.raises(ArgumentError, match=r"partial\(\) misses 'a'"):
        call(functools.partial(lambda a: a))


def test_d16_wrapper_that_passes_on_is_matched_by_what_it_wraps() -> None:
    def page(req: int, name: str = "nobody") -> tuple[int, str]:
        return req, name

    @functools.wraps(page)
    def wrapper(*args: Any, **kw: Any) -> Any:
        assert kw["req"] == 1
        return page(*args, **kw)

    assert call(wrapper, req=1, name="n", other="x") == (1, "n")


def test_d16_wrapper_with_an_argument_of_its_own() -> None:
    def page(req: int, name: str) -> tuple[int, str]:
        return req, name

    @functools.wraps(page)
    def wrapper(request: int, *args: Any, **kw: Any) -> Any:
        return page(request, *args, **kw)

    assert call(wrapper, req=1, name="n") == (1, "n")


def test_d16_wrapper_that_takes_positions_only() -> None:
    def page(req: int, a: int = 2, b: int = 3) -> tuple[int, int, int]:
        return req, a, b

    @functools.wraps(page)
    def wrapper(*args: Any) -> Any:
        return page(*args)

    assert call(wrapper, req=1, b=4) == (1, 2, 4)


def test_d16_narrower_wrapper_is_matched_itself() -> None:
    def page(req: int, name: str = "nobody") -> tuple[int, str]:
        return req, name

    @functools.wraps(page)
    def wrapper(req: int) -> Any:
        return page(req)

    assert call(wrapper, req=1, name="n") == (1, "nobody")


def test_wrapper_that_fits_nowhere_fails_when_called() -> None:
    def page(req: int) -> None:
        raise AssertionError("not reached")

    @functools.wraps(page)
    def wrapper(req: int, token: str, **kw: Any) -> None:
        page(req)

    with pytest.raises(TypeError, match="token") as caught:
        call(wrapper, req=1)
    assert not isinstance(caught.value, ArgumentError)


class Page:
    """Every kind of callable that a class offers."""

    def __init__(self, a: int = 0, **kw: int) -> None:
        self.made = (a, kw)

    def method(self, a: int, **kw: int) -> tuple[int, dict[str, int]]:
        return a, kw

    @classmethod
    def of_class(cls, a: int, **kw: int) -> tuple[int, dict[str, int]]:
        return a, kw

    @staticmethod
    def static(a: int) -> int:
        return a

    def __call__(self, a: int, **kw: int) -> tuple[int, dict[str, int]]:
        return a, kw


@pytest.mark.parametrize("function", [Page().method, Page.of_class, Page(), functools.partial(Page().method)])
def test_bound_argument_cannot_be_given(function: Callable[..., Any]) -> None:
    assert call(function, a=1, self=2, cls=3, b=4)[0] == 1


def test_self_of_a_wrapped_method_cannot_be_given() -> None:
    class Wrapped:
        @functools.wraps(Page.method)
        def method(*args: Any, **kw: Any) -> Any:  # noqa: N805 - as some decorators do
            return Page.method(*args, **kw)

    assert call(Wrapped().method, a=1, self=2) == (1, {})


def test_class_is_made_with_its_arguments() -> None:
    assert call(Page, a=1, self=2, b=3).made == (1, {"b": 3})


def test_class_without_init_gets_nothing() -> None:
    empty = type("Empty", (), {})
    assert isinstance(call(empty, a=1), empty)


def test_static_method() -> None:
    assert call(Page.static, a=1, b=2) == 1


def test_annotations_for_type_checkers_do_not_matter() -> None:
    lazy = 0 if sys.version_info >= (3, 14) else __future__.annotations.compiler_flag
    namespace: dict[str, Any] = {}
    exec(compile("def page(a: Unknown): return a", "page", "exec", lazy, dont_inherit=True), namespace)
    assert call(namespace["page"], a=1) == 1


def test_wrappers_in_a_circle_are_matched_by_the_outermost() -> None:
    def page(a: int, **kw: int) -> tuple[int, dict[str, int]]:
        return a, kw

    def other(**kw: int) -> None: ...

    page.__wrapped__ = other  # type: ignore[attr-defined]
    other.__wrapped__ = page  # type: ignore[attr-defined]
    assert call(page, a=1, b=2) == (1, {"b": 2})


def test_what_is_remembered_of_a_function_does_not_keep_it_alive() -> None:
    def page(a: Any = None) -> Any:
        return a

    page.__defaults__ = (page,)
    page.__annotations__["a"] = page
    assert call(page) is page
    gone = weakref.ref(page)
    del page
    gc.collect()
    assert gone() is None


def test_a_default_stands_for_what_is_left_out_between_positions() -> None:
    default = object()

    def page(a: Any, b: Any = default, c: int = 3, /) -> tuple[Any, ...]:
        return a, b, c

    for _ in range(2):  # the second time the function is known
        assert call(page, a=1, c=4) == (1, default, 4)


def test_a_function_is_looked_into_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def page(a: int) -> int:
        return a

    class Site:
        def page(self, a: int) -> int:
            return a

    call(page, a=1)
    call(Site().page, a=1)
    monkeypatch.setattr(inspect, "signature", None)
    assert call(page, a=2) == 2
    assert call(Site().page, a=3) == 3
