"""Python Server Pages: HTML with Python inside, and the handler for it.

`lexer`, `layout` and `codegen` translate, `program` compiles, `pages` loads, `runtime` runs, `listing` shows.
"""

from __future__ import annotations

from typing import Any

from mod_python.constants import OK
from mod_python.psp import pages
from mod_python.psp.lexer import ParseError
from mod_python.psp.runtime import CONTENT_TYPE, PSP, PSPInterface, display_code

__all__ = ["PSP", "PSPInterface", "ParseError", "handler", "parse", "parsestring"]


def parse(filename: str, dir: str | None = None) -> str:
    """Translate a page's file into Python source.

    With `dir` the page is `dir + filename`, without any separator between them, and relative includes are looked for
    in `dir`; without it both are relative to the directory of the process.
    """
    return pages.Translation((dir or "") + filename, None, dir or "").program.source


def parsestring(source: str | bytes) -> str:
    """Translate a page into Python source; relative includes are relative to the directory of the process."""
    return pages.Translation(pages.STRING_PAGE, source, "").program.source


def handler(req: Any) -> int:
    """Answer with the page `req.filename`.

    With PythonDebug and an underscore behind the name, answer with the page's listing, even if it cannot be compiled.
    """
    req.content_type = CONTENT_TYPE
    if req.filename.endswith("_") and req._configuration.debug and req._may_show_errors:
        display_code(req, req.filename.removesuffix("_"))
    else:
        PSP(req).run()
    return OK
