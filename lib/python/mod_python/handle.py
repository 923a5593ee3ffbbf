"""Handles: the one place through which a wrapper reaches its C structure, and which its end empties."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Handle:
    """Holds the pointer `c` while the structure lives; after `close()` any use of it raises RuntimeError."""

    __slots__ = ("c", "what")

    def __init__(self, pointer: Any, what: str) -> None:
        self.c = pointer
        self.what = what

    def close(self) -> None:
        """The structure is about to be freed."""
        with contextlib.suppress(AttributeError):
            del self.c

    # Reached only when the slot is empty, so a live handle pays nothing for the check.
    def __getattr__(self, name: str) -> Any:
        if name == "c":
            raise RuntimeError(f"the {self.what} this object belongs to has ended")
        raise AttributeError(name)


def named(name: str) -> Callable[[type[T]], type[T]]:
    """Class decorator: the type shows itself as `name`, which programs log and compare (decision T5)."""

    def rename(cls: type[T]) -> type[T]:
        cls.__name__ = cls.__qualname__ = name
        cls.__module__ = "builtins"
        return cls

    return rename
