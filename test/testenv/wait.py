"""Waiting for what another process does: polls often, and never without a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
INTERVAL = 0.01


def until(condition: Callable[[], T | None], timeout: float, what: str) -> T:
    """Return the first true value of `condition`; TimeoutError naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(INTERVAL)
    return value
