"""What Python does in this server, for people and for monitoring: `PythonHandler mod_python.status`.

Counts and times of all children, which `PythonStatus On` collects. As a page, as JSON, or as OpenMetrics text, by the
Accept header or by `?format=html`, `json` or `openmetrics`. Who may see it, `Require` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import parse_qs

from mod_python.constants import HTTP_BAD_REQUEST, HTTP_METHOD_NOT_ALLOWED, HTTP_SERVICE_UNAVAILABLE, OK
from mod_python.htmlpage import HEADERS
from mod_python.negotiation import preferred
from mod_python.status import openmetrics
from mod_python.status.page import html
from mod_python.status.snapshot import Snapshot


def _json(snapshot: Snapshot) -> str:
    return json.dumps(asdict(snapshot), indent=1) + "\n"


_TYPES: Final = {"html": "text/html", "json": "application/json", "openmetrics": openmetrics.TYPE}

_FORMS: Final[dict[str, tuple[str, Callable[[Snapshot], str]]]] = {
    "text/html": ("; charset=utf-8", html),
    "application/json": ("", _json),
    openmetrics.TYPE: ("; version=1.0.0; charset=utf-8", openmetrics.text),
}


def handler(req: Any) -> int:
    """Answer GET and HEAD.

    Returns 503 when PythonStatus is Off, 400 for an unknown `format`, 405 for other methods.
    """
    if req.method not in {"GET", "HEAD"}:
        req.allow_methods(["GET", "HEAD"], 1)
        return HTTP_METHOD_NOT_ALLOWED
    media_type = _media_type(req)
    if media_type is None:
        return HTTP_BAD_REQUEST
    snapshot = _read()
    if snapshot is None:
        req.log_error("MP0372: there is no status to show, since PythonStatus is not On outside all sections")
        return HTTP_SERVICE_UNAVAILABLE
    parameters, render = _FORMS[media_type]
    for name, value in HEADERS.items():
        req.headers_out[name] = value
    req.content_type = media_type + parameters
    req.write(render(snapshot).encode("utf-8", "backslashreplace"))
    return OK


def _media_type(req: Any) -> str | None:
    """What the query asks for, None when there is no such thing; else what the client likes best, HTML by default."""
    wanted = parse_qs(req.args or "").get("format")
    if wanted:
        return _TYPES.get(wanted[-1])
    return preferred(req.headers_in.get("Accept"), tuple(_FORMS)) or "text/html"


def _read() -> Snapshot | None:
    from mod_python.status import shared  # noqa: PLC0415 - only inside httpd

    return shared.read()
