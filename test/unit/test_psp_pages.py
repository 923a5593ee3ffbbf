"""Files of a page: where includes are looked for, what is refused, and when a cached page is current."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mod_python.psp import ParseError, pages, parse, parsestring
from mod_python.psp.pages import Cache, Page, Translation, load


def write(path: Path, content: str, mtime: int = 1_000_000_000) -> str:
    """Write a file with a modification time of its own, so that tests need not wait for the clock."""
    path.write_text(content)
    os.utime(path, ns=(mtime, mtime))
    return str(path)


def translate(path: str, root: str = "") -> str:
    return Translation(path, None, os.path.dirname(path), root).program.source


def refused(path: str, root: str = "") -> ParseError:
    with pytest.raises(ParseError) as raised:
        translate(path, root)
    return raised.value


# -- Includes -------------------------------------------------------------------------------------------------


def test_includes_are_relative_to_the_page_even_from_another_directory(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts" / "head.inc", '<%@ include file="title.inc" %>')
    write(tmp_path / "title.inc", "the title")
    assert "the title" in translate(write(tmp_path / "page.psp", '<%@ include file="parts/head.inc" %>'))


def test_an_include_may_be_absolute(tmp_path: Path) -> None:
    part = write(tmp_path / "part.inc", "part")
    (tmp_path / "site").mkdir()
    assert "part" in translate(write(tmp_path / "site" / "page.psp", f'<%@ include file="{part}" %>'))


def test_a_page_in_a_string_may_include(tmp_path: Path) -> None:
    part = write(tmp_path / "part.inc", "part")
    assert parsestring(f'<%@ include file="{part}" %>').strip() == "req.write('''part''', 0)"


def test_a_file_may_be_included_twice(tmp_path: Path) -> None:
    write(tmp_path / "line.inc", "<hr>")
    page = write(tmp_path / "page.psp", '<%@ include file="line.inc" %><%@ include file="line.inc" %>')
    assert translate(page).count("<hr>") == 2


def test_a_missing_include_is_named_with_its_line(tmp_path: Path) -> None:
    page = write(tmp_path / "page.psp", '\n<%@ include file="gone.inc" %>')
    raised = refused(page)
    reason = "gone.inc cannot be included: No such file or directory"
    assert (raised.filename, raised.lineno, raised.msg) == (page, 2, reason)


@pytest.mark.parametrize("name", [".", "fifo"])
def test_only_regular_files_are_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    page = write(tmp_path / "page.psp", f'<%@ include file="{name}" %>')
    assert "is not a regular file" in str(refused(page))


def test_a_cycle_is_refused_where_it_closes(tmp_path: Path) -> None:
    inner = write(tmp_path / "inner.inc", '\n<%@ include file="page.psp" %>')
    raised = refused(write(tmp_path / "page.psp", '<%@ include file="inner.inc" %>'))
    assert (raised.filename, raised.lineno, raised.msg) == (inner, 2, "page.psp includes itself")


def test_a_cycle_through_symbolic_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.inc").symlink_to(tmp_path / "page.psp")
    assert "itself" in str(refused(write(tmp_path / "page.psp", '<%@ include file="link.inc" %>')))


def test_depth_is_limited(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path / f"{number}.inc", f'<%@ include file="{number + 1}.inc" %>')
    write(tmp_path / "30.inc", "")
    translate(str(tmp_path / "20.inc"))
    assert "too deeply" in str(refused(str(tmp_path / "0.inc")))


def test_includes_that_multiply_are_limited_in_size(tmp_path: Path) -> None:
    for number in range(18):
        write(tmp_path / f"{number}.inc", f'<%@ include file="{number + 1}.inc" %>' * 4)
    write(tmp_path / "18.inc", "x" * 100)
    assert "mod_python.psp.max_size" in str(refused(str(tmp_path / "0.inc")))
    translate(str(tmp_path / "16.inc"))


def test_include_root_confines_includes(tmp_path: Path) -> None:
    root = tmp_path / "site"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "site-evil").mkdir()
    write(tmp_path / "site-evil" / "x.inc", "")
    write(root / "good.inc", "good")
    (root / "link.inc").symlink_to(tmp_path / "site-evil" / "x.inc")
    assert "good" in translate(write(root / "sub" / "page.psp", '<%@ include file="../good.inc" %>'), str(root))
    for name in ("../../site-evil/x.inc", str(tmp_path / "site-evil" / "x.inc"), "../link.inc"):
        page = write(root / "sub" / "page.psp", f'<%@ include file="{name}" %>')
        assert "include_root" in str(refused(page, str(root)))


def test_a_page_that_is_not_utf8_says_which_file(tmp_path: Path) -> None:
    (tmp_path / "latin.inc").write_bytes(b"caf\xe9")
    with pytest.raises(UnicodeDecodeError, match=r"in .*latin\.inc"):
        translate(write(tmp_path / "page.psp", '<%@ include file="latin.inc" %>'))


def test_parse_concatenates_directory_and_name(tmp_path: Path) -> None:
    write(tmp_path / "part.inc", "part")
    write(tmp_path / "page.psp", '<%@ include file="part.inc" %>')
    assert parse("page.psp", f"{tmp_path}/").strip() == "req.write('''part''', 0)"


def test_parse_without_directory_starts_from_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "part.inc", "part")
    write(tmp_path / "page.psp", '<%@ include file="part.inc" %>')
    monkeypatch.chdir(tmp_path)
    assert parse("page.psp").strip() == "req.write('''part''', 0)"


def test_translating_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    parsestring('<%-- comment --%><%@ page x="y" %>text')
    assert capfd.readouterr() == ("", "")


# -- Cache ----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def fresh_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CACHE", Cache())


def load_file(path: str, reload: bool = True) -> Page:
    return load(path, None, os.path.dirname(path), reload=reload)


def test_an_unchanged_page_is_compiled_once(tmp_path: Path) -> None:
    page = write(tmp_path / "page.psp", "text")
    assert load_file(page) is load_file(page)


@pytest.mark.parametrize(("content", "mtime"), [("text", 1_000_000_001), ("longer text", 1_000_000_000)])
@pytest.mark.parametrize("changed", ["page.psp", "part.inc"])
def test_a_changed_file_is_compiled_again(tmp_path: Path, changed: str, content: str, mtime: int) -> None:
    write(tmp_path / "part.inc", "text")
    page = write(tmp_path / "page.psp", '<%@ include file="part.inc" %>')
    before = load_file(page)
    write(tmp_path / changed, content, mtime)
    assert load_file(page) is not before


def test_a_string_page_tracks_its_includes(tmp_path: Path) -> None:
    part = write(tmp_path / "part.inc", "text")
    source = f'<%@ include file="{part}" %>'
    before = load("<PSP string>", source, "")
    assert load("<PSP string>", source, "") is before
    write(tmp_path / "part.inc", "other", 2)
    assert load("<PSP string>", source, "") is not before


def test_without_reload_a_change_goes_unnoticed(tmp_path: Path) -> None:
    page = write(tmp_path / "page.psp", "text")
    before = load_file(page)
    write(tmp_path / "page.psp", "other", 2)
    assert load_file(page, reload=False) is before


def test_a_removed_include_is_noticed(tmp_path: Path) -> None:
    part = tmp_path / "part.inc"
    write(part, "text")
    page = write(tmp_path / "page.psp", '<%@ include file="part.inc" %>')
    load_file(page)
    part.unlink()
    with pytest.raises(ParseError):
        load_file(page)


def test_a_broken_edit_fails_each_time_until_it_is_fixed(tmp_path: Path) -> None:
    page = write(tmp_path / "page.psp", "text")
    load_file(page)
    write(tmp_path / "page.psp", "<% = %>", 2)
    for _ in range(2):
        with pytest.raises(SyntaxError):
            load_file(page)
    write(tmp_path / "page.psp", "fixed", 3)
    assert "fixed" in load_file(page).program.source


def test_different_roots_do_not_share_pages(tmp_path: Path) -> None:
    part = write(tmp_path / "part.inc", "text")
    load("<PSP string>", f'<%@ include file="{part}" %>', "")
    with pytest.raises(ParseError):
        load("<PSP string>", f'<%@ include file="{part}" %>', "", root="/nowhere")


def test_the_least_recently_used_page_goes_first() -> None:
    cache = Cache(capacity=2)
    page = load("<PSP string>", "text", "")
    cache.put("a", page)
    cache.put("b", page)
    cache.get("a")
    cache.put("c", page)
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]


def test_the_cache_holds_512_pages() -> None:
    for number in range(513):
        load("<PSP string>", str(number), "")
    assert len(pages.CACHE) == 512
