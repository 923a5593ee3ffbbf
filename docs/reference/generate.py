"""Writes the API reference, to a directory or beside this file, from the docstrings of the package.

The package is read and not imported, since that would take httpd.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import griffe

Item = Any  # what griffe finds, or an alias of that

HERE = Path(__file__).resolve().parent
PACKAGE = griffe.load("mod_python", search_paths=[HERE.parents[1] / "lib" / "python"], allow_inspection=False)

# Types of objects, by page: the class, and what programs call such an object.
OBJECTS = {"request": ("Request", "req"), "table": ("Table", "apache.table"), "connection": ("Connection", "conn")}
OBJECTS |= {"server": ("Server", "server"), "filter": ("Filter", "filter"), "finfo": ("FileInfo", "finfo")}
OBJECTS |= {"hlist": ("HandlerList", "hlist")}
PAGES = {f"mod_python.{page}.{name}": f"[{shown}]({page}.md)" for page, (name, shown) in OBJECTS.items()}
MODULES = ("util", "Cookie", "Session", "psp", "publisher", "wsgi", "cgihandler", "cache", "httpdconf")
INTERNAL = ("Table.view", "HandlerList.append", "HandlerList.replace_current")  # public to the package only

# What stands for the descriptors of mod_python.fields; the others are numbers.
TYPES = {"Text()": "str | None", "WritableText()": "str", "WritableText(nullable=True)": "str | None"}
TYPES |= {"Field(texts)": "tuple[str, ...]", "seconds_field()": "float", "WritableInt()": "int"}


def members(scope: Item) -> Iterator[Item]:
    """What a module lists in `__all__`, or else defines, and takes from the package; of a class, what is public."""
    for name in map(str, scope.exports or scope.members):
        found = scope.members[name]
        home = found.target_path if found.is_alias else found.path
        is_ours = home.startswith("mod_python.") and not (found.is_alias and ".constants." in home)
        is_operator = name.startswith("__") and name.endswith("__")
        needs_text = is_operator or scope.is_class and any(name in base.members for base in scope.mro())
        is_public = found.docstring if needs_text else not name.startswith("_")
        if is_ours and is_public and f"{scope.name}.{name}" not in INTERNAL:
            yield found


def group(found: Item) -> str:
    """The heading comment above a member, below the beginning of the class or module that it is in."""
    above = "\n".join(found.lines_collection[found.filepath][found.parent.lineno or 0 : found.lineno])
    titles = re.findall(rf"^{'    ' * found.parent.is_class}# -- (.+?) ?-*$", above, re.MULTILINE)
    return titles[-1][0].upper() + titles[-1][1:] if titles and not found.is_alias else ""


def text(found: Item) -> str:
    """The docstring in Markdown, without its sources; of an attribute without one, the comment beside it."""
    if found.docstring:
        value = re.sub(r"\s*\bSource: .*(\n.+)*", "", found.docstring.value.strip())
        return re.sub(r"^(Args|Returns|Raises):\n((?: .*\n?|\n(?= ))+)", section, value, flags=re.MULTILINE)
    comment = re.search(r"  # (?!noqa|type:)(.+)$", found.lines_collection[found.filepath][found.endlineno - 1])
    return f"{comment[1][0].upper()}{comment[1][1:]}." if comment and found.is_attribute else ""


def section(part: re.Match[str]) -> str:
    title, body = part[1].replace("Args", "Arguments"), dedent(part[2])
    return f"**{title}**\n\n" + (body if title == "Returns" else re.sub(r"^(\w+): ", r"- `\1`: ", body, flags=re.M))


def line(shown: str, found: Item) -> str:
    """An attribute as an item of a list: its type, or its value, and what it is."""
    value = found.source.partition(" = ")[2].partition("  #")[0] if found.value else ""
    annotation = re.sub(r"^(Final|ClassVar.*)$", "", str(found.annotation or ""))
    kind = TYPES.get(value, "int" if value.startswith("Field(") else annotation)
    writable = ", writable" * (value.startswith("Writable") or "writable" in found.labels)
    constant = f" = `{value}`" * bool(re.fullmatch(r'-?\d\w*|".*"|(?!None)[A-Z]\w+', value))
    what = indent(text(found), "  ").strip()
    return f"- `{shown}`" + f" (`{kind}`{writable})" * bool(kind) + constant + f": {what}" * bool(what)


def described(shown: str, found: Item, level: int) -> Iterator[str]:
    """A class or function, under a heading of its own."""
    target = found.final_target if found.is_alias else found
    yield f"{'#' * level} {shown}"
    yield from [f"See {PAGES[target.path]}."] if target.path in PAGES else [signature(shown, target), text(target)]
    if target.is_class and target.path not in PAGES:
        yield " ".join(f"Extends `{base}`." for base in target.bases)
        yield from listing(target.name, target, level + 1)


def signature(shown: str, found: Item) -> str:
    arguments = str(found.signature()).removeprefix(found.name)
    return f"```python\n{shown}{re.sub(r'^.(self|cls)(, )?', '(', arguments)}\n```"


def listing(prefix: str, scope: Item, level: int) -> Iterator[str]:
    """The members of a module or class by groups: attributes as a list, then what has headings."""
    shown = {f"{prefix}.{found.name}": found for found in members(scope)}
    for title in dict.fromkeys(map(group, shown.values())):
        inside = [(name, found) for name, found in shown.items() if group(found) == title]
        yield f"{'#' * level} {title}" * bool(title)
        yield "\n".join(line(name, found) for name, found in inside if found.is_attribute)
        for name, found in inside:
            yield from () if found.is_attribute else described(name, found, level + bool(title))


def pages() -> dict[str, list[str]]:
    """The parts of every page, by its name."""
    found = {}
    for page, (name, shown) in OBJECTS.items():
        made = signature(shown, PACKAGE[page][name]) if page == "table" else f"Called `{name}` in signatures."
        found[page] = [f"# {shown}", text(PACKAGE[page][name]), made, *listing(shown, PACKAGE[page][name], 2)]
    for page, shown in {"apache": "apache", "constants": "apache", **{name: name for name in MODULES}}.items():
        found[page] = [f"# {page}", text(PACKAGE[page]), *listing(shown, PACKAGE[page], 2)]
    about = "Written by `make docs` from the docstrings. For A13 and the like see [decisions.md](../decisions.md)."
    sentences = {page: re.split(r"\.\s|\.$", parts[1])[0].replace("\n", " ") for page, parts in found.items()}
    index = [f"- [{parts[0][2:]}]({page}.md): {sentences[page]}" for page, parts in found.items()]
    contents = "\n".join(["```{toctree}", ":hidden:", *found, "```"])
    return {"README": ["# API reference", about, "\n".join(index), contents], **found}


if __name__ == "__main__":
    for page, parts in pages().items():
        Path(*sys.argv[1:] or [str(HERE)], f"{page}.md").write_text("\n\n".join(filter(None, parts)) + "\n", "utf-8")
