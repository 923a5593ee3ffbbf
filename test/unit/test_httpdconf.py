"""Configuration in Python: what is written for httpd, what `repr` says, and what is refused."""

from __future__ import annotations

import ast
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python import confbasic, httpdconf, httpdnames, version
from mod_python.httpdconf import *  # noqa: F403 - this is how scripts use it
from mod_python.httpdconf import Comment, Container, ContainerTag, Directive, httpd_version, quote, quote_if_space


@pytest.fixture(autouse=True)
def _httpd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "HTTPD_VERSION", "2.4.62")


LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)


def again(node: Any) -> Any:
    """Evaluate the `repr` of a node as a script would."""
    return eval(repr(node), globals())


def read_by_httpd(line: str) -> list[str]:
    """Split arguments as httpd does: a backslash escapes a backslash or a quote, and is itself before other things."""
    words, rest = [], line.strip()
    while rest:
        end = _end_of_word(rest)
        mark = rest[0] if rest[0] in "\"'" else ""
        text = rest[len(mark) : end - len(mark)]
        words.append(text.replace("\\\\", "\0").replace("\\" + mark, mark or "\\").replace("\0", "\\"))
        rest = rest[end:].lstrip()
    return words


def _end_of_word(text: str) -> int:
    if text[0] not in "\"'":
        return next((i for i, character in enumerate(text) if character.isspace()), len(text))
    position = 1
    while text[position] != text[0]:
        position += 2 if text[position] == "\\" else 1
    return position + 1


# -- Directives ---------------------------------------------------------------------------------------------------


def test_a_directive_is_a_line() -> None:
    assert str(httpdconf.Listen("127.0.0.1:8080")) == "Listen 127.0.0.1:8080\n"
    assert repr(httpdconf.Listen("127.0.0.1:8080")) == "Listen('127.0.0.1:8080')"


def test_a_value_may_be_a_number() -> None:
    assert str(httpdconf.Timeout(30)) == "Timeout 30\n"


def test_any_directive_can_be_written() -> None:
    directive = Directive("MyOwn", "value")
    assert (str(directive), repr(directive)) == ("MyOwn value\n", "Directive('MyOwn', 'value')")
    assert str(httpdconf.MyOwn("value")) == "MyOwn value\n"


def test_a_text_is_written_as_it_is() -> None:
    assert str(httpdconf.LoadModule('x_module "/a b.so"')) == 'LoadModule x_module "/a b.so"\n'


def test_words_are_quoted_where_they_need_it() -> None:
    assert str(httpdconf.Alias("/docs", "/my docs")) == 'Alias /docs "/my docs"\n'
    assert str(httpdconf.PythonOption(["key", ""])) == 'PythonOption key ""\n'
    assert str(Directive("Alias", ("/a", 'b"c'))) == 'Alias /a "b\\"c"\n'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/my docs", '"/my docs"'),
        ("/docs", "/docs"),
        ('"/my docs"', '"/my docs"'),
        ("'/my docs'", "'/my docs'"),
        ("", '""'),
    ],
)
def test_the_only_argument_is_quoted_once(value: str, written: str) -> None:
    assert str(httpdconf.DocumentRoot(value)) == f"DocumentRoot {written}\n"


@pytest.mark.parametrize("value", ["sys.path+['/a b']", "['a b']", "'a b'.split()", r"sys.path + [r'C:\x']"])
def test_a_python_path_arrives_whole(value: str) -> None:
    line = str(httpdconf.PythonPath(value)).removeprefix("PythonPath ")
    assert read_by_httpd(line) == [value]


def test_backslashes_become_slashes() -> None:
    assert str(httpdconf.ServerRoot(r"C:\web")) == "ServerRoot C:/web\n"
    assert str(Directive("ServerRoot", r"C:\web", flipslash=0)) == 'ServerRoot "C:\\\\web"\n'


@pytest.mark.parametrize("name", ["LogFormat", "PythonPath", "RewriteRule"])
def test_backslashes_that_are_no_paths_stay(name: str) -> None:
    assert str(getattr(httpdconf, name)(r'"a\"b"')) == name + r' "a\"b"' + "\n"


@pytest.mark.parametrize("name", ["PythonInterpPerDirectory", "PythonInterpPerDirective"])
def test_some_directives_have_a_default(name: str) -> None:
    assert str(getattr(httpdconf, name)()) == f"{name} Off\n"


def test_others_need_an_argument() -> None:
    with pytest.raises(TypeError, match="Listen"):
        httpdconf.Listen()


@pytest.mark.parametrize("value", ["80\nUser root", "80\rx", "a\0", ["a", "b\nc"]])
def test_a_directive_is_never_two_lines(value: Any) -> None:
    with pytest.raises(ValueError, match="one line"):
        httpdconf.Listen(value)


