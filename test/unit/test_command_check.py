"""`mod_python check` finds planted faults, and names a cure for each."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mod_python import version
from mod_python.command import configuration_checks, httpd, installation_checks, main
from mod_python.command.control import configuration_of
from mod_python.command.linked import LinkedPython, python_in
from mod_python.command.python_probe import Probe, probe

BUILT_IN = ("mpm_event", "unixd", "authz_core", "mime", "dir", "log_config")
SHELL = "#!/bin/sh\n"
HTTPD = """\
case "$*" in
-v) echo 'Server version: Apache/{version} (Unix)' ;;
-l) echo '  core.c' ;;
*DUMP_INCLUDES*) echo "  (*) $5" ;;
*DUMP_RUN_CFG*) echo 'PidFile: "/nowhere"' ;;
-t*) {test} ;;
esac
"""


class Installation:
    """A sound installation of fake programs, for tests to damage."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._patch = root, monkeypatch
        self.linked: dict[str, LinkedPython | None] = {}
        self.modules = root / "modules"
        self.modules.mkdir()
        for name in BUILT_IN:
            (self.modules / f"mod_{name}.so").touch()
        self.module = root / "mod_python.so"
        self.module.write_text(f"ELF {version.version}")
        self.link(self.module, "3.11")
        self.python = self.interpreter("venv/bin/python", "3.11")
        self.httpd = self.program("httpd", HTTPD.format(version="2.4.62", test="true"))
        self.configuration = self.file("conf/httpd.conf", f'LoadModule python_module "{self.module}"\n')
        for name, value in (("HTTPD", self.httpd), ("LIBEXECDIR", self.modules), ("PYTHON_BIN", self.python)):
            monkeypatch.setattr(version, name, str(value))
        monkeypatch.setattr(version, "HTTPD_VERSION", "2.4.62")
        for checks in (installation_checks, configuration_checks):
            monkeypatch.setattr(checks, "module_path", self.module_path)
            monkeypatch.setattr(checks, "linked_python", lambda path: self.linked.get(str(path)))
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        httpd.built_in.cache_clear()

    def file(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def program(self, name: str, text: str) -> Path:
        path = self.file(name, SHELL + text)
        path.chmod(0o755)
        return path

    def interpreter(self, name: str, number: str, *missing: str, shared: bool = True) -> Path:
        answer = json.dumps([list(map(int, number.split("."))), missing, shared, "/usr"])
        return self.program(name, f"echo '{answer}'\n")

    def link(self, module: Path, number: str, path: str = "/lib/libpython.so") -> None:
        self.linked[str(module)] = LinkedPython(number, path)

    def module_path(self) -> Path:
        if not self.module.exists():
            raise FileNotFoundError(f"there is no {self.module}")
        return self.module

    def configure(self, line: str) -> None:
        self.configuration.write_text(self.configuration.read_text() + line + "\n")


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return Installation(tmp_path, monkeypatch)


def test_nothing_is_found_in_a_sound_installation(sound: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(sound.configuration)]) == 0
    printed = capsys.readouterr()
    assert "wrong" not in printed.out
    assert printed.err == "\nNothing wrong found\n"


