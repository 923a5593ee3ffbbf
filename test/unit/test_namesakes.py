"""Imports that found another directory's module are told, and no others."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from mod_python.namesakes import sentences


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """Two directories with a `config.py` each."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.py").touch()
    return tmp_path


def told(sites: Path, name: str, origin: str) -> list[str]:
    """What is told of a module in `two` that has imported `config` from `origin`."""
    config, module = ModuleType("config"), ModuleType(name)
    config.__file__ = str(sites / origin / "config.py")
    vars(module)["config"] = config
    return list(sentences(module, str(sites / "two" / "page.py")))


def test_a_module_from_another_directory_is_told_with_both_places(sites: Path) -> None:
    (sentence,) = told(sites, "page", "one")
    assert sentence.startswith(
        f"MP0121: {sites}/two/page.py has imported {sites}/one/config.py, not {sites}/two/config"
    )


def test_one_from_the_same_directory_is_not(sites: Path) -> None:
    assert told(sites, "page", "two") == []


def test_nor_is_the_same_file_by_a_symbolic_link(sites: Path) -> None:
    (sites / "current").symlink_to("two")
    assert told(sites, "page", "current") == []


def test_in_a_package_what_is_beside_a_module_has_another_name(sites: Path) -> None:
    assert told(sites, "package.page", "one") == []


def test_modules_without_a_file_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "sys.py").touch()
    module = ModuleType("page")
    vars(module)["sys"] = ModuleType("sys")
    assert list(sentences(module, str(tmp_path / "page.py"))) == []