def test_a_directive_does_not_go_on_in_the_next_line() -> None:
    with pytest.raises(ValueError, match="one line"):
        httpdconf.LogFormat("a\\")


@given(st.lists(LETTERS, min_size=2, max_size=4))
def test_words_are_read_as_they_were_written(words: list[str]) -> None:
    line = str(Directive("X", words, flipslash=0)).removeprefix("X ").removesuffix("\n")
    assert read_by_httpd(line) == words


@given(LETTERS)
def test_a_quoted_text_is_read_as_it_was_written(text: str) -> None:
    assert read_by_httpd(quote(text)) == [text]


def test_quotes_for_spaces_only() -> None:
    assert [quote_if_space(text) for text in ("/a", "/a b", r"C:\a b")] == ["/a", '"/a b"', r'"C:\a b"']


# -- Sections and groups ------------------------------------------------------------------------------------------


def test_a_section_has_indented_contents() -> None:
    section = httpdconf.Directory("/srv", httpdconf.IfModule("!x_module", httpdconf.SetHandler("x")))
    assert str(section) == ("<Directory /srv>\n  <IfModule !x_module>\n    SetHandler x\n  </IfModule>\n</Directory>\n")


def test_a_section_is_represented_by_its_python() -> None:
    section = httpdconf.Directory("/srv", httpdconf.Location("/x", httpdconf.SetHandler("x")), Comment("c"))
    assert repr(section) == (
        "Directory('/srv',\n    Location('/x',\n        SetHandler('x'),\n    ),\n    Comment('c'),\n)"
    )


def test_any_section_can_be_written() -> None:
    section = ContainerTag("Own", "a b", [httpdconf.Listen("80")])
    assert str(section) == "<Own a b>\n  Listen 80\n</Own>\n"
    assert repr(section) == "ContainerTag('Own', 'a b', [\n    Listen('80'),\n], 1)"


def test_a_section_without_an_argument() -> None:
    section = httpdconf.RequireAny(httpdconf.Require("all granted"))
    assert str(section) == "<RequireAny>\n  Require all granted\n</RequireAny>\n"
    assert repr(section) == "RequireAny(\n    Require('all granted'),\n)"


@pytest.mark.parametrize(
    ("section", "opening"),
    [
        (httpdconf.Directory("/my docs"), '<Directory "/my docs">'),
        (httpdconf.Directory('"/my docs"'), '<Directory "/my docs">'),
        (httpdconf.Directory("C:\\x"), "<Directory C:/x>"),
        (httpdconf.Files('~ "\\.py$"', flipslash=0), '<Files ~ "\\.py$">'),
        (httpdconf.FilesMatch(r"\.py$"), r'<FilesMatch "\\.py$">'),
        (httpdconf.VirtualHost("*:80 [::1]:80"), "<VirtualHost *:80 [::1]:80>"),
    ],
)
def test_the_argument_of_a_section(section: Any, opening: str) -> None:
    assert str(section).splitlines()[0] == opening


def test_a_section_cannot_be_closed_from_its_argument() -> None:
    with pytest.raises(ValueError, match="one line"):
        httpdconf.Location("/x>\nUser root")


def test_a_group_has_no_line_of_its_own() -> None:
    group = Container(httpdconf.Listen("80"), Container(httpdconf.Listen("81")))
    assert str(group) == "Listen 80\nListen 81\n"
    assert repr(group) == "Container(\n    Listen('80'),\n    Container(\n        Listen('81'),\n    ),\n)"


def test_a_group_can_grow() -> None:
    group = Container()
    for item in (httpdconf.Listen("80"), httpdconf.Location("/"), Container(), Comment("c")):
        group.append(item)
    assert str(group) == "Listen 80\n<Location />\n</Location>\n# c\n"


@pytest.mark.parametrize("stranger", ["Listen 80", None, 1])
def test_only_nodes_can_be_contents(stranger: Any) -> None:
    for add in (Container, Container().append, lambda x: httpdconf.Location("/", x)):
        with pytest.raises(TypeError, match="consists of"):
            add(stranger)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("1 + 1 == 2", "Listen 80\n"),
        ("os.path.exists('/nowhere')", ""),
        ("mod_python.version.HTTPD_VERSION >= '2.4'", "Listen 80\n"),
        ("httpd_version() >= (3,)", ""),
        ("sys.version_info and shutil.which('sh')", "Listen 80\n"),
        (lambda: True, "Listen 80\n"),
        (lambda: False, ""),
        (None, "Listen 80\n"),
    ],
)
def test_a_group_may_have_a_condition(condition: Any, text: str) -> None:
    assert str(Container(httpdconf.Listen("80"), only_if=condition)) == text