def test_a_package_in_the_private_directory_counts(sound: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    python = sound.program("bare", f'exec {sys.executable} -S "$@"\n')
    sound.file("private/multipart.py", "")
    before = probe(python)
    monkeypatch.setattr(version, "PRIVATE_DIRECTORY", str(sound.root / "private"))
    after = probe(python)
    assert isinstance(before, Probe) and isinstance(after, Probe)
    assert (before.missing, after.missing) == (("cffi", "multipart"), ("cffi",))


def wsgi(sound: Installation, number: str) -> None:
    module = sound.file("modules/mod_wsgi.so", "ELF")
    sound.link(module, number)
    sound.configure(f"LoadModule wsgi_module {module}")


def old_home(sound: Installation) -> None:
    sound.file("old/pyvenv.cfg", "home = /usr/bin\nversion = 3.9.2\n")
    sound.configure(f"PythonHome {sound.root}/old")


def foreign_module(sound: Installation) -> None:
    other = sound.file("other/mod_python.so", "ELF")
    sound.configuration.write_text(f"LoadModule python_module {other}\n")


FAULTS: dict[str, tuple[Callable[[Installation], object], str, str]] = {
    "no httpd": (lambda it: it.httpd.unlink(), "cannot run httpd", "apxs"),
    "another program": (lambda it: it.program("httpd", "echo hello\n"), "is no httpd: hello", "apxs"),
    "an old httpd": (
        lambda it: it.program("httpd", HTTPD.format(version="2.2.34", test="true")),
        "is httpd 2.2.34",
        "newer",
    ),
    "another httpd": (
        lambda it: it.program("httpd", HTTPD.format(version="2.5.1", test="true")),
        "httpd is 2.5.1, but mod_python was built for 2.4.62",
        "Build it again",
    ),
    "no MPM": (lambda it: (it.modules / "mod_mpm_event.so").unlink(), "no multi-processing module", "mpm_event"),
    "a missing module": (lambda it: (it.modules / "mod_mime.so").unlink(), "lacks the modules mime", "Install"),
    "no interpreter": (lambda it: it.python.unlink(), "does not run: No such file", "virtual environment"),
    "a broken interpreter": (
        lambda it: it.program("venv/bin/python", "echo no libpython >&2\n"),
        "does not run: no libpython",
        "make it again",
    ),
    "no cffi": (
        lambda it: it.interpreter("venv/bin/python", "3.11", "cffi"),
        "has no package cffi",
        "-m pip install cffi",
    ),
    "an unshared Python": (
        lambda it: it.interpreter("venv/bin/python", "3.11", shared=False),
        "without a shared libpython",
        "--enable-shared",
    ),
    "no module": (lambda it: it.module.unlink(), "there is no", "install mod_python again"),
    "a module of another version": (lambda it: it.module.write_text("ELF 3.5"), "of different versions", "same source"),
    "a module without libpython": (lambda it: it.linked.clear(), "is not linked with a shared libpython", "shared"),
    "a libpython that has gone": (lambda it: it.link(it.module, "3.11", ""), "not there any more", "libpython3.11"),
    "a module for another Python": (
        lambda it: it.link(it.module, "3.12"),
        "was built for Python 3.12, but .* is 3.11",
        "Build mod_python again",
    ),
    "a configuration that httpd refuses": (
        lambda it: it.program("httpd", HTTPD.format(version="2.4.62", test="echo Invalid command; exit 1")),
        "(?s)httpd refuses .*Invalid command",
        "Mend the line",
    ),
    "a configuration without mod_python": (
        lambda it: it.configuration.write_text("# nothing\n"),
        "does not load mod_python",
        "module-config",
    ),
    "another mod_python": (foreign_module, "not the module of this package", "module-config"),
    "a mod_wsgi of another Python": (lambda it: wsgi(it, "3.9"), "mod_wsgi is loaded too.*Python 3.9", "remove"),
    "an old virtual environment": (old_home, "is a virtual environment of Python 3.9", "python3.11 -m venv"),
    "a virtual environment that has gone": (
        lambda it: it.configure(f"PythonHome {it.root}/gone"),
        "gone/bin/python3, does not run",
        "make it again",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_cure(sound: Installation, capsys: pytest.CaptureFixture[str], fault: str) -> None:
    plant, found, cure = FAULTS[fault]
    plant(sound)
    assert main(["check", str(sound.configuration)]) == 1
    parts = re.split(r"^(?=wrong: |ok: )", capsys.readouterr().out, flags=re.MULTILINE)
    wrong = [part for part in parts if part.startswith("wrong")]
    sentences = [part for part in wrong if re.search(found, part)]
    assert sentences, wrong
    assert cure in sentences[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's children become another user")
def test_what_is_closed_to_the_children_is_named(
    sound: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound.root.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert main(["check"]) == 1
    assert re.search(r"wrong: .* run as \S+, who cannot use .*venv/bin/python\n +Open the way", capsys.readouterr().out)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's children become another user")
def test_a_python_behind_a_closed_directory_is_named(
    sound: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = Path("/closed/python")
    own = Probe("3.11", (), True, str(base))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(installation_checks, "closed_directory", lambda _, path: base.parent if path == base else None)
    monkeypatch.setattr(installation_checks, "probe", lambda _, account=None: "Permission denied" if account else own)
    assert main(["check"]) == 1
    found = rf"wrong: .* who cannot use .*, whose Python is {base}, behind {base.parent}\n +Make the environment again"
    assert re.search(found, capsys.readouterr().out)


def test_mod_wsgi_for_the_same_python_is_no_fault(sound: Installation) -> None:
    wsgi(sound, "3.11")
    assert main(["check", str(sound.configuration)]) == 0


def test_debians_layout_is_known(sound: Installation) -> None:
    sound.configuration.rename(sound.file("etc/apache2.conf", ""))
    sound.file("etc/envvars", "export APACHE_RUN_DIR=/run/apache2\n")
    assert configuration_of(str(sound.root / "etc")) == sound.root / "etc" / "apache2.conf"
    assert httpd.environment_for(sound.root / "etc" / "apache2.conf")["APACHE_RUN_DIR"] == "/run/apache2"


def test_included_files_are_looked_into(sound: Installation) -> None:
    assert list(configuration_checks.directives(sound.configuration)) == [
        ("LoadModule", f'python_module "{sound.module}"')
    ]


def test_a_configuration_that_is_missing_is_named(sound: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(sound.root / "none")]) == 1
    assert f"there is no {sound.root}/none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "\tlibpython3.11.so.1.0 => /lib/libpython3.11.so.1.0 (0x7f)",
            LinkedPython("3.11", "/lib/libpython3.11.so.1.0"),
        ),
        (
            "\tlibpython3.13t.so.1.0 => /opt/libpython3.13t.so.1.0 (0x7f)",
            LinkedPython("3.13", "/opt/libpython3.13t.so.1.0"),
        ),
        ("\tlibpython3.9.so.1.0 => not found", LinkedPython("3.9", "")),
        ("\tlibc.so.6 => /lib/libc.so.6 (0x7f)", None),
    ],
)
def test_what_the_loader_says_is_understood(line: str, found: LinkedPython | None) -> None:
    assert python_in(f"\tlinux-vdso.so.1 (0x7f)\n{line}\n") == found
