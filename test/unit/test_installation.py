"""Where mod_python.so is looked for, and the lines that load it."""

import sys
from pathlib import Path

import pytest

from mod_python import installation, version


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A directory with an installed package, and with httpd's modules."""
    package = tmp_path / "lib" / "python" / "mod_python"
    package.mkdir(parents=True)
    monkeypatch.setattr(installation, "__file__", str(package / "installation.py"))
    monkeypatch.setattr(version, "LIBEXECDIR", str(tmp_path / "modules"))
    return tmp_path


def put(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize("place", ["lib/python/mod_python", "src", "modules"])
def test_it_is_in_the_wheel_or_the_source_tree_or_among_httpd_s_modules(root, place):
    assert put(root / place / "mod_python.so") == installation.module_path()


def test_the_source_tree_s_own_wins_over_httpd_s(root):
    put(root / "modules" / "mod_python.so")
    assert put(root / "src" / "mod_python.so") == installation.module_path()


def test_without_one_the_cure_is_told(root):
    with pytest.raises(FileNotFoundError, match=rf"{root}/modules/mod_python.so: run make .* or install it again"):
        installation.configuration_lines()


def test_the_lines_name_the_module_and_the_environment(root, monkeypatch):
    module = put(root / "src" / "mod_python.so")
    monkeypatch.setattr(sys, "prefix", '/srv/a "b"')
    assert installation.configuration_lines() == [
        f'LoadModule python_module "{module}"',
        r'PythonHome "/srv/a \"b\""',
    ]


def test_a_wheel_embeds_the_python_that_it_is_installed_in(root, monkeypatch):
    monkeypatch.setattr(version, "PYTHON_BIN", "/where/it/was/built")
    put(root / "modules" / "mod_python.so")
    assert installation.embedded_python() == "/where/it/was/built"
    put(root / "lib" / "python" / "mod_python" / "mod_python.so")
    assert installation.embedded_python() == sys.executable
