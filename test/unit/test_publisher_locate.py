"""From URL and file system to module file and object path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mod_python.constants import HTTP_NOT_FOUND
from mod_python.errors import SERVER_RETURN
from mod_python.publisher.locate import locate
from publishing import PublisherRequest, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    for name in ("index.py", "page.py", "sub/index.py", "sub/leaf.py"):
        site.write(name, "")
    return site


def found(site: Site, url: str, **attributes: Any) -> tuple[str, str]:
    place = locate(site.prepare(url, **attributes))
    return os.path.relpath(place.file, site.root), place.names


def unsplit(site: Site, url: str) -> tuple[str, str]:
    """Locate as inside a Location: the file name is the document root and the whole URL."""
    return found(site, url, filename=f"{site.root}{url}", path_info=None)


URLS = [
    ("/", ("index.py", "index")),
    ("/index/", ("index.py", "index")),
    ("/page", ("page.py", "index")),
    ("/page.py", ("page.py", "index")),
    ("/page/a/b.c/", ("page.py", "a/b.c")),
    ("/nosuch/hello", ("index.py", "nosuch/hello")),
    ("/sub/", ("sub/index.py", "index")),
    ("/sub/hello", ("sub/index.py", "hello")),
    ("/sub/leaf/a/b", ("sub/leaf.py", "a/b")),
    ("/sub/inst.child", ("sub/index.py", "inst.child")),
]


@pytest.mark.parametrize(("url", "place"), URLS)
def test_a_url_that_httpd_has_split(site: Site, url: str, place: tuple[str, str]) -> None:
    assert found(site, url) == place


@pytest.mark.parametrize(("url", "place"), URLS)
def test_a_url_inside_a_location_is_split_below_the_document_root(site: Site, url: str, place: tuple[str, str]) -> None:
    assert unsplit(site, url) == place


@pytest.mark.parametrize("filename", [None, ""])
@pytest.mark.parametrize(("url", "place"), URLS)
def test_a_url_without_file_name_starts_at_the_document_root(
    site: Site, filename: str | None, url: str, place: tuple[str, str]
) -> None:
    assert found(site, url, filename=filename, path_info=None) == place


def test_a_directory_without_slash_means_its_index(site: Site) -> None:
    assert unsplit(site, "/sub") == ("sub/index.py", "index")


def test_the_split_is_noted_in_the_request(site: Site) -> None:
    req = site.prepare("/page/a/b", filename=f"{site.root}/page/a/b", path_info=None)
    locate(req)
    assert (req.filename, req.path_info) == (f"{site.root}/page.py", "/a/b")


@pytest.mark.parametrize("extension", [".php", ".x+y"])
def test_an_extension_mapped_by_addhandler_is_discarded_from_object_names_too(site: Site, extension: str) -> None:
    assert found(site, f"/hello{extension}", exts=f"foo {extension[1:]} ") == ("index.py", "hello")


def test_the_extension_that_limits_the_handler_is_discarded(site: Site) -> None:
    assert found(site, "/hello.x", extension=".x") == ("index.py", "hello")


def test_a_mapped_extension_is_no_pattern(site: Site) -> None:
    assert found(site, "/hello.axb", exts="a.b") == ("index.py", "hello.axb")


def test_only_the_last_extension_is_discarded(site: Site) -> None:
    site.write("two.dots.py", "")
    assert found(site, "/two.dots") == found(site, "/two.dots.py") == ("two.dots.py", "index")


def test_a_directory_named_like_a_module_is_not_one(site: Site) -> None:
    (site.root / "dir.py").mkdir()
    assert found(site, "/dir") == ("index.py", "dir")


@pytest.mark.parametrize("name", ["_private", "__init__", ".dot"])
def test_a_hidden_file_is_not_a_module(site: Site, name: str) -> None:
    site.write(f"{name}.py", "")
    assert found(site, f"/{name}/f") == ("index.py", f"{name}/f")


def test_without_any_module_nothing_is_found(site: Site) -> None:
    (site.root / "empty").mkdir()
    with pytest.raises(SERVER_RETURN) as answer:
        unsplit(site, "/empty/page")
    assert answer.value.result == HTTP_NOT_FOUND


def test_modules_above_the_document_root_are_not_found(site: Site) -> None:
    site.write("../outside.py", "")
    gone = str(site.root.parent / "outside")
    with pytest.raises(SERVER_RETURN):
        locate(PublisherRequest(gone, filename=f"{gone}/a/b", path_info=None))


def test_a_file_outside_the_document_root_is_found_where_an_alias_leads(site: Site, tmp_path: Path) -> None:
    (tmp_path / "alias").mkdir()
    (tmp_path / "alias" / "page.py").touch()
    filename = f"{tmp_path}/alias/page/a"
    assert found(site, "/x", filename=filename, path_info=None) == ("../alias/page.py", "a")


def test_an_alias_that_leads_nowhere_does_not_end_at_the_root_of_the_file_system(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(os.path, "isfile", lambda path: bool(looked_at.append(path)))
    with pytest.raises(SERVER_RETURN):
        found(site, "/x", filename="/no/such/place", path_info=None)
    assert looked_at
    assert not [path for path in looked_at if os.path.dirname(path) == "/"]


def test_a_relative_file_name_does_not_start_at_the_working_directory(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.root)
    with pytest.raises(SERVER_RETURN):
        found(site, "/x", filename="page", path_info=None)


@settings(deadline=None)
@given(st.text(), st.none() | st.text(), st.none() | st.text(), st.text())
def test_any_url_is_answered(uri: str, filename: str | None, path_info: str | None, exts: str) -> None:
    req = PublisherRequest("/no-such-document-root", uri=uri, filename=filename, path_info=path_info, exts=exts)
    try:
        assert locate(req).file.endswith(".py")
    except SERVER_RETURN as answer:
        assert answer.result == HTTP_NOT_FOUND
