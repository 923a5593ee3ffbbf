"""`mod_python version` and `mod_python module-config`: what is installed, and how to load it."""

from __future__ import annotations

import platform
import sys
from argparse import Namespace
from pathlib import Path

import mod_python
from mod_python import version
from mod_python.command.errors import CommandError
from mod_python.installation import configuration_lines, embedded_python, module_path


def run_version(_: Namespace) -> int:
    """Print the versions and places of everything that takes part."""
    for name, value in (
        ("mod_python", f"{version.version} ({Path(mod_python.__file__).parent})"),
        ("module", _module()),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("Python in httpd", embedded_python()),
        ("httpd", f"{version.HTTPD_VERSION} ({version.HTTPD})"),
        ("APR", version.APR_VERSION),
        ("platform", platform.platform()),
    ):
        print(f"{name + ':':16} {value}")
    return 0


def _module() -> str:
    try:
        return str(module_path())
    except FileNotFoundError as error:
        return f"missing: {error}"


def run_module_config(_: Namespace) -> int:
    """Print the lines that load mod_python."""
    try:
        print(*configuration_lines(), sep="\n")
    except FileNotFoundError as error:
        raise CommandError(str(error)) from error
    return 0
