"""The command line of `mod_python`: words, targets, the configuration that is made of them, and what documents it."""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mod_python import version
from mod_python.command import arguments, httpd, main, watcher
from mod_python.command.arguments import settings_from
from mod_python.command.completion import SHELLS, script
from mod_python.command.configuration import configuration
from mod_python.command.errors import CommandError, UsageError
from mod_python.command.foreground import Foreground
from mod_python.command.parser import make_parser
from mod_python.command.port import free_port
from mod_python.command.relay import relay
from mod_python.command.target import Kind, recognise
from mod_python.command.wakeup import Wakeup

ROOT = Path(__file__).resolve().parents[2]
CONTROLS = ("start", "stop", "restart", "graceful", "status")


# -- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "serve",
        "serve shop:app --port 0 --processes 3 --threads 2 --mpm worker --https-self-signed --http2 --reload",
        "serve shop:app --url-alias /a a --url-alias /b b --python-path lib --docroot public --include more.conf",
        "create site --pythonhandler mod_python.psp --pythonoption a --pythonoption b --pythonpath /a:/b --listen 80",
        "genconfig conf/httpd_conf.py",
        *CONTROLS,
        *(f"{name} site" for name in CONTROLS),
        "version",
        "module-config",
        "check",
        "check site",
        *(f"completion {shell}" for shell in SHELLS),
    ],
)
def test_words_that_are_understood(words: str) -> None:
    assert callable(make_parser().parse_args(words.split()).run)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", "COMMAND"),
        ("fly", "fly"),
        ("serve a b", "unrecognized arguments: b"),
        ("serve --port 65536", "'65536' is no port"),
        ("serve --port -1", "--port"),
        ("serve --port ten", "'ten' is no port"),
        ("serve --processes 0", "'0' is not a number from 1 up"),
        ("serve --mpm winnt", "winnt"),
        ("create site", "--pythonhandler"),
        ("genconfig", "SCRIPT"),
        ("completion tcl", "tcl"),
    ],
)
def test_words_that_are_refused(words: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_serve_asks_what_to_serve(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 2
    assert capsys.readouterr().err.startswith("mod_python: serve what?")


@pytest.mark.parametrize("command", ["genconfig", *CONTROLS, "check"])
def test_what_is_missing_is_named(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(tmp_path / "none")]) == 1
    assert f"{tmp_path}/none" in capsys.readouterr().err


def test_versions_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    printed = capsys.readouterr().out
    assert all(text in printed for text in (version.version, version.HTTPD, version.PYTHON_BIN, sys.executable))


def test_scripts_that_print_a_configuration_are_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "httpd_conf.py"
    path.write_text("from mod_python.httpdconf import *\nprint(Listen(8888))\n")
    assert main(["genconfig", str(path)]) == 0
    assert capsys.readouterr().out == "Listen 8888\n\n"


# -- targets --------------------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one of each kind."""
    files = {
        "shop.py": "from flask import Flask\napp = Flask(__name__)\n",
        "factory.py": "def create_app():\n    return None\n",
        "hello.py": "async def other(): ...\ndef handler(req): ...\n",
        "script.wsgi": "application = None\n",
        "nothing.py": "x = 1\n",
        "broken.py": "def (\n",
        "package/__init__.py": "",
        "package/web.py": "application = None\n",
        "pages/index.py": "",
        "psp/a.psp": "",
        "both/a.psp": "",
        "both/index.py": "",
        "empty/readme.txt": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "name", "directory"),
    [
        ("shop:app", Kind.WSGI, "shop::app", ""),
        ("shop:app.wsgi_app", Kind.WSGI, "shop::app.wsgi_app", ""),
        ("factory:create_app()", Kind.WSGI, "factory::create_app()", ""),
        ("package.web", Kind.WSGI, "package.web::application", ""),
        ("package.web:application", Kind.WSGI, "package.web::application", ""),
        ("shop.py", Kind.WSGI, "shop::app", ""),
        ("factory.py", Kind.WSGI, "factory::create_app()", ""),
        ("package/web.py", Kind.WSGI, "package.web::application", ""),
        ("package/web.py:other", Kind.WSGI, "package.web::other", ""),
        ("script.wsgi", Kind.WSGI, "{}/script.wsgi::application", ""),
        ("hello::handler", Kind.HANDLER, "hello::handler", ""),
        ("hello::Site.handler", Kind.HANDLER, "hello::Site.handler", ""),
        ("hello.py", Kind.HANDLER, "hello::handler", ""),
        ("./hello.py::other", Kind.HANDLER, "hello::other", ""),
        ("pages", Kind.PUBLISHER, "", "pages"),
        ("psp/", Kind.PSP, "", "psp"),
        ("psp/a.psp", Kind.PSP, "", "psp"),
        ("both", Kind.PAGES, "", "both"),
    ],
)
def test_targets_are_recognised(site: Path, text: str, kind: Kind, name: str, directory: str) -> None:
    target = recognise(text, site)
    assert (target.kind, target.name, target.directory) == (kind, name.format(site), site / directory)


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("nowhere", UsageError, "neither a directory, nor a file, nor a module"),
        ("two words", UsageError, "neither"),
        ("nowhere:app", CommandError, "there is no module 'nowhere'"),
        ("none/shop.py:app", CommandError, "there is no file"),
        ("nothing.py", UsageError, "defines none of application, app"),
        ("broken.py", CommandError, "cannot be read as Python"),
        ("empty", CommandError, "there is no page"),
    ],
)
def test_targets_that_are_refused(site: Path, text: str, error: type[CommandError], complaint: str) -> None:
    with pytest.raises(error, match=complaint):
        recognise(text, site)


