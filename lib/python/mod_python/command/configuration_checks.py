"""What may be wrong with a configuration that loads mod_python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mod_python.command import httpd
from mod_python.command.account import Account, account_for
from mod_python.command.errors import CommandError
from mod_python.command.findings import Finding
from mod_python.command.installation_checks import python_findings
from mod_python.command.linked import LinkedPython, linked_python
from mod_python.installation import module_path


def configuration_findings(configuration: Path) -> Iterator[Finding]:
    """Everything about a configuration; what httpd refuses, it explains itself."""
    if refusal := httpd.refusal(configuration):
        yield Finding(f"httpd refuses {configuration}:\n{_indented(refusal)}", "Mend the line that it names.")
    else:
        yield Finding(f"httpd accepts {configuration}")
        yield from _account_findings(configuration)
    lines = list(directives(configuration))
    yield from _module_findings(lines, configuration)
    yield from _conflict_findings(lines)


def _indented(text: str) -> str:
    return "\n".join(f"       {line}" for line in text.splitlines())


def directives(configuration: Path) -> Iterator[tuple[str, str]]:
    """The directives of a configuration with their arguments, also of files that it includes when httpd accepts it."""
    listing = httpd.run_httpd("-t", "-D", "DUMP_INCLUDES", configuration=configuration).stdout
    files = re.findall(r"^\s*\([*\d]+\)\s+(/.*)$", listing, re.MULTILINE) or [str(configuration)]
    for file in files:
        with suppress(OSError):  # httpd has told which file it cannot read
            text = re.sub(r"\\\n", " ", Path(file).read_text("utf-8", "surrogateescape"))
            yield from re.findall(r"^[ \t]*(\w+)[ \t]+(.+?)[ \t]*$", text, re.MULTILINE)


def _loaded(lines: list[tuple[str, str]], module: str) -> list[Path]:
    """The files that `LoadModule` loads a module from."""
    arguments = (argument.split(None, 1) for name, argument in lines if name.lower() == "loadmodule")
    return [Path(words[1].strip("\"'")) for words in arguments if words[0] == module and len(words) > 1]


def _module_findings(lines: list[tuple[str, str]], configuration: Path) -> Iterator[Finding]:
    loaded, ours = _loaded(lines, "python_module"), _own_module()
    if not loaded:
        yield Finding(
            f"{configuration} does not load mod_python", "Add the lines that mod_python module-config prints."
        )
    for path in loaded:
        if ours and path.is_file() and not path.samefile(ours):
            yield Finding(
                f"{configuration} loads {path}, which is not the module of this package",
                "Replace the line by those that mod_python module-config prints, or run that installation's check.",
            )


def _own_module() -> Path | None:
    """The module of this package; None: it is missing, which is a finding of its own."""
    try:
        return module_path()
    except FileNotFoundError:
        return None


def _own_python() -> LinkedPython | None:
    module = _own_module()
    return linked_python(module) if module else None


def _conflict_findings(lines: list[tuple[str, str]]) -> Iterator[Finding]:
    """mod_wsgi brings a Python of its own into the process, and two different ones crash it."""
    ours = _own_python()
    for path in _loaded(lines, "wsgi_module"):
        theirs = linked_python(path)
        if theirs != ours:
            yield Finding(
                f"mod_wsgi is loaded too, {path}, and was built for "
                + (f"Python {theirs.version}" if theirs else "a Python that it has inside"),
                "Two Pythons in one process crash: remove one of the modules, or build both for the same Python.",
            )
        else:
            yield Finding(f"mod_wsgi is loaded too, for the same Python, {path}")


def _account_findings(configuration: Path) -> Iterator[Finding]:
    """Whether the user of this configuration may use the Python that it names."""
    user = httpd.facts(configuration).get("User")
    try:
        account: Account | None = account_for(user)
    except CommandError:
        return  # we are not root, and so nobody else
    for home in (argument.strip("\"'") for name, argument in directives(configuration) if name.lower() == "pythonhome"):
        yield from _home_findings(Path(home), account)


def _home_findings(home: Path, account: Account | None) -> Iterator[Finding]:
    interpreter = home / "bin" / "python3"
    linked = _own_python()
    try:
        own = re.search(r"^version\w* *= *(\d+\.\d+)", (home / "pyvenv.cfg").read_text(), re.MULTILINE)
    except OSError:
        own = None
    if own and linked and own[1] != linked.version:
        yield Finding(
            f"PythonHome {home} is a virtual environment of Python {own[1]}, but the module is for {linked.version}",
            f"Make it again with python{linked.version} -m venv, or build mod_python for Python {own[1]}.",
        )
        return
    yield from python_findings(str(interpreter), account)
