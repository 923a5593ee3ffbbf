"""Modules that were imported from elsewhere, though the importing file has one of that name beside it.

Python keeps one module for a name. Where an interpreter serves several directories, `import config` gives to all of
them what the first one found, and nobody would notice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import ModuleType


def sentences(module: ModuleType, file: str) -> Iterator[str]:
    """A message for each module among the globals of `module`, loaded from `file`, that has a namesake beside it."""
    if "." in module.__name__ or hasattr(module, "__path__"):
        return  # in a package, what is beside it has another name
    directory = os.path.dirname(file)
    for found in [value for value in vars(module).values() if type(value) is ModuleType]:
        origin, beside = getattr(found, "__file__", None), os.path.join(directory, f"{found.__name__}.py")
        if origin and os.path.isfile(beside) and os.path.realpath(origin) != os.path.realpath(beside):
            yield (
                f"MP0121: {file} has imported {origin}, not {beside}: a name means one module in an interpreter;"
                " give one of the two another name, or the directory another PythonInterpreter"
            )
