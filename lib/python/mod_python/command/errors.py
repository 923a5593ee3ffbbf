"""What a user of the command can put right."""

from __future__ import annotations

from typing import ClassVar


class CommandError(Exception):
    """Something went wrong outside the command; the message is a sentence that says what would help."""

    exit_code: ClassVar[int] = 1


class UsageError(CommandError):
    """The command was called in a way that has no meaning."""

    exit_code = 2
