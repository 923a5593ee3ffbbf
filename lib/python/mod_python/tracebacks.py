"""What of a traceback is the site's, and which errors say enough without one."""

from __future__ import annotations

import importlib
import os
import sys
from types import TracebackType
from typing import TypeVar

_Error = TypeVar("_Error", bound=Exception)

_LEADING_TO_SITE = (
    os.path.dirname(__file__) + os.sep,
    os.path.dirname(importlib.__file__) + os.sep,
    "<frozen importlib.",
    os.path.join(os.path.dirname(os.__file__), "ast.py"),
)
"""How the names of files begin whose frames come before the site's: of this package, and of Python's import."""


def sites_part(tb: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame of the site's own code on; None when there is none."""
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_LEADING_TO_SITE):
        tb = tb.tb_next
    return tb


def shown_part(error: BaseException | None, tb: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames in front of the site's; None when the error itself says where and what it is."""
    start = sites_part(tb)
    if start is None and (isinstance(error, SyntaxError) or getattr(error, "_is_explained", False)):
        return None
    return start or tb


def explained(error: _Error) -> _Error:
    """Marks an exception about the site whose message says all: our frames would hide that in the log."""
    error._is_explained = True  # type: ignore[attr-defined]
    return error


def blame_signature() -> None:
    """In an `except` clause around the call of the site's code: says so if that cannot be called as it was."""
    error = sys.exc_info()[1]
    if type(error) is TypeError and error.__traceback__ is not None and error.__traceback__.tb_next is None:
        explained(error)
