"""The documentation says what is so: messages, directives, options and places are those of the code."""

import ast
import re
from collections import Counter, defaultdict
from dataclasses import fields
from itertools import product
from pathlib import Path

import pytest

from mod_python.forms import FormOptions
from mod_python.sessions.options import OLD_NAMES
from testenv.pages import PAGES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "lib" / "python" / "mod_python"
GENERATED = {"_mod_python.c", "build_config.h"}
C_FILES = sorted(path for path in (ROOT / "src").rglob("*.[ch]") if path.name not in GENERATED)
PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))

STRING = r'"(?:[^"\\]|\\.)*"'


def read(path):
    return (ROOT / path).read_text("utf-8")


def sections(page, level):
    """The sections of a page as (heading, text), for the headings of one level, such as "##"."""
    parts = re.split(rf"^{level} (.+)\n", read(page), flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def literals(tree):
    """The texts in a syntax tree, with "…" for what an f-string fills in."""
    nodes = list(ast.walk(tree))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


# -- messages -------------------------------------------------------------------------------------------------


def c_messages(path):
    for number, strings in re.findall(rf"MPLOGNO\((\d{{4}})\)\s*((?:{STRING}\s*|[A-Z_]+\s*(?![\w(]))+)", read(path)):
        parts = re.findall(rf"{STRING}|[A-Z_]+", strings)
        text = "".join(part[1:-1] if part[0] == '"' else "…" for part in parts)
        yield f"MP{number}", re.sub(r"%(?:\.\*)?[a-z]+", "…", text)


def python_messages(path):
    for text in literals(ast.parse(read(path))):
        if found := re.fullmatch(r"(MP\d{4})(?:: (.+))?", text, re.DOTALL):
            yield found[1], found[2] or ""


def messages(path):
    """The messages of a file as (identifier, text), with "…" for what is filled in; "" for a text from elsewhere."""
    found = c_messages(path) if path.suffix in {".c", ".h"} else python_messages(path)
    return {(identifier, re.sub("…+", "…", text).strip()) for identifier, text in found}


def test_every_message_has_its_entry():
    used = {message for path in (*C_FILES, *PYTHON_FILES) for message in messages(path)}
    explained = set()
    for identifier, entry in sections("docs/messages.md", "###"):
        texts = re.findall(r"^> `(.+)`$", entry, re.MULTILINE) or [""]
        explained.update((identifier, text) for text in texts)
    assert explained == used


def test_every_message_has_one_entry():
    headings = Counter(identifier for identifier, _ in sections("docs/messages.md", "###"))
    assert [identifier for identifier, count in headings.items() if count > 1] == []


def test_entries_are_in_order():
    headings = [identifier for identifier, _ in sections("docs/messages.md", "###")]
    assert headings == sorted(headings)


def test_an_identifier_is_used_in_one_file_only():
    files = defaultdict(set)
    for path in (*C_FILES, *PYTHON_FILES):
        for identifier, _ in messages(path):
            files[identifier].add(path.name)
    assert {identifier: names for identifier, names in files.items() if len(names) > 1} == {}


def test_entries_say_the_level_and_what_to_do():
    levels = "crit", "error", "warning", "notice", "info", "debug"
    for identifier, entry in sections("docs/messages.md", "###"):
        assert re.search(rf"^\*\*({'|'.join(levels)})\*\* · \S", entry, re.MULTILINE), identifier


def test_levels_are_those_of_the_c_code():
    names = {"ERR": "error", "CRIT": "crit", "WARNING": "warning", "DEBUG": "debug"}
    entries = dict(sections("docs/messages.md", "###"))
    for path in C_FILES:
        for level, number in re.findall(r"APLOG_MARK, APLOG_(\w+),[^;]*?MPLOGNO\((\d{4})\)", read(path)):
            assert f"**{names[level]}**" in entries[f"MP{number}"], number


# -- directives -----------------------------------------------------------------------------------------------

CONTEXTS = {
    "MP_REACH_ANYWHERE": "server, virtual host, directory, .htaccess",
    "MP_REACH_SECTION": "server, virtual host, directory",
    "MP_REACH_SERVER": "server, virtual host",
    "MP_REACH_HOST": "server, virtual host",
    "MP_REACH_PROCESS": "server",
}
GOES_ON = {"MP_GO_ON": "`OK`, `DECLINED`", "MP_GO_ON_OK": "`OK`", "MP_GO_ON_DECLINED": "`DECLINED`", "0": None}
HTACCESS = "What `.htaccess` may hold"
FLAGS = {"0": "Off", "1": "On"}


def facts(directive):
    """What the list below the heading of a directive says, by its labels."""
    entry = dict(sections("docs/directives.md", "##"))[directive]
    return dict(re.findall(r"^- \*\*(.+):\*\* (.+)$", entry, re.MULTILINE))


def phases():
    return re.findall(r'X\(\w+, "(\w+)", "(\w*)", (\w+), (\w+)\)', read("src/phases.h"))


def options():
    return re.findall(r'X\(\w+, "(\w+)", (FLAG|TEXT|TIMEOUT), (\w+), (\w+),', read("src/options.h"))


COMMANDS = {
    "EVERYWHERE": CONTEXTS["MP_REACH_ANYWHERE"],
    "RSRC_CONF | ACCESS_CONF": "server, virtual host, directory",
    "RSRC_CONF": CONTEXTS["MP_REACH_SERVER"],
}


def commands():
    return re.findall(r'AP_INIT_\w+\("(Python\w+)", \w+, \w+, ([A-Z_ |]+),', read("src/directives.c"))


DIRECTIVES = [row[0] for row in (*phases(), *options(), *commands())]


def test_every_directive_has_its_entry():
    known = {*re.findall(r'"(Python[A-Z]\w+)"', read("src/directives.c")), *DIRECTIVES}
    headings = [heading for heading, _ in sections("docs/directives.md", "##") if heading.startswith("Python")]
    assert Counter(headings) == dict.fromkeys(known, 1)


@pytest.mark.parametrize(("directive", "function", "reach", "goes_on"), phases())
def test_handler_directives_are_described_as_they_are(directive, function, reach, goes_on):
    found = facts(directive)
    assert found["Context"] == CONTEXTS[reach]
    assert found.get("Function") == (f"`{function}`" if function else None)
    assert found.get("Goes on after") == GOES_ON[goes_on]


@pytest.mark.parametrize(("directive", "kind", "default", "reach"), options())
def test_scalar_directives_are_described_as_they_are(directive, kind, default, reach):
    found = facts(directive)
    assert found["Context"] == CONTEXTS[reach]
    if kind == "FLAG":
        assert (found["Syntax"], found["Default"]) == (f"`{directive} On|Off`", FLAGS[default])


@pytest.mark.parametrize(("directive", "where"), commands())
def test_other_directives_stand_where_it_says(directive, where):
    assert facts(directive)["Context"] == COMMANDS[where]


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_entries_have_syntax_default_and_an_example(directive):
    found, entry = facts(directive), dict(sections("docs/directives.md", "##"))[directive]
    assert found["Syntax"].startswith(f"`{directive} ")
    assert found["Default"]
    assert re.search(rf"^```apache\n(.*\n)*? *{directive} ", entry, re.MULTILINE)


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_what_htaccess_may_hold_says_which_override_it_needs(directive):
    found = facts(directive)
    assert found.get("Override") == ("any" if ".htaccess" in found["Context"] else None)


CLASSES = {"OR_AUTHCFG": "AuthConfig", "OR_FILEINFO": "FileInfo", "OR_INDEXES": "Indexes", "OR_LIMIT": "Limit",
           "OR_OPTIONS": "Options"}  # fmt: skip


def test_the_table_of_overrides_is_that_of_the_commands():
    table = dict(
        re.findall(r"^\| (.+) \| (.+) \|$", dict(sections("docs/directives.md", "###"))[HTACCESS], re.MULTILINE)
    )
    mask = re.search(r"#define ANY_OVERRIDE \((.+)\)", read("src/directives.c"))[1].split(" | ")
    everywhere = {directive for directive, where in commands() if where == "EVERYWHERE"}
    everywhere |= {row[0] for row in (*phases(), *options()) if "MP_REACH_ANYWHERE" in row}
    opened = re.findall(r"`(\w+)`", table[", ".join(sorted(CLASSES[name] for name in mask))])
    never = re.findall(r"`(Python\w+)`", table["none: never in `.htaccess`"])
    assert (opened, never) == (sorted(everywhere), sorted({*DIRECTIVES} - everywhere))


# -- PythonOption ---------------------------------------------------------------------------------------------

OPTION_KEYS = ROOT / "src" / "option_keys.c"  # those that may stand in the configuration


def sums(function):
    """The names that a function builds from a prefix and an ending."""
    prefixes = [text for text in literals(function) if re.fullmatch(r"mod_python\.\w+\.", text)]
    endings = [node.right.value for node in ast.walk(function) if _adds_text(node)]
    return {prefix + ending for prefix, ending in product(prefixes, endings)}


def _adds_text(node):
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.right, ast.Constant)


