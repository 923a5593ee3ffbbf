"""The forms of the debug page: HTML without scripts or anything from elsewhere, plain text, JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from html import escape
from typing import Final, NamedTuple

from mod_python.debugpage.facts import CAUSE, CONTEXT_OF, MOST_FRAMES, Failure, Frame
from mod_python.htmlpage import definitions, document

HTML: Final = "text/html"
JSON: Final = "application/json"
TEXT: Final = "text/plain"

_HINT: Final = "Shown because PythonDebug is On; switch it off where strangers can see this."


class Report(NamedTuple):
    """What the page says."""

    failure: Failure
    where: str
    request: dict[str, dict[str, str]]
    """Facts about the request, by headings."""


# -- plain text -----------------------------------------------------------------------------------------------


def _text(report: Report) -> str:
    blocks = [f"{report.where}\n", *_traceback(report.failure)]
    for heading, facts in report.request.items():
        blocks += ["\n", *(f"{heading}: {name}: {value}\n" for name, value in facts.items())]
    return "".join([*blocks, f"\n{_HINT}\n"])


def _traceback(failure: Failure, indent: str = "") -> Iterator[str]:
    if failure.before:
        yield from _traceback(failure.before, indent)
        yield f"\n{indent}{failure.relation}\n\n"
    if failure.frames:
        yield f"{indent}Traceback (most recent call last):\n"
    for index, frame in enumerate(failure.frames):
        if _is_gap(failure, index):
            yield f"{indent}  … {failure.left_out} calls left out\n"
        yield _indented(frame.standard, indent)
        yield from (f"{indent}      {name} = {value}\n" for name, value in frame.locals.items())
    yield _indented(failure.standard, indent)
    for number, member in enumerate(failure.members, 1):
        yield f"{indent}  ---------------- {number} ----------------\n"
        yield from _traceback(member, indent + "  | ")


def _indented(text: str, indent: str) -> str:
    return "".join(f"{indent}{line}\n" for line in text.splitlines())


def _is_gap(failure: Failure, index: int) -> bool:
    return bool(failure.left_out) and index == MOST_FRAMES // 2


# -- JSON -----------------------------------------------------------------------------------------------------


def _json(report: Report) -> str:
    shown = {"error": asdict(report.failure), "where": report.where, "request": report.request, "python": _version()}
    return json.dumps(shown, indent=1) + "\n"


def _version() -> str:
    return sys.version.partition(" ")[0]


# -- HTML -----------------------------------------------------------------------------------------------------


def _html(report: Report) -> str:
    failure = report.failure
    return document(
        failure.title,
        f"<p>{escape(report.where)}</p>\n",
        *_failure(failure, "Traceback, the last call first", is_titled=True),
        *(f"<h2>{escape(heading)}</h2>\n{definitions(facts)}" for heading, facts in report.request.items() if facts),
        f"<details><summary>As plain text</summary><pre class=note>{escape(_text(report))}</pre></details>\n",
        f"<p>Python {_version()}. {_HINT}</p>\n",
        is_error=True,
    )


def _failure(failure: Failure, heading: str, *, is_titled: bool = False) -> Iterator[str]:
    """An exception below its heading: what Python says beyond the page's title, frames, members, what led to it."""
    yield f"<h2>{escape(heading)}</h2>\n"
    if not is_titled or failure.standard.strip() != failure.title.strip():
        yield f"<pre class=note>{escape(failure.standard)}</pre>\n"
    last = len(failure.frames) - 1
    for index, frame in reversed(list(enumerate(failure.frames))):
        yield _frame(frame, is_open=index == last)
        if _is_gap(failure, index):
            yield f"<p>… {failure.left_out} calls left out</p>\n"
    for number, member in enumerate(failure.members, 1):
        yield from _nested(member, f"{number} of {len(failure.members)} exceptions in the group")
    if failure.before:
        yield from _nested(failure.before, _RELATIONS[failure.relation])


_RELATIONS: Final = {CAUSE: "Its direct cause", CONTEXT_OF: "It occurred while this one was handled"}


def _nested(failure: Failure, heading: str) -> Iterable[str]:
    return ["<section>", *_failure(failure, heading), "</section>\n"]


def _frame(frame: Frame, *, is_open: bool) -> str:
    directory, name = os.path.split(frame.file)
    return (
        f"<details{' open' * is_open}><summary>{escape(frame.function)} · {escape(name)}:{frame.line} "
        f"<small>{escape(directory)}</small></summary>{_source(frame)}{definitions(frame.locals)}</details>\n"
    )


def _source(frame: Frame) -> str:
    if not frame.source:
        return ""
    width = len(str(frame.source[-1][0]))
    lines = (
        f"<{tag}><i>{number:{width}}  </i>{escape(text)}</{tag}>"
        for number, text in frame.source
        for tag in ("mark" if number == frame.line else "span",)
    )
    return f"<pre>{''.join(lines)}</pre>"


FORMATS: Final[dict[str, Callable[[Report], str]]] = {HTML: _html, JSON: _json, TEXT: _text}
