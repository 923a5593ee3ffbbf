"""What ./configure says when something is missing, what it writes down otherwise, and what make does with that."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = f"--with-python={sys.executable}"
VERSION = (ROOT / "dist" / "VERSION").read_text().strip()
INPUTS = (
    "configure.ac",
    "Makefile.in",
    "dist/VERSION",
    "dist/man/mod_python.1",
    "dist/mod_python.in",
    "dist/python_facts.py",
    "src/build_config.h.in",
    "lib/python/mod_python/version.py.in",
)
MODULE = """\
#include <httpd.h>
#include <http_config.h>
#include "build_config.h"
__attribute__((visibility("default"))) const char version[] = MP_VERSION;
"""
COMMAND = "import sys\nprint('done:', *sys.argv[1:])\n"
BRIDGE = "import sys\nopen(sys.argv[1], 'w').write('int mp_nothing;')\n"


class Tree:
    """A source tree with what the build reads and a module of a few lines."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in INPUTS:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        (root / "src" / "bridge").mkdir()
        (root / "src" / "mod_python.c").write_text(MODULE)
        (root / "lib" / "python" / "mod_python" / "__main__.py").write_text(COMMAND)
        (root / "src" / "bridge" / "build.py").write_text(BRIDGE)
        self.run("autoconf", check=True)

    def run(self, *command: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=check, env=environment())

    def refusal(self, *options: str) -> str:
        """What a run of configure that fails writes to stderr."""
        done = self.run("./configure", *options)
        assert done.returncode == 1
        return done.stderr

    def configured(self) -> dict[str, str]:
        header = (self.root / "src" / "build_config.h").read_text()
        return dict(re.findall(r'^#define (\w+) "(.*)"$', header, re.MULTILINE))

    def version_module(self) -> dict[str, Any]:
        return runpy.run_path(str(self.root / "lib" / "python" / "mod_python" / "version.py"))


def environment() -> Mapping[str, str]:
    """The environment without what changes a build."""
    return {name: value for name, value in os.environ.items() if name not in {"CC", "CFLAGS", "LDFLAGS", "MAKEFLAGS"}}


def program(path: Path, script: str) -> Path:
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("a tree"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("a built tree"))
    tree.run("./configure", PYTHON, "--enable-werror", "--with-python-libdir=/python", check=True)
    tree.run("make", "all", check=True)
    return tree


# -- What is missing --------------------------------------------------------------------------------------------------


def test_no_apxs(tree: Tree) -> None:
    assert tree.refusal(PYTHON, "--with-apxs=/nonexistent") == (
        "configure: error: cannot run /nonexistent as apxs: "
        "install apache2-dev (Debian) or httpd-devel (Fedora), or pass --with-apxs=PATH\n"
    )


def test_an_apxs_that_leads_nowhere(tree: Tree, tmp_path: Path) -> None:
    apxs = program(tmp_path / "apxs", "echo /nonexistent")
    said = tree.refusal(PYTHON, f"--with-apxs={apxs}")
    assert f"{apxs} does not lead to httpd.h and APR: install apache2-dev" in said
    assert f"cannot run /nonexistent//nonexistent, which {apxs} names: install apache2 (Debian)" in said


def test_an_httpd_of_the_past(tree: Tree, tmp_path: Path) -> None:
    answers = f'case $2 in SBINDIR) echo {tmp_path};; progname) echo httpd;; *) apxs "$@";; esac'
    apxs = program(tmp_path / "apxs", answers)
    httpd = program(tmp_path / "httpd", 'echo "Server version: Apache/2.2.34 (Unix)"')
    assert f"{httpd} is httpd 2.2.34, older than 2.4: install" in tree.refusal(PYTHON, f"--with-apxs={apxs}")


def test_no_compiler(tree: Tree) -> None:
    said = tree.refusal(PYTHON, "CC=/nonexistent")
    assert "the C compiler /nonexistent cannot make a program (config.log tells why): install gcc and libc6-dev" in said


def test_no_python(tree: Tree) -> None:
    said = tree.refusal("--with-python=/nonexistent")
    assert said.startswith("configure: error: /nonexistent is not a program: install python3-dev and python3-cffi")


def test_a_python_without_cffi(tree: Tree, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    assert f"{python} cannot import cffi (No module named 'cffi'): install" in tree.refusal(f"--with-python={python}")


def test_the_reason_that_python_gives_is_told(tree: Tree, tmp_path: Path) -> None:
    python = program(tmp_path / "python", "echo has no shared libpython; exit 1")
    assert f"{python} has no shared libpython: install" in tree.refusal(f"--with-python={python}")


def test_a_program_that_is_not_python(tree: Tree) -> None:
    assert "/bin/true is not Python: install" in tree.refusal("--with-python=/bin/true")


def test_everything_missing_is_told_at_once(tree: Tree) -> None:
    said = tree.refusal("CC=/nonexistent", "--with-apxs=/nonexistent", "--with-python=/nonexistent")
    assert [line.split(": ")[:2] for line in said.splitlines()] == [["configure", "error"]] * 3


def test_another_directory(tree: Tree, tmp_path: Path) -> None:
    command = [str(tree.root / "configure"), PYTHON]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "run ./configure there" in done.stderr


# -- What Python says about itself ------------------------------------------------------------------------------------


def refusal() -> str:
    return str(runpy.run_path(str(ROOT / "dist" / "python_facts.py"))["refusal"]())


def test_this_python_fits() -> None:
    assert refusal() == ""


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert refusal() == "is Python 3.9, older than 3.10"


def test_a_python_without_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: "/nonexistent")
    assert refusal() == "has no Python.h"