# -- the configuration ----------------------------------------------------------------------------------------


@pytest.fixture
def lines(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function from words behind "serve" to the lines of the configuration, on a machine that has everything."""
    monkeypatch.setattr(httpd, "available_mpms", lambda: ["event", "worker", "prefork"])
    monkeypatch.setattr(httpd, "built_in", lambda: frozenset({"unixd"}))
    monkeypatch.setattr(httpd, "has_module", lambda name: True)
    monkeypatch.setattr("mod_python.confbasic.configuration_lines", lambda: ["LoadModule python_module x.so"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(arguments, "free_port", lambda host, port: port)
    root = site / "root"
    root.mkdir()
    monkeypatch.setattr(arguments, "_root", lambda wanted: root)

    def made(words: str, *more: str) -> list[str]:
        parsed = make_parser().parse_args(["serve", *words.split(), *more])
        return [line.strip() for line in str(configuration(settings_from(parsed))).splitlines()]

    return made


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("shop:app", "Listen 127.0.0.1:8000"),
        ("shop:app", "PythonOption mod_python.wsgi.application shop::app"),
        ("shop:app", "PythonPath \"['{site}'] + sys.path\""),
        ("shop:app", "PythonImport shop main_interpreter"),
        ("shop:app", "DocumentRoot {site}/root/public"),
        ("shop:app", "LoadModule mpm_event_module {modules}/mod_mpm_event.so"),
        ("shop:app", "PythonAutoReload Off"),
        ("shop:app --reload", "PythonAutoReload On"),
        ("shop:app --reload", "PythonDebug On"),
        ("shop:app --host ::1 --port 80", "Listen [::1]:80"),
        ("shop:app --https-self-signed", "Listen 127.0.0.1:8000 https"),
        ("shop:app --https-self-signed", "SSLCertificateFile {site}/root/conf/server.crt"),
        ("shop:app --http2", "Protocols h2c http/1.1"),
        ("shop:app --http2 --https-self-signed", "Protocols h2 http/1.1"),
        ("shop:app --processes 3 --threads 5", "MaxRequestWorkers 15"),
        ("shop:app --mpm prefork", "MaxRequestWorkers 4"),
        ("shop:app --mpm prefork", "MaxSpareServers 5"),
        ("shop:app --access-log log --error-log err", "CustomLog {site}/log common"),
        ("shop:app --access-log log --error-log err", "ErrorLog {site}/err"),
        ("shop:app --setup-only x", "ErrorLog logs/error_log"),
        ("shop:app --docroot pages", "DocumentRoot {site}/pages"),
        ("shop:app --docroot pages", "<If \"! -f '%{{DOCUMENT_ROOT}}%{{REQUEST_URI}}'\">"),
        ("shop:app --url-alias /static psp", "Alias /static {site}/psp"),
        ("shop:app --python-path pages", "PythonPath \"['{site}/pages', '{site}'] + sys.path\""),
        ("shop:app --include nothing.py", "Include {site}/nothing.py"),
        ("hello::handler", "PythonHandler hello::handler"),
        ("pages", "DocumentRoot {site}/pages"),
        ("pages", "PythonHandler mod_python.publisher"),
        ("shop:app --reload --host ::1", "PythonDebug On"),
        ("shop:app --reload --host 0.0.0.0", "PythonDebug Off"),
        ("psp", "PythonHandler mod_python.psp | .psp"),
        ("psp --reload", "AddHandler mod_python .psp .psp_"),
        ("both", "DirectoryIndex index.psp index.py index.html"),
    ],
)
def test_options_become_directives(lines: Any, site: Path, words: str, wanted: str) -> None:
    assert wanted.format(site=site, modules=version.LIBEXECDIR) in lines(words)


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        ("shop:app", "LoadModule unixd_module"),
        ("shop:app", "LoadModule ssl_module"),
        ("shop:app --access-log off", "CustomLog"),
        ("shop:app", "User"),
        ("psp", "PythonHandler mod_python.publisher"),
    ],
)
def test_what_is_not_needed_is_left_out(lines: Any, words: str, unwanted: str) -> None:
    assert [line for line in lines(words) if line.startswith(unwanted)] == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("shop:app --http2 --mpm prefork", "HTTP/2 needs threads"),
        ("shop:app --threads 2 --mpm prefork", "has one thread"),
        ("shop:app --url-alias static psp", "'static' has to be the beginning of a path"),
        ("shop:app --url-alias /static none", "there is no .*/none"),
        ("shop:app --docroot shop.py", "is no directory"),
        ("shop:app --user root", "only root can run a server as another user"),
    ],
)
def test_what_does_not_go_together_is_refused(lines: Any, words: str, complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        lines(words)


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\\b", "${HOME}", "\udcff"])
def test_a_name_that_httpd_cannot_be_told_is_refused(lines: Any, site: Path, name: str) -> None:
    (site / name).mkdir()
    for words in ("shop:app --docroot", "shop:app --python-path", "shop:app --url-alias /s"):
        with pytest.raises(CommandError, match="cannot stand in httpd's configuration"):
            lines(words, name)


def test_a_module_that_httpd_lacks_is_named(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpd, "has_module", lambda name: name != "http2")
    with pytest.raises(CommandError, match="httpd has no module http2"):
        lines("shop:app --http2")


def test_an_mpm_that_httpd_lacks_is_named(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpd, "available_mpms", lambda: ["prefork"])
    with pytest.raises(CommandError, match="httpd has no MPM event here, only: prefork"):
        lines("shop:app --mpm event")


def test_a_directory_with_other_things_is_not_taken(site: Path) -> None:
    with pytest.raises(CommandError, match="has other things in it already"):
        arguments._root(str(site))


def test_a_free_port_is_found_and_one_in_use_is_not() -> None:
    assert free_port("127.0.0.1", 0) > 0
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(CommandError, match="is in use"):
        free_port("127.0.0.1", other.getsockname()[1])


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(CommandError, match=r"cannot listen on port 0 of 192\.0\.2\.1: Cannot assign"):
        free_port("192.0.2.1", 0)


# -- running --------------------------------------------------------------------------------------------------


def test_what_httpd_prints_reaches_a_socket() -> None:
    near, far = socket.socketpair()
    reader, writer = os.pipe()
    with near, far, open(reader, "rb") as source:
        thread = relay(source, far.fileno())
        os.write(writer, b"a line\n")
        os.close(writer)
        thread.join()
        assert near.recv(100) == b"a line\n"


def test_what_cannot_be_printed_is_dropped() -> None:
    near, far = socket.socketpair()
    near.close()
    reader, writer = os.pipe()
    with far, open(reader, "rb") as source:
        thread = relay(source, far.fileno())
        os.write(writer, b"a line\n")
        os.close(writer)
        thread.join()


def test_a_second_signal_ends_what_ignores_the_first(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    stubborn = f"trap '' TERM; echo $$ > {pid_file}; while :; do sleep 60; done"

    def stop_twice() -> None:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    assert Foreground(["sh", "-c", stubborn], pid_file).run(stop_twice) == 0


def test_an_end_that_nobody_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="httpd ended by itself, with status 3"):
        Foreground(["sh", "-c", "exit 3"], tmp_path / "pid").run(lambda: None)


def test_a_signal_that_came_before_the_wait_ends_it() -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    with Wakeup() as wakeup:
        signal.raise_signal(signal.SIGUSR1)
        wakeup.wait()
    signal.signal(signal.SIGUSR1, before)


def test_a_child_that_ended_before_the_wait_ends_it() -> None:
    with Wakeup() as wakeup:
        subprocess.run(["true"], check=True)
        wakeup.wait()


# -- reloading ------------------------------------------------------------------------------------------------


def test_the_watcher_sees_edits_of_the_site_and_no_others(site: Path) -> None:
    for name in (".git/a.py", "venv/pyvenv.cfg", "venv/b.py", "node_modules/c.py", "pages/__pycache__/d.py"):
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    before = watcher.snapshot([site / "pages", site])
    assert {Path(path).name for path in before} >= {"shop.py", "web.py", "index.py"}
    assert not {"a.py", "b.py", "c.py", "d.py"} & {Path(path).name for path in before}
    (site / "package" / "web.py").write_text("application = 'edited'\n")
    (site / "psp" / "a.psp").write_text("edited")
    after = watcher.snapshot([site / "pages", site])
    assert [path for path in after if before[path] != after[path]] == [str(site / "package" / "web.py")]


# -- documentation and completion -----------------------------------------------------------------------------


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)


def options() -> set[str]:
    actions = [action for parser in commands().values() for action in parser._actions]
    return {name for action in actions for name in action.option_strings if name.startswith("--")} - {"--help"}


def test_the_manual_page_describes_every_command_and_option() -> None:
    page = (ROOT / "dist" / "man" / "mod_python.1").read_text().replace("\\-", "-")
    described = re.findall(r"^\.TP\n\.BI? (\S+)", page, re.MULTILINE)
    assert {*commands(), *options()} - set(described) == set()
    assert {name for name in described if name.startswith("--")} - options() == set()


def test_the_guide_mentions_every_command_and_option_of_serve() -> None:
    text = (ROOT / "docs" / "command.md").read_text()
    serve = {name for action in commands()["serve"]._actions for name in action.option_strings if len(name) > 2}
    missing = [
        name for name in {*commands(), *serve} - {"--help"} if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)
    ]
    assert missing == []


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_complete_commands_and_options(shell: str) -> None:
    pytest.importorskip("shtab")
    text = script(shell)
    assert [name for name in (*commands(), "setup-only", "pythonhandler") if name not in text] == []


def test_completion_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert "pip install shtab" in capsys.readouterr().err
