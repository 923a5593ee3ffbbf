"""The debug page: an exception, its sources and its request, as HTML, plain text or JSON; shown under PythonDebug only.

No secrets: what has a telling name is masked, and so is whatever the request brought as credentials or cookies.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Final

from mod_python.debugpage.facts import describe
from mod_python.debugpage.formats import FORMATS, HTML, JSON, TEXT, Report
from mod_python.debugpage.masking import Masker
from mod_python.negotiation import preferred
from mod_python.options import switched_on

LOCALS: Final = "mod_python.debug.locals"

_OFFERS: Final = (TEXT, HTML, JSON)
_MARKUP: Final = re.compile("html|xml", re.IGNORECASE)


def choose(request: Any, begun: bool) -> str:
    """The media type that the client wants; plain text for one that wants nothing in particular, as curl does.

    When something has been written, `begun`, its own type decides: plain text behind it would be read as markup where
    that is markup, or where the browser has to guess.
    """
    if begun:
        return HTML if _MARKUP.search(request.content_type or HTML) else TEXT
    return preferred(request.headers_in.get("Accept"), _OFFERS) or TEXT


def render(request: Any, where: str, error: BaseException, tb: TracebackType | None, media_type: str) -> str:
    """The page.

    Args:
        request: the request that failed.
        where: what failed, such as `PythonHandler hello::handler`.
        error: the exception.
        tb: its traceback, from the first frame to be shown.
        media_type: what `choose` returned.

    Raises ValueError when PythonOption `mod_python.debug.locals` is neither on nor off.
    """
    headers = request.headers_in.items()
    masker = Masker(headers)
    masker.hide(request.get_options().items())
    failure = describe(error, tb, masker, switched_on(request, LOCALS))
    return FORMATS[media_type](Report(failure, where, _request(request, masker, headers)))


def _request(request: Any, masker: Masker, headers: list[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """What is known of the request, by headings."""
    known = {
        "Method": request.method,
        "URI": request.unparsed_uri,
        "Protocol": request.protocol,
        "Host": request.hostname,
        "Client": request.useragent_ip,
        "File": request.filename,
        "Interpreter": request.interpreter,
    }
    return {
        "Request": {name: masker.text(value) for name, value in known.items() if value},
        "Headers": _masked(masker, headers),
        "Options": _masked(masker, request.get_options().items()),
    }


def _masked(masker: Masker, pairs: list[tuple[str, str]]) -> dict[str, str]:
    return {masker.text(name): masker.value(name, value, 2000) for name, value in pairs}
