"""Session ids: 128 random bits of the operating system, written as 32 lower-case hex digits."""

from __future__ import annotations

import re
import secrets
from typing import Final, TypeGuard

_SID: Final = re.compile("[0-9a-f]{32}")


def new_sid() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(16)


def is_sid(value: object) -> TypeGuard[str]:
    """Whether `value` is exactly an id; no other text may become part of a file name or a key."""
    return isinstance(value, str) and _SID.fullmatch(value) is not None


def shown(sid: str) -> str:
    """As much of an id as may stand in a log: whoever has a whole one has the session."""
    return sid[:8] + "..."