def test_a_condition_is_represented() -> None:
    assert repr(Container(httpdconf.Listen("80"), only_if="1 == 2")) == (
        "Container(\n    Listen('80'),\n    only_if='1 == 2')"
    )
    assert repr(Container(only_if=httpd_version)) == "Container(\n    only_if=httpd_version)"


def test_versions_are_compared_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "HTTPD_VERSION", "2.10.1")
    assert httpd_version() == (2, 10, 1) > (2, 4)


def test_a_comment_has_a_mark_on_each_line() -> None:
    comment = Comment("one\n\ntwo")
    assert str(Container(httpdconf.Location("/", comment))) == "<Location />\n  # one\n  #\n  # two\n</Location>\n"
    assert repr(comment) == "Comment('one\\n'\n        '\\n'\n        'two')"


def test_a_comment_does_not_swallow_the_next_line() -> None:
    assert str(Comment("C:\\\nnext")) == "# C:\\ \n# next\n"


def test_a_part_is_not_changed_by_being_contained() -> None:
    part = httpdconf.Listen("80")
    assert str(httpdconf.Location("/", part)) != str(part) == "Listen 80\n"


@pytest.mark.parametrize(
    "node",
    [
        httpdconf.LogFormat(r'"%h \"%r\"" combined'),
        httpdconf.Alias("/a", "b c"),
        httpdconf.Alias(["only"]),
        httpdconf.ServerRoot(r"C:\web", flipslash=0),
        Directive("Odd", "a\\b"),
        Directive("Odd", ["a b", "\\"], flipslash=0),
        httpdconf.FilesMatch(r"\.py$", httpdconf.SetHandler("x")),
        httpdconf.Directory(r"C:\x", httpdconf.SetHandler("x"), flipslash=0),
        httpdconf.Directory(r"C:\x"),
        ContainerTag("Odd", None, [Directive("Odd", "x")], flipslash=0),
        httpdconf.Else(httpdconf.Listen("80")),
        Container(Comment("a\n'\"\\\n"), Comment(""), only_if="'\\\\' == '\\\\'"),
    ],
)
def test_the_representation_builds_the_same(node: Any) -> None:
    copy = again(Container(node)).args[0]
    assert (str(copy), repr(copy)) == (str(node), repr(node))


@given(LETTERS, st.booleans())
def test_any_directive_survives_its_representation(text: str, flip: bool) -> None:
    try:
        node = Directive("LogFormat", text, flipslash=flip)
    except ValueError:
        return
    assert str(again(node)) == str(node)


# -- Names --------------------------------------------------------------------------------------------------------


def test_import_star_brings_everything() -> None:
    assert {"PythonHandler", "PythonHome", "Directory", "Container", "write_basic_config", "os"} <= set(globals())
    assert set(httpdconf.__all__) >= httpdnames.DIRECTIVES | httpdnames.CONTAINERS


def test_each_name_is_one_class() -> None:
    assert httpdconf.PythonHandler is httpdconf.PythonHandler
    assert issubclass(httpdconf.PythonHandler, Directive)
    assert issubclass(httpdconf.Location, ContainerTag)


def test_a_class_can_be_derived_from() -> None:
    class PythonDebug(httpdconf.PythonDebug):
        def __init__(self) -> None:
            super().__init__("On")

    assert str(PythonDebug()) == "PythonDebug On\n"


@pytest.mark.parametrize("name", ["listen", "__path__", "_x", "Étude"])
def test_other_names_are_not_there(name: str) -> None:
    with pytest.raises(AttributeError):
        getattr(httpdconf, name)


def test_the_lists_name_nothing_twice_or_in_vain() -> None:
    names = httpdnames.DIRECTIVES | httpdnames.CONTAINERS
    assert not httpdnames.DIRECTIVES & httpdnames.CONTAINERS
    assert names >= httpdnames.ONE_ARGUMENT | httpdnames.KEEPS_BACKSLASHES | set(httpdnames.DEFAULTS)


# -- The first configuration --------------------------------------------------------------------------------------


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """An httpd with the modules mod_dir and mod_mpm_worker."""
    modules, etc = tmp_path / "modules", tmp_path / "etc"
    modules.mkdir()
    etc.mkdir()
    for name in ("dir", "mpm_worker", "mpm_prefork"):
        (modules / f"mod_{name}.so").touch()
    (etc / "mime.types").write_text("text/html html\n")
    facts = SimpleNamespace(LIBEXECDIR=str(modules), SYSCONFDIR=str(etc), PYTHON_BIN=sys.executable)
    monkeypatch.setattr(confbasic, "version", facts)
    monkeypatch.setattr(
        confbasic, "configuration_lines", lambda: [f'LoadModule python_module "{facts.LIBEXECDIR}/mod_python.so"']
    )
    return facts


