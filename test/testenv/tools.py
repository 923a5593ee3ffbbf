"""The programs around the tests: which are there, in which version, and what is lost without them."""

import functools
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from testenv.httpd import MPM, REPOSITORY, local

IN_CI = os.environ.get("CI") == "true"

# program -> the option that makes it tell its version
PROGRAMS = {
    "wrk": "-v",
    "gdb": "--version",
    "chromium": "--version",
    "chromedriver": "--version",
    "cc": "--version",
    "curl": "--version",
    "openssl": "version",
}


def require(tool: str) -> None:
    """Skip the running test, and in CI fail it, when the tool is missing."""
    if reason := missing(tool):
        (pytest.fail if IN_CI else pytest.skip)(reason)


def missing(tool: str) -> str:
    """Return why a tool cannot be used, "" when it can."""
    if tool == "docker":
        return _docker()[1]
    return "" if shutil.which(tool) else f"{tool} is not installed"


def versions() -> list[str]:
    """Return one line on each thing under test and each tool."""
    version, python, executable = map(_defined, ("MP_VERSION", "MP_PYTHON_VERSION", "MP_PYTHON_EXECUTABLE"))
    lines = [
        f"httpd: {_httpd()}, MPM {MPM}",
        f"mod_python: {version}, Python {python} ({executable})",
        f"docker: {_docker()[0] or _docker()[1]}",
    ]
    return lines + [f"{program}: {_version(program)}" for program in PROGRAMS]


def _httpd() -> str:
    try:
        return f"{local().version} ({local().program})"
    except FileNotFoundError as error:
        return str(error)


def _defined(name: str) -> str:
    """Return what configure found out under this name, for the mod_python of the working tree."""
    header = REPOSITORY / "src" / "build_config.h"
    found = header.exists() and re.search(rf'^#define {name} "(.*)"', header.read_text(), re.MULTILINE)
    return found[1] if found else "not configured"


def _version(program: str) -> str:
    if reason := missing(program):
        return reason
    output = subprocess.run([program, PROGRAMS[program]], capture_output=True, text=True, check=False)
    return (output.stdout + output.stderr).splitlines()[0]


@functools.cache
def _docker() -> tuple[str, str]:
    """Return the daemon's version, and why it cannot be used: one of them is empty."""
    try:
        import docker.errors  # noqa: PLC0415 - a missing package is one of the reasons
    except ImportError as error:
        return "", f"the docker package is not installed: {error}"
    try:
        client: Any = docker.from_env()
        return str(client.version()["Version"]), ""
    except docker.errors.DockerException as error:
        return "", f"no Docker daemon answers: {error}"