def test_a_python_without_a_shared_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/nonexistent")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: None)
    assert refusal() == "has no shared libpython, which Python builds with --enable-shared"


def test_an_old_cffi(monkeypatch: pytest.MonkeyPatch) -> None:
    cffi = pytest.importorskip("cffi")
    monkeypatch.setattr(cffi, "__version_info__", (1, 14, 6))
    monkeypatch.setattr(cffi, "__version__", "1.14.6")
    assert refusal() == "has cffi 1.14.6, older than 1.15"


# -- What is written down ---------------------------------------------------------------------------------------------


def test_c_knows_the_interpreter(built: Tree) -> None:
    facts = built.configured()
    assert facts["MP_PYTHON_EXECUTABLE"] == sys.executable
    assert facts["MP_PYTHON_VERSION"] == "{}.{}.{}".format(*sys.version_info[:3])
    assert facts["MP_LIBPYTHON"].startswith("libpython3.")


def test_python_knows_the_same_version_as_c(built: Tree) -> None:
    module = built.version_module()
    assert module["version"] == built.configured()["MP_VERSION"] == VERSION
    assert module["PYTHON_BIN"] == sys.executable
    assert module["TEST_MOD_PYTHON_SO"] == str(built.root / "src" / "mod_python.so")


def commit(directory: Path) -> str:
    """Make `directory` a git repository with one commit, and return its short name."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init")
    git("commit", "--allow-empty", "--message=x")
    return git("rev-parse", "--short", "HEAD")


def test_the_version_names_the_commit_unless_it_is_tagged(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    name = commit(tmp_path)
    tree.run("./configure", PYTHON, check=True)
    assert tree.configured()["MP_VERSION"] == f"{VERSION}+{name}"
    tree.run("git", "tag", "release", check=True)
    tree.run("./configure", PYTHON, check=True)
    assert tree.configured()["MP_VERSION"] == VERSION


def test_the_commit_of_a_repository_around_the_tree_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    tree = Tree(tmp_path / "tree")
    commit(tmp_path)
    tree.run("./configure", PYTHON, check=True)
    assert tree.configured()["MP_VERSION"] == VERSION


# -- make -------------------------------------------------------------------------------------------------------------


def test_make_builds_the_module_and_shows_the_menu(built: Tree) -> None:
    menu = built.run("make", check=True).stdout
    assert (built.root / "src" / "mod_python.so").exists()
    for target in ("install", "check", "test-docker", "lint", "clean", "help"):
        assert re.search(rf"^  make {target} +\w", menu, re.MULTILINE)


def test_make_has_nothing_to_do_the_second_time(built: Tree) -> None:
    assert built.run("make", "all", check=True).stdout == ""


def test_other_flags_compile_anew(built: Tree) -> None:
    assert "CC   src/mod_python.c" in built.run("make", "all", "CFLAGS=-O1", check=True).stdout


def test_a_warning_is_an_error_with_werror(built: Tree) -> None:
    source = built.root / "src" / "mod_python.c"
    source.write_text(MODULE + "static int unused;\n")
    try:
        assert "-Werror=unused-variable" in built.run("make", "all").stderr
    finally:
        source.write_text(MODULE)


def test_install_into_another_root(built: Tree, tmp_path: Path) -> None:
    built.run("make", "install", f"DESTDIR={tmp_path}", check=True)
    [module] = tmp_path.rglob("mod_python.so")
    assert f"/{module.parent.relative_to(tmp_path)}" == built.version_module()["LIBEXECDIR"]
    assert module.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "python" / "mod_python" / "version.py").exists()
    assert not (tmp_path / "python" / "mod_python" / "version.py.in").exists()


def test_the_installed_command_runs_the_python_and_the_package_of_the_module(built: Tree, tmp_path: Path) -> None:
    built.run("make", "install", f"DESTDIR={tmp_path}", "bindir=/bin", check=True)
    command = tmp_path / "bin" / "mod_python"
    assert command.stat().st_mode & 0o777 == 0o755
    assert f'exec "{sys.executable}" -c' in command.read_text()
    assert 'sys.path[0] = "/python"' in command.read_text()


def test_the_manual_page_and_the_completion_of_shells_go_where_these_look(built: Tree, tmp_path: Path) -> None:
    built.run("make", "install-share", f"DESTDIR={tmp_path}", "datarootdir=/share", check=True)
    assert (tmp_path / "share" / "man" / "man1" / "mod_python.1").exists()
    for shell, name in (
        ("bash", "bash-completion/completions/mod_python"),
        ("zsh", "zsh/site-functions/_mod_python"),
        ("fish", "fish/vendor_completions.d/mod_python.fish"),
    ):
        assert (tmp_path / "share" / name).read_text() == f"done: completion {shell}\n"


def test_a_python_without_shtab_installs_no_completion(built: Tree, tmp_path: Path) -> None:
    said = built.run("make", "install-share", f"DESTDIR={tmp_path}", "PYTHON=false", check=True).stdout
    assert said == "Shells will not complete mod_python: false has no package shtab >= 1.13.\n"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["mod_python.1"]


def test_clean_keeps_the_configuration_and_distclean_nothing(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    before = {path for path in tmp_path.rglob("*") if "autom4te" not in str(path) and path.name != "configure"}
    tree.run("./configure", PYTHON, check=True)
    tree.run("make", "all", check=True)
    (tmp_path / "test").mkdir()
    tree.run("make", "clean", check=True)
    assert (tmp_path / "Makefile").exists()
    assert not (tmp_path / "src" / "mod_python.so").exists()
    tree.run("make", "distclean", check=True)
    assert set(tmp_path.rglob("*")) - {tmp_path / "test"} == before
