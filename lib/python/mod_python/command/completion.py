"""`mod_python completion`: scripts that make shells complete the command line, written by shtab."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from mod_python.command.errors import CommandError

SHELLS: Final = ("bash", "zsh", "fish")

_PLACEHOLDERS: Final = {
    **dict.fromkeys(("TARGET", "FILE", "SCRIPT"), "FILE"),
    **dict.fromkeys(("DIR", "SERVER"), "DIRECTORY"),
}
"""What shtab offers for arguments, by what the help calls them."""


def run(arguments: Namespace) -> int:
    """Print the script for `arguments.shell`."""
    print(script(arguments.shell))
    return 0


def script(shell: str) -> str:
    """The completion script for a shell; raises CommandError without the package shtab."""
    try:
        shtab = import_module("shtab")
    except ImportError:
        raise CommandError("completion needs the package shtab: pip install shtab") from None
    parser = import_module("mod_python.command.parser").make_parser()  # not at the top: it imports us
    for action in _actions(parser):
        kind = _PLACEHOLDERS.get(action.metavar if isinstance(action.metavar, str) else "")
        if kind:
            action.complete = getattr(shtab, kind)  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell))


def _actions(parser: ArgumentParser) -> Iterator[Action]:
    """The arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, _SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
