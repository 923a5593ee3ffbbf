"""`python manage.py runmodpython`: the project inside Apache httpd, as `mod_python serve` runs it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.core.management.base import CommandError as DjangoError

from mod_python.command import serve
from mod_python.command.errors import CommandError
from mod_python.command.parser import add_server_options
from mod_python.contrib.django.project import aliases_of, directory_of, target_of


class Command(BaseCommand):  # type: ignore[misc]
    """The management command."""

    help = "Serves this project with Apache httpd and mod_python, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the options of `mod_python serve`."""
        add_server_options(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Serve; ends the process with the exit code of `mod_python serve`."""
        try:
            code = serve.run(self._arguments(options))
        except CommandError as error:
            raise DjangoError(str(error), returncode=error.exit_code) from error
        sys.exit(code)

    def _arguments(self, options: dict[str, Any]) -> Namespace:
        target = target_of(settings)
        aliases = list(aliases_of(settings))
        if "django.contrib.staticfiles" in settings.INSTALLED_APPS and not aliases:
            self.stderr.write("Static files are not served: set STATIC_ROOT and run manage.py collectstatic.")
        options["url_alias"] = [*aliases, *options["url_alias"]]
        options["python_path"] = [*options["python_path"], directory_of(target.partition(":")[0])]
        return Namespace(target=target, **options)
