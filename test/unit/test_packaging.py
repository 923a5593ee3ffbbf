"""What the source archive holds, and what the build of a wheel says when it cannot go on."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MADE_BY_THE_ARCHIVER = {"PKG-INFO", "configure", "setup.cfg", "lib/python/mod_python.egg-info/SOURCES.txt"}

sys.path.insert(0, str(ROOT / "dist"))

import setuptools_commands  # noqa: E402 - dist/ is where setup.py finds it too


def pack(directory: Path) -> Path:
    subprocess.run(["make", "--silent", "dist", f"RELEASE={directory}"], cwd=ROOT, check=True, capture_output=True)
    [archive] = directory.iterdir()
    return archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("release"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What the build of a wheel starts from."""
    setuptools_commands.copy_inputs(tmp_path / "tree")
    return tmp_path / "tree"


def test_the_archive_holds_what_the_repository_holds_and_configure(archive: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    with tarfile.open(archive) as members:
        packed = {member.name.partition("/")[2] for member in members if member.isfile()}
    assert packed - MADE_BY_THE_ARCHIVER == set(listed.splitlines())
    assert packed >= MADE_BY_THE_ARCHIVER


def test_the_archive_comes_out_the_same_again(archive: Path, tmp_path: Path) -> None:
    os.utime(ROOT / "README.md")
    assert pack(tmp_path).read_bytes() == archive.read_bytes()


def test_a_copy_to_build_in_has_nothing_that_another_build_made(tree: Path) -> None:
    assert not (tree / "src" / "build_config.h").exists()
    assert not (tree / "src" / ".obj").exists()
    assert not (tree / setuptools_commands.VERSION_MODULE).exists()


def test_a_missing_program_is_named_with_its_package(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit, match=r"^error: building mod_python needs autoconf: install autoconf \(Debian\)$"):
        setuptools_commands.make(tree)


def test_configure_says_what_else_is_missing(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APXS", "/nonexistent")
    with pytest.raises(SystemExit, match="because ./configure failed; the lines above tell why"):
        setuptools_commands.make(tree)
    assert "configure: error: cannot run /nonexistent as apxs: install apache2-dev (Debian)" in capfd.readouterr().err


def test_a_tree_that_is_configured_for_this_python_stays_so(tree: Path, tmp_path: Path) -> None:
    assert not setuptools_commands.is_configured(tree)
    other, version = tmp_path / "python3", tree / setuptools_commands.VERSION_MODULE
    other.symlink_to(sys.executable)  # another environment
    for python, expected in ((sys.executable, True), (other, False)):
        version.write_text(f"PYTHON_BIN = {str(python)!r}\n")
        assert setuptools_commands.is_configured(tree) is expected
