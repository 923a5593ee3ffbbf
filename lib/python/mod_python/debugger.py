"""PythonEnablePdb: a handler under pdb, on the terminal that httpd was started from."""

from __future__ import annotations

import pdb
import sys
from collections.abc import Callable
from typing import Any


def run_in_debugger(function: Callable[[Any], Any], argument: Any) -> Any:
    """`function(argument)`, stopped at its first line. Leaving the debugger raises `bdb.BdbQuit`.

    C asks for this only in single-process mode (`httpd -X` or `-DONE_PROCESS`), where the terminal is httpd's.
    """
    debugger = pdb.Pdb(stdin=sys.__stdin__, stdout=sys.__stdout__, nosigint=True)
    debugger.use_rawinput = False
    return debugger.runcall(function, argument)
