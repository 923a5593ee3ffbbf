"""The command `mod_python`: sets up a server, runs it, and says what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mod_python.command.errors import CommandError
from mod_python.command.parser import make_parser

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: the words behind `mod_python`; None: those that the program was started with.

    Returns:
        The exit code: 0 done, 1 something is wrong, 130 ended by Ctrl-C.

    Raises SystemExit as argparse does: 2 for words that it does not understand, 0 after `--help`.
    """
    arguments = make_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except CommandError as error:
        print(f"mod_python: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
