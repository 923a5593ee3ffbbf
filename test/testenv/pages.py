"""The code blocks of Markdown pages: what language, which file, and where they stand.

A block that is a file of the page's site has its full path behind the language: "```python /srv/site/hello.py".
"""

import re
from pathlib import Path
from typing import NamedTuple

from testenv.httpd import REPOSITORY

DOCS = REPOSITORY / "docs"
FENCE = re.compile(r"^( *)```(\S*) ?(\S*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One block: `kind` is its language, `name` the path of the file, "" for a block that is none."""

    page: Path
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
    text = page.read_text("utf-8")
    found = FENCE.finditer(text)
    return [Block(page, text.count("\n", 0, block.start()) + 1, *block.group(2, 3, 4)) for block in found]


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block; ValueError for one that does not begin with a prompt."""
    if not block.text.startswith("$ "):
        raise ValueError(f'{block}: a console block begins with "$ " and a command')
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n", block.text, flags=re.MULTILINE)[1:]
    return [Command(line, output) for line, output in zip(parts[::2], parts[1::2], strict=True)]
