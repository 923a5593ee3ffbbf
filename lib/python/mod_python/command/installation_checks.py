"""What may be wrong with an installation: with httpd, with Python, with the module, and with who may read them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import mod_python
from mod_python import version
from mod_python.command import httpd
from mod_python.command.account import Account, can_read, closed_directory
from mod_python.command.errors import CommandError
from mod_python.command.findings import Finding
from mod_python.command.linked import linked_python
from mod_python.command.python_probe import Probe, probe
from mod_python.confbasic import server_account
from mod_python.installation import embedded_python, module_path

_OLDEST_HTTPD: Final = (2, 4)
_NEEDED: Final = ("unixd", "authz_core", "mime", "dir", "log_config")


def installation_findings() -> Iterator[Finding]:
    """Everything about the installation, whatever the configuration."""
    account = server_account() if os.geteuid() == 0 else None
    yield from httpd_findings()
    yield from python_findings(embedded_python(), account)
    yield from module_findings()
    yield from access_findings(account)


def httpd_findings() -> Iterator[Finding]:
    """Whether there is an httpd to run, and with the modules that a site needs."""
    try:
        said = httpd.run_httpd("-v").stdout
    except CommandError as error:
        yield Finding(str(error), "Install httpd, or run ./configure --with-apxs for another one and build again.")
        return
    found = re.search(r"Server version: \S+?/([\d.]+)", said)
    if not found:
        yield Finding(f"{version.HTTPD} is no httpd: {said.strip()}", "Build mod_python with httpd's own apxs.")
        return
    yield _httpd_version(found[1])
    missing = [name for name in _NEEDED if not httpd.has_module(name)]
    if not httpd.available_mpms():
        yield Finding("httpd has no multi-processing module", "Install its module mpm_event.")
    if missing:
        yield Finding(f"httpd lacks the modules {', '.join(missing)} in {version.LIBEXECDIR}", "Install them.")


def _httpd_version(found: str) -> Finding:
    numbers = tuple(map(int, found.split(".")))
    if numbers < _OLDEST_HTTPD:
        return Finding(f"{version.HTTPD} is httpd {found}", "mod_python needs 2.4: build it for a newer httpd.")
    if numbers[:2] != tuple(map(int, version.HTTPD_VERSION.split(".")[:2])):
        return Finding(f"httpd is {found}, but mod_python was built for {version.HTTPD_VERSION}", "Build it again.")
    return Finding(f"httpd {found}, {version.HTTPD}, with {', '.join(httpd.available_mpms())}")


def python_findings(interpreter: str, account: Account | None) -> Iterator[Finding]:
    """Whether the interpreter that httpd shall embed is there, has what mod_python needs, and may be used."""
    answer = probe(interpreter)
    if isinstance(answer, str):
        yield Finding(
            f"the Python for httpd to embed, {interpreter}, does not run: {answer}",
            "If its virtual environment has moved or gone, make it again there, or build mod_python with another one.",
        )
        return
    if answer.missing:
        packages = " ".join(answer.missing)
        yield Finding(
            f"{interpreter} has no package {' or '.join(answer.missing)}",
            f"Install what is missing: {interpreter} -m pip install {packages}",
        )
    if not answer.is_shared:
        yield Finding(
            f"{interpreter} was built without a shared libpython, so that httpd cannot load it",
            "Use a Python that was configured with --enable-shared, such as the distribution's, and build again.",
        )
    yield use_by(account, interpreter, answer)


def use_by(account: Account | None, interpreter: str, own: Probe) -> Finding:
    """Whether `account` can use the interpreter, of which we know what it is."""
    if account is None or probe(interpreter, account) == own:
        return Finding(f"Python {own.version}, {interpreter}")
    environment = Path(interpreter).absolute().parents[1]
    problem = f"httpd's children run as {account.pw_name}, who cannot use {interpreter}"
    if closed := closed_directory(account, environment):
        return Finding(problem, f"Open the way to it: chmod o+rx {closed}")
    if closed := closed_directory(account, Path(own.base)):
        return Finding(
            f"{problem}, whose Python is {own.base}, behind {closed}",
            "Make the environment again with a Python that all may use, such as /usr/bin/python3, and install again.",
        )
    return Finding(problem, f"Open it to them: chmod -R o+rX {environment}")


def module_findings() -> Iterator[Finding]:
    """Whether mod_python.so is there, fits this package, and is linked with the right Python."""
    try:
        module = module_path()
    except FileNotFoundError as error:
        yield Finding(str(error), "Build and install mod_python again.")
        return
    if version.version.encode() not in module.read_bytes():
        yield Finding(
            f"{module} and the package in {Path(mod_python.__file__).parent} are of different versions",
            "Install both from the same source; one of them is left from another installation.",
        )
    yield _linkage(module)


def _linkage(module: Path) -> Finding:
    interpreter = embedded_python()
    linked, answer = linked_python(module), probe(interpreter)
    if linked is None:
        return Finding(
            f"{module} is not linked with a shared libpython", "Build it with a Python that has --enable-shared."
        )
    if not linked.path:
        return Finding(
            f"{module} needs libpython{linked.version}, which is not there any more",
            f"Install it (Debian: libpython{linked.version}), or build mod_python for a Python that is there.",
        )
    if isinstance(answer, Probe) and answer.version != linked.version:
        return Finding(
            f"{module} was built for Python {linked.version}, but {interpreter} is {answer.version}",
            "Build mod_python again with that Python.",
        )
    return Finding(f"{module}, linked with {linked.path}")


def access_findings(account: Account | None) -> Iterator[Finding]:
    """Whether httpd's children may read the package."""
    package = Path(mod_python.__file__).parent
    if can_read(account, package / "__init__.py"):
        return
    name = account.pw_name if account else "we"
    place = (account and closed_directory(account, package)) or package
    yield Finding(f"httpd's children run as {name}, who may not read {package}", f"Open it to them: chmod o+rx {place}")
