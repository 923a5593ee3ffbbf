"""`mod_python create` and `mod_python genconfig`: servers whose configuration is a Python script."""

from __future__ import annotations

import runpy
from argparse import Namespace
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

from mod_python.command.errors import CommandError
from mod_python.command.settings import configuration_in
from mod_python.confbasic import write_basic_config

_WSGI_HINT: Final = "The application:\nPythonOption mod_python.wsgi.application module::application"


def run_create(arguments: Namespace) -> int:
    """Write the directory of a server, its script and its configuration."""
    options, is_wsgi = arguments.pythonoption, arguments.pythonhandler == "mod_python.wsgi"
    has_application = any(option.startswith("mod_python.wsgi.application ") for option in options)
    try:
        script = write_basic_config(
            arguments.directory,
            listen=arguments.listen,
            pythonhandler=arguments.pythonhandler,
            pythonpath=[path for path in arguments.pythonpath.split(":") if path],
            pythonoptions=options,
            mp_comments=[_WSGI_HINT] if is_wsgi and not has_application else [],
        )
    except OSError as error:
        raise CommandError(f"cannot set up {arguments.directory}: {error}") from error
    if script is None:
        return 1  # it has been said why
    configuration = configuration_in(Path(arguments.directory).resolve())
    configuration.write_text(_printed_by(script))
    print(f"Written: {configuration}, from {script}. To run it:\n\n  mod_python start {arguments.directory}\n")
    print(f"After an edit of the script:\n\n  mod_python genconfig {script} > {configuration}")
    print(f"  mod_python graceful {arguments.directory}")
    return 0


def run_genconfig(arguments: Namespace) -> int:
    """Print the configuration that a script makes."""
    if not Path(arguments.script).is_file():
        raise CommandError(f"there is no file {arguments.script}")
    print(_printed_by(arguments.script), end="")
    return 0


def _printed_by(script: str) -> str:
    """What a script prints, as a whole: one that fails half-way has printed no configuration."""
    with redirect_stdout(StringIO()) as output:
        runpy.run_path(script, run_name="__main__")
    return output.getvalue()