def options_read():
    """The names of options in the code, "…" for a part that is filled in; some other names are among them."""
    names = {FormOptions.prefix + field.name for field in fields(FormOptions)}
    for path in {*C_FILES} - {OPTION_KEYS}:
        names.update(re.findall(r'"(mod_python\.\w{2,})"', read(path)))
    for path in PYTHON_FILES:
        tree = ast.parse(read(path))
        names.update(text for text in literals(tree) if re.fullmatch(r"mod_python(\.[a-z_…]+)+", text))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                names |= sums(function)
    return names


def is_no_option(name):
    """Whether it names a module, httpd's own included, or the context variable of the request."""
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return path.is_dir() or path.with_suffix(".py").exists() or name in {"mod_python.so", "mod_python.current_request"}


def options_documented():
    return re.findall(r"^\| `(mod_python\.\S+)` \|", read("docs/directives.md"), re.MULTILINE)


def test_the_options_that_httpd_accepts_are_those_of_the_documentation():
    ignored = re.findall(r"`(mod_python\.[a-z_.]+)`", read("docs/directives.md").split("`PSPDbmCache` is ignored")[1])
    accepted = re.findall(r'{"(mod_python\.[a-z_.]+)", ', read(OPTION_KEYS))
    assert accepted == [*options_documented(), *ignored]


