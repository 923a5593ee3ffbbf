"""Asking the program httpd: what is built in, whether it accepts a configuration, and what that says."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from mod_python import version
from mod_python.command.errors import CommandError
from mod_python.confbasic import MPMS, module_file

_INSTALL: Final = "install it (Debian: apache2-bin, Fedora: httpd), or build mod_python for the one you have"


def run_httpd(*arguments: str, configuration: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run httpd to its end, with all that it prints as `stdout`; raises CommandError when there is none."""
    command = [version.HTTPD, *arguments, *(["-f", str(configuration)] if configuration else [])]
    environment = environment_for(configuration) if configuration else None
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment
        )
    except OSError as error:
        raise CommandError(f"cannot run httpd, {version.HTTPD}: {error.strerror}: {_INSTALL}") from error


def environment_for(configuration: Path) -> dict[str, str]:
    """Our environment, with what a file `envvars` beside the configuration sets: on Debian directives refer to that."""
    envvars = configuration.parent / "envvars"
    if not envvars.is_file():
        return dict(os.environ)
    shown = subprocess.run(["sh", "-c", '. "$0" && env -0', envvars], stdout=subprocess.PIPE, text=True, check=False)
    return dict(line.split("=", 1) for line in shown.stdout.split("\0") if "=" in line)


@cache
def built_in() -> frozenset[str]:
    """The modules inside httpd, without "mod_"; the MPM is "event", "worker" or "prefork"."""
    return frozenset(re.findall(r"^\s+(?:mod_)?(\w+)\.c$", run_httpd("-l").stdout, re.MULTILINE))


def has_module(name: str) -> bool:
    """Whether httpd can have the module `name`, such as "ssl"."""
    return name in built_in() or os.path.exists(module_file(version.LIBEXECDIR, name))


def available_mpms() -> list[str]:
    """The multi-processing modules that can be used, the best first."""
    inside = [name for name in MPMS if name in built_in()]
    return inside or [name for name in MPMS if has_module(f"mpm_{name}")]


def refusal(configuration: Path) -> str:
    """What httpd has against a configuration; "" when it accepts it."""
    tested = run_httpd("-t", configuration=configuration)
    return tested.stdout.strip() if tested.returncode else ""


def facts(configuration: Path) -> dict[str, str]:
    """What httpd makes of a configuration: `Main ErrorLog`, `PidFile` …; raises CommandError if it refuses it."""
    dump = run_httpd("-t", "-D", "DUMP_RUN_CFG", configuration=configuration)
    if dump.returncode:
        raise CommandError(f"httpd refuses {configuration}:\n{dump.stdout.strip()}")
    return dict(re.findall(r'^([\w ]+): (?:name=)?"([^"]*)"', dump.stdout, re.MULTILINE))


def running(configuration: Path) -> int | None:
    """The id of the process that runs a configuration; None: it does not run.

    Raises CommandError when an httpd that died has left its number to another program, which `httpd -k` would signal.
    """
    file = Path(facts(configuration)["PidFile"])
    try:
        pid = int(file.read_text())
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    except PermissionError:
        return pid
    if not _runs(pid, configuration):
        raise CommandError(f"{file} is of an httpd that died, for process {pid} is another program: remove the file")
    return pid


def _runs(pid: int, configuration: Path) -> bool:
    """Whether a process is httpd with a configuration, as far as the system tells."""
    try:
        program = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")  # which it is after an upgrade
        words = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except OSError:
        return not os.path.exists("/proc/self")
    named = [value for word, value in pairwise(words) if word == "-f" and os.path.isabs(value)]
    return program == os.path.realpath(version.HTTPD) and all(Path(value).resolve() == configuration for value in named)
