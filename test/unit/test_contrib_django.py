"""What a Django project tells `mod_python serve`, without Django."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from mod_python.contrib.django.project import aliases_of, directory_of, target_of


@pytest.mark.parametrize(
    ("settings", "target"),
    [
        ({"WSGI_APPLICATION": "mysite.wsgi.application"}, "mysite.wsgi:application"),
        ({"WSGI_APPLICATION": None, "SETTINGS_MODULE": "mysite.settings"}, "mysite.wsgi:application"),
        ({"SETTINGS_MODULE": "settings"}, "wsgi:application"),
    ],
)
def test_the_target_of_a_django_project(settings: dict[str, str], target: str) -> None:
    assert target_of(SimpleNamespace(**settings)) == target


def test_the_directory_of_a_django_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mysite").mkdir()
    (tmp_path / "mysite" / "__init__.py").touch()
    (tmp_path / "lone_wsgi.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert directory_of("mysite.wsgi") == directory_of("lone_wsgi") == str(tmp_path)
    with pytest.raises(ModuleNotFoundError):
        directory_of("not_there.wsgi")


def test_the_files_of_a_django_project(tmp_path: Path) -> None:
    settings = {"STATIC_URL": "/static/", "STATIC_ROOT": tmp_path, "MEDIA_URL": "/", "MEDIA_ROOT": ""}
    assert list(aliases_of(SimpleNamespace(**settings))) == [("/static", str(tmp_path))]
    elsewhere = settings | {"STATIC_URL": "https://cdn.example/", "MEDIA_URL": None}
    assert list(aliases_of(SimpleNamespace(**elsewhere))) == []
