"""Which libpython a shared object of httpd's is linked with."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from mod_python.command.errors import CommandError


class LinkedPython(NamedTuple):
    """A libpython.

    version  such as "3.11"
    path     where the loader finds it; "" where it does not
    """

    version: str
    path: str


def linked_python(module: Path) -> LinkedPython | None:
    """The libpython that `module` asks for; None: it asks for none. Raises CommandError without the program ldd."""
    try:
        listing = subprocess.run(["ldd", module], capture_output=True, text=True, check=False).stdout
    except OSError as error:
        raise CommandError(f"cannot run ldd, which tells what {module} is linked with: {error.strerror}") from error
    return python_in(listing)


def python_in(listing: str) -> LinkedPython | None:
    """The libpython in what ldd prints."""
    found = re.search(r"libpython(\d+\.\d+)\S*\.so\S* => (/\S+)?", listing)
    return LinkedPython(found[1], found[2] or "") if found else None