def fits(pattern, name):
    return re.fullmatch(re.escape(pattern).replace("…", "[a-z]+"), name)


def test_every_option_that_is_read_is_documented_once():
    documented = options_documented()
    assert len(documented) == len(set(documented))
    missing = {name for name in options_read() if not any(fits(name, known) for known in documented)}
    assert {name for name in missing if not is_no_option(name)} == set()


def test_every_option_that_is_documented_is_read():
    read_names = options_read()
    assert [name for name in options_documented() if not any(fits(known, name) for known in read_names)] == []


@pytest.mark.parametrize("name", OLD_NAMES.values())
def test_old_names_of_options_are_documented(name):
    assert f"`{name}`" in read("docs/directives.md")


# -- places in the code ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page):
    paths = re.findall(r"`((?:src|lib|test|scripts|docs|dist|examples|\.ci)/[\w./-]*)`", read(page))
    assert [path for path in paths if not (ROOT / path).exists()] == []


def places():
    """The functions that the documentation places in a file, in prose and in the diagrams."""
    text = "".join(map(read, PAGES))
    yield from ((name, path) for name, path in re.findall(r"`(\w+)\(\)`\s+in\s+`((?:src|lib)/[\w./]+)`", text))
    yield from ((name, path) for path, name in re.findall(r"^  ((?:src|lib)/[\w…./]+)\s+(\w+)\(", text, re.MULTILINE))


@pytest.mark.parametrize(("name", "path"), sorted(set(places())))
def test_functions_are_where_the_documentation_says(name, path):
    assert re.search(rf"\b{name}[(,]", read(path.replace("…", "python/mod_python")))  # or an argument of MP_HOOK


def test_some_functions_are_found():
    assert len(set(places())) > 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_package_exist(page):
    names = re.findall(r"\| [^|]*`((?:\w+/)?\w+\.py)`", read(page)) if page.name == "decisions.md" else []
    assert [name for name in names if not (PACKAGE / name).exists()] == []


NAMED = {"docs/seed-coverage.md": 100, "docs/security.md": 40, "docs/reliability.md": 30}  # tests, more than so many


@pytest.mark.parametrize(("page", "fewest"), NAMED.items())
def test_named_tests_exist(page, fewest):
    found = re.findall(r"`(test/[\w/]+\.py)::(\w+)`", read(page))
    assert [f"{path}::{name}" for path, name in found if f"def {name}(" not in read(path)] == []
    assert len(found) > fewest


def test_files_of_tests_have_names_of_their_own():
    """pytest knows them by their bare names, so that `make check` could not run two of one name together."""
    names = Counter(path.name for path in (ROOT / "test").rglob("test_*.py"))
    assert [name for name, number in names.items() if number > 1] == []


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", read(page)):
        goal = page.parent / target if target else page
        assert goal.exists(), target
        assert not anchor or anchor in anchors(goal), f"{target}#{anchor}"
