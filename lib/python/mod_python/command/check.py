"""`mod_python check`: says what is wrong with an installation or a configuration, and what would help."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from mod_python.command.configuration_checks import configuration_findings
from mod_python.command.control import configuration_of
from mod_python.command.errors import CommandError
from mod_python.command.findings import Finding, report
from mod_python.command.installation_checks import installation_findings


def run(arguments: Namespace) -> int:
    """Print what is right and wrong; 1 if anything is wrong."""
    return 1 if report(_findings(arguments.server)) else 0


def _findings(server: str | None) -> Iterator[Finding]:
    yield from installation_findings()
    if server is None:
        return
    configuration = configuration_of(server)
    try:
        yield from configuration_findings(configuration)
    except CommandError as error:
        yield Finding(f"{configuration} cannot be checked: {error}", "Mend what is above, and check again.")
