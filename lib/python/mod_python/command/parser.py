"""The command line: commands, their options, and what each runs."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Callable
from typing import Any

from mod_python import version
from mod_python.command import about, check, completion, control, create, serve
from mod_python.confbasic import MPMS

EXIT_CODES = "Exit codes: 0 done, 1 something is wrong, 2 wrong usage, 130 ended by Ctrl-C."


def make_parser() -> ArgumentParser:
    """The parser of the whole command; parsed arguments have a function `run` that takes them."""
    parser = ArgumentParser(
        prog="mod_python",
        description="Python inside Apache httpd: run a site, set up a server, find out what is wrong with one.",
        epilog=EXIT_CODES + " The commands have a --help of their own.",
    )
    parser.add_argument("--version", action="version", version=f"mod_python {version.version}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands)
    _add_create(commands)
    _add_control(commands)
    _add_information(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[..., int], text: str, more: str = "") -> ArgumentParser:
    parser: ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}.{more}",
        epilog=EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


# -- serve ----------------------------------------------------------------------------------------------------

_TARGETS = """

TARGET is one of
  module:application   a WSGI application, or a factory: module:create_app()
  module::function     a handler of mod_python
  file.py              a file with an application, app, create_app, make_app or handler
  directory            pages: functions that the publisher calls, or Python Server Pages
A module may be named by the path of its file."""


def _add_serve(commands: _SubParsersAction[ArgumentParser]) -> None:
    parser = _command(commands, "serve", serve.run, "run a site in the foreground, until Ctrl-C", _TARGETS)
    parser.add_argument("target", metavar="TARGET", nargs="?", help="what to serve")
    add_server_options(parser)


def add_server_options(parser: ArgumentParser) -> None:
    """Add the options of `mod_python serve` to another parser, which has a `target` of its own."""
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0 for all of this machine [%(default)s]")
    add("--port", type=_port, default=8000, help="the port; 0 for any free one [%(default)s]")
    add("--processes", type=_positive, metavar="N", help="child processes [1; prefork: 4]")
    add("--threads", type=_positive, metavar="N", help="requests that a process serves at a time [8; prefork: 1]")
    add("--mpm", choices=MPMS, help="httpd's multi-processing module [the first that is installed]")
    add("--https-self-signed", action="store_true", help="HTTPS, with a certificate made for the purpose")
    add("--http2", action="store_true", help="HTTP/2 too")
    add("--reload", action="store_true", help="for development: edits count at once, the browser shows errors")
    add("--access-log", metavar="FILE", help="where requests are logged; off: nowhere [-, the terminal]")
    add("--error-log", metavar="FILE", help="where errors are logged [-, the terminal]")
    add("--docroot", metavar="DIR", help="files that come before the application [pages: their directory]")
    add("--url-alias", nargs=2, action="append", default=[], metavar=("URL", "PATH"), help="serve files below a URL")
    add("--python-path", action="append", default=[], metavar="DIR", help="where to look for modules first")
    add("--include", action="append", default=[], metavar="FILE", help="more directives for httpd")
    add("--user", metavar="NAME", help="whom the children become when root starts the server [www-data or the like]")
    add("--setup-only", metavar="DIR", help="write the server's directory, for mod_python start, and end")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ArgumentTypeError(f"{text!r} is no port: a number up to 65535 is needed")
    return int(text)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


# -- servers with a directory ---------------------------------------------------------------------------------


def _add_create(commands: _SubParsersAction[ArgumentParser]) -> None:
    parser = _command(
        commands,
        "create",
        create.run_create,
        "set up a server whose configuration is a Python script",
        "\n\nThe script is DIR/conf/httpd_conf.py; after an edit, have genconfig write DIR/conf/httpd.conf again.",
    )
    add = parser.add_argument
    add("directory", metavar="DIR", help="the directory of the server")
    add("--pythonhandler", metavar="HANDLER", required=True, help="what answers, such as mod_python.publisher")
    add("--listen", metavar="SPEC", default="8888", help="what httpd's Listen takes [%(default)s]")
    add("--pythonpath", metavar="DIR:DIR", default="", help="directories to add to sys.path")
    add("--pythonoption", metavar='"KEY VALUE"', action="append", default=[], help="a PythonOption; repeatable")
    script = _command(commands, "genconfig", create.run_genconfig, "print the configuration that a Python script makes")
    script.add_argument("script", metavar="SCRIPT", help="such as DIR/conf/httpd_conf.py")


def _add_control(commands: _SubParsersAction[ArgumentParser]) -> None:
    for name, run, text in (
        ("start", control.start, "start a server in the background"),
        ("stop", control.stop, "stop a server, when it has finished the requests in progress"),
        ("restart", control.restart, "restart a server at once, which cuts off requests in progress"),
        ("graceful", control.graceful, "restart a server without losing a request"),
        ("status", control.status, "say whether a server runs: exit code 0 if so, else 1"),
    ):
        parser = _command(commands, name, run, text)
        where = "its directory, which create or serve --setup-only made, or its httpd.conf [the working directory]"
        parser.add_argument("server", metavar="SERVER", nargs="?", default=".", help=where)


def _add_information(commands: _SubParsersAction[ArgumentParser]) -> None:
    _command(commands, "version", about.run_version, "print the versions and places of everything that takes part")
    _command(commands, "module-config", about.run_module_config, "print the lines that load mod_python into an httpd")
    checker = _command(
        commands,
        "check",
        check.run,
        "say what is wrong with the installation, or with a server, and what would help",
    )
    where = "a server's directory, or an httpd.conf, to check too"
    checker.add_argument("server", metavar="SERVER", nargs="?", help=where)
    shell = _command(commands, "completion", completion.run, "print a completion script for a shell; needs shtab")
    shell.add_argument("shell", choices=completion.SHELLS, help="the shell")
