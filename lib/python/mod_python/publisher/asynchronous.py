"""Coroutines of published code, run to their end on an event loop of their own.

A request has its thread for itself, so waiting here holds up nobody else.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


def settled(result: object) -> object:
    """Return the result of an awaitable, or `result` itself when it is not one."""
    return run(result) if inspect.isawaitable(result) else result


def run(awaitable: Awaitable[T]) -> T:
    """Wait for `awaitable` and return its result or raise its exception."""
    import asyncio  # noqa: PLC0415 - several megabytes that most sites never need

    async def wait() -> T:
        return await awaitable

    return asyncio.run(wait())