def printed(script: str) -> str:
    """Run the script in this process, where mod_python may be imported."""
    lines: list[str] = []
    exec(compile(Path(script).read_text(), script, "exec"), {"print": lambda config: lines.append(str(config))})
    return "".join(lines)


def write(root: Path, **arguments: Any) -> str:
    script = confbasic.write_basic_config(str(root), **arguments)
    assert script is not None
    return script


def test_the_script_is_written_with_its_directories(build: Any, tmp_path: Path) -> None:
    root = tmp_path / "new" / "site"
    assert write(root) == str(root / "conf" / "httpd_conf.py")
    assert sorted(path.name for path in root.iterdir()) == ["conf", "logs", "public"]
    assert (root / "conf" / "mime.types").read_text() == "text/html html\n"


def test_the_script_is_a_program(build: Any, tmp_path: Path) -> None:
    text = Path(write(tmp_path)).read_text()
    assert text.startswith(f"#!{sys.executable}\n")
    ast.parse(text)


def test_a_script_that_exists_is_kept(build: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = Path(write(tmp_path))
    script.write_text("mine")
    assert confbasic.write_basic_config(str(tmp_path)) is None
    assert f"{script} exists already" in capsys.readouterr().err
    assert script.read_text() == "mine"


def test_it_is_replaced_when_asked(build: Any, tmp_path: Path) -> None:
    Path(write(tmp_path)).write_text("mine")
    assert "Listen" in Path(write(tmp_path, replace_config=True)).read_text()


@pytest.mark.parametrize(
    "line",
    [
        "Listen 127.0.0.1:8000",
        'ServerRoot "{root}"',
        'DocumentRoot "{root}/public"',
        "TypesConfig conf/mime.types",
        "ErrorLog logs/error_log",
        "CustomLog logs/access_log combined",
        r'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{{Referer}}i\" \"%{{User-Agent}}i\"" combined',
        'LoadModule python_module "{root}/modules/mod_python.so"',
        "SetHandler mod_python",
        "PythonHandler my.site",
        """PythonPath "sys.path+['/a', '/b c']\"""",
        "PythonOption one 1",
        "PythonOption two 2",
        "# PythonDebug On",
        "# a hint",
        '    LoadModule dir_module "{root}/modules/mod_dir.so"'[2:],
    ],
)
def test_the_configuration_says_what_was_asked_for(build: Any, tmp_path: Path, line: str) -> None:
    root = tmp_path / "my site"
    root.mkdir()
    (tmp_path / "modules").rename(root / "modules")
    build.LIBEXECDIR = str(root / "modules")
    script = write(
        root,
        listen="127.0.0.1:8000",
        pythonhandler="my.site",
        pythonpath=["/a", "/b c"],
        pythonoptions=["one 1", "two 2"],
        mp_comments=["a hint"],
    )
    assert line.format(root=root) in printed(script).splitlines()


def test_only_modules_that_are_there_are_loaded_and_one_mpm(build: Any, tmp_path: Path) -> None:
    lines = printed(write(tmp_path)).splitlines()
    loaded = [shlex.split(line)[1] for line in lines if line.lstrip().startswith("LoadModule")]
    assert loaded == ["mpm_worker_module", "dir_module", "python_module"]


def test_without_a_python_path_there_is_none(build: Any, tmp_path: Path) -> None:
    assert "PythonPath" not in printed(write(tmp_path))


def test_without_mime_types_there_are_none(
    build: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(confbasic.os.path, "isfile", lambda path: False)
    assert "TypesConfig /dev/null" in printed(write(tmp_path))
    assert "no mime.types" in capsys.readouterr().err


def test_what_exists_is_kept_with_a_note(build: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mime.types").write_text("mine")
    write(tmp_path)
    assert (tmp_path / "conf" / "mime.types").read_text() == "mine"
    assert capsys.readouterr().err.count("exists already and is kept") == 3


def test_nothing_is_made_when_not_asked(build: Any, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    write(tmp_path, createdirs=False)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(("uid", "shown"), [(0, True), (1000, False)])
def test_root_gives_up_its_rights(
    build: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, shown: bool
) -> None:
    script = write(tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: uid)
    assert ("\nUser " in printed(script) and "\nGroup " in printed(script)) is shown


def test_without_an_account_there_is_no_user(build: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confbasic, "_ACCOUNTS", ("no-such-account",))
    assert "User" not in [line.split()[0] for line in printed(write(tmp_path)).splitlines() if line]


def test_a_bad_value_is_refused(build: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one line"):
        write(tmp_path, pythonhandler="x\nUser root")
