"""The frame of the pages that mod_python makes itself: one style sheet, no scripts, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --back: #fff; --text: #1d1f21; --soft: #5a5f66; --box: #f4f5f7; --mark: #ffe3e0;
  --red: #b3261e; --line: #d7dadf }
@media (prefers-color-scheme: dark) { :root { --back: #17191c; --text: #e6e7e9; --soft: #a2a8b0; --box: #22252a;
  --mark: #5a2622; --red: #ff8a80; --line: #3a3f46 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; color: var(--text);
  background: var(--back) }
h1 { font-size: 1.3rem; line-height: 1.3; margin: .5rem 0; overflow-wrap: anywhere;
  white-space: pre-wrap }
h1.error { color: var(--red) }
h2 { font-size: 1.05rem; margin: 1.8rem 0 .5rem }
p { color: var(--soft); margin: .5rem 0; overflow-wrap: anywhere; white-space: pre-wrap }
details > dl { border-radius: 0; border-top: 1px solid var(--line) }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; overflow: hidden }
summary { padding: .5rem .8rem; cursor: pointer; overflow-wrap: anywhere }
summary small { color: var(--soft) }
pre { background: var(--box); margin: 0; padding: .6rem 0; overflow-x: auto; font: 13px/1.55 ui-monospace, monospace }
pre span, pre mark { display: block; min-width: max-content; padding: 0 .8rem }
pre mark { background: var(--mark); color: inherit }
pre i { color: var(--soft); font-style: normal; user-select: none }
pre.note { border-radius: 6px; padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
dl { background: var(--box); border-radius: 6px; display: grid; gap: .2rem 1rem; margin: 0; padding: .6rem .8rem;
  grid-template-columns: minmax(6rem, max-content) 1fr; font-size: 14px }
dt { color: var(--soft); overflow-wrap: anywhere }
dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
div { overflow-x: auto }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; width: 100% }
th, td { padding: .35rem .6rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap }
td:first-child { min-width: 8rem; overflow-wrap: anywhere; white-space: normal }
th { color: var(--soft); font-weight: 500 }
section section { border-left: 3px solid var(--line); padding-left: .8rem }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
"""

_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
}
"""For the response: the policy lets the page have its own style sheet and nothing else (CSP 3)."""


def document(title: str, *body: str, is_error: bool = False) -> str:
    """A page.

    Args:
        title: plain text, also the heading.
        body: pieces of HTML.
        is_error: the heading looks like one.
    """
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{escape(title[:200])}</title>\n<style>{STYLE}</style></head><body>\n",
            f"<h1{' class=error' * is_error}>{escape(title)}</h1>\n",
            *body,
            "</body></html>\n",
        ]
    )


def definitions(facts: Mapping[str, str]) -> str:
    """Names and values, as plain text, in two columns; on a phone in one."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in facts.items())
    return f"<dl>{rows}</dl>" if rows else ""
