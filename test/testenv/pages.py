"""The code blocks of Markdown pages: what language, which file, and where they stand.

A block that is a file of the page's site has its full path behind the language: "```python /srv/site/hello.py".
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from testenv.httpd import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = sorted(  # all but the generated reference
    [*REPOSITORY.glob("*.md"), *(page for page in DOCS.rglob("*.md") if page.parent.name != "reference")]
)
FENCE = re.compile(r"^( *)```(\S*) ?(\S*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One block: `kind` is its language, `name` the path of the file, "" for a block that is none."""

    page: Path
    section: str  # its heading of the second level
    line: int
    kind: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"


class Command(NamedTuple):
    """A line of a console block, without its "$ ", and what it prints there."""

    line: str
    output: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    return list(_blocks(page, page.read_text("utf-8")))


def _blocks(page: Path, text: str) -> Iterator[Block]:
    for found in FENCE.finditer(text):
        section = re.findall(r"^## (.*)", text[: found.start()], re.MULTILINE)[-1:]
        yield Block(page, "".join(section), text.count("\n", 0, found.start()) + 1, *found.group(2, 3, 4))


def sites(page: Path) -> dict[str, list[Block]]:
    """Return the sites that can be run, since the page shows what they answer, by titles.

    A page is one site. The directives are a page of many: what its first section has, with one of the others each.
    """
    every = blocks(page)
    if page.name != "directives.md":
        found = {"": every}
    else:
        first = every[0].section
        titles = {block.section for block in every} - {first}
        found = {title: [block for block in every if block.section in {first, title}] for title in titles}
    return {title: site for title, site in sorted(found.items()) if any(block.kind == "console" for block in site)}


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block; ValueError for one that does not begin with a prompt."""
    if not block.text.startswith("$ "):
        raise ValueError(f'{block}: a console block begins with "$ " and a command')
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n", block.text, flags=re.MULTILINE)[1:]
    return [Command(line, output) for line, output in zip(parts[::2], parts[1::2], strict=True)]
