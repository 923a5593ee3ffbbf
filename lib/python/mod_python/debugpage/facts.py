"""What there is to say about an exception: its frames, sources and relatives, bounded and without secrets."""

from __future__ import annotations

import linecache
import os
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import dropwhile
from traceback import FrameSummary, StackSummary, TracebackException, walk_tb
from types import FrameType, FunctionType, ModuleType, TracebackType
from typing import Any

from mod_python.debugpage.masking import Masker

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_Call = tuple[tuple[FrameType, int], FrameSummary]

CONTEXT = 5
"""Lines of source before the line of a frame, and after it."""

MOST_FRAMES = 40
MOST_EXCEPTIONS = 25
MOST_LOCALS = 50
LONGEST_VALUE = 400
LONGEST_LINE = 300
LONGEST_MESSAGE = 4000

CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT_OF = "During handling of the above exception, another exception occurred:"


@dataclass(frozen=True)
class Frame:
    """A call on the way to the exception."""

    file: str
    line: int
    function: str
    source: list[tuple[int, str]]
    """Numbered lines around the one that ran."""
    standard: str
    """The frame as Python's own tracebacks show it."""
    locals: dict[str, str]
    """Empty unless they were asked for."""


@dataclass(frozen=True)
class Failure:
    """An exception, and those that led to it."""

    kind: str
    message: str
    standard: str
    """The end of a traceback: kind, message and notes; of a SyntaxError also the place."""
    notes: list[str]
    frames: list[Frame]
    left_out: int
    """How many frames there are besides those in `frames`, after the first half of them."""
    before: Failure | None = None
    """The exception that this one came from, or came after."""
    relation: str = ""
    """The sentence that links the two."""
    members: list[Failure] = field(default_factory=list)
    """The exceptions of a group."""

    @property
    def title(self) -> str:
        """Kind and message."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


def describe(error: BaseException, tb: TracebackType | None, masker: Masker, with_locals: bool) -> Failure:
    """Describe an exception.

    Args:
        error: the exception.
        tb: its traceback, from the first frame to be shown.
        masker: takes the secrets out of every text.
        with_locals: whether frames get their local variables.
    """
    summary = TracebackException(type(error), error, tb, compact=True)
    return _Describer(masker, with_locals).failure(summary, error, tb)


class _Describer:
    def __init__(self, masker: Masker, with_locals: bool) -> None:
        self._mask = masker
        self._repr = _Repr(masker)
        self._with_locals = with_locals
        self._left = MOST_EXCEPTIONS

    def failure(self, summary: TracebackException, error: BaseException, tb: TracebackType | None) -> Failure:
        """The exception with its relatives, as far as the bound allows; `summary` knows which of them are new."""
        self._left -= 1
        calls = _users_part(list(zip(walk_tb(tb), summary.stack, strict=False)))
        chosen = calls
        if len(calls) > MOST_FRAMES:
            chosen = calls[: MOST_FRAMES // 2] + calls[-MOST_FRAMES // 2 :]
        for (frame, _), _entry in chosen:  # first, since an exception from further inside may quote them
            self._mask.hide(_locals_of(frame).items())
        relation, before = self._before(summary, error)
        members = list(self._members(summary, error))
        return Failure(
            kind=_kind(type(error)),
            message=self._mask.text(_text(error), LONGEST_MESSAGE),
            standard=self._mask.text("".join(summary.format_exception_only()), LONGEST_MESSAGE),
            notes=[self._mask.text(_text(note), LONGEST_MESSAGE) for note in getattr(summary, "__notes__", None) or ()],
            frames=[self._frame(frame, entry) for (frame, _), entry in chosen],
            left_out=len(calls) - len(chosen),
            before=before,
            relation=relation,
            members=members,
        )

    def _before(self, summary: TracebackException, error: BaseException) -> tuple[str, Failure | None]:
        relation, earlier, cause = CAUSE, summary.__cause__, error.__cause__
        if earlier is None and not summary.__suppress_context__:
            relation, earlier, cause = CONTEXT_OF, summary.__context__, error.__context__
        if earlier is None or cause is None or not self._left:
            return "", None
        return relation, self.failure(earlier, cause, cause.__traceback__)

    def _members(self, summary: TracebackException, error: BaseException) -> Iterator[Failure]:
        # PEP 654: Python 3.10 has no groups.
        members, exceptions = getattr(summary, "exceptions", None) or (), getattr(error, "exceptions", ())
        for member, exception in zip(members, exceptions, strict=False):
            if not self._left:
                return
            yield self.failure(member, exception, exception.__traceback__)

    def _frame(self, frame: FrameType, entry: FrameSummary) -> Frame:
        line = entry.lineno or 0
        return Frame(
            file=self._mask.text(entry.filename),
            line=line,
            function=entry.name,
            source=[(number, self._mask.text(text, LONGEST_LINE)) for number, text in _source(entry.filename, line)],
            standard=self._mask.text("".join(StackSummary.from_list([entry]).format()), LONGEST_MESSAGE),
            locals=dict(self._locals(frame)) if self._with_locals else {},
        )

    def _locals(self, frame: FrameType) -> Iterator[tuple[str, str]]:
        shown = [(name, value) for name, value in _locals_of(frame).items() if _is_data(name, value)]
        for name, value in shown[:MOST_LOCALS]:
            yield name, self._mask.value(name, self._repr.safe(value), LONGEST_VALUE)


class _Repr(reprlib.Repr):
    """Bounded representations, in which texts lose their secrets before they are cut."""

    def __init__(self, masker: Masker) -> None:
        super().__init__()
        self._mask = masker
        self.maxstring = self.maxother = 200
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = 20

    def safe(self, value: object) -> str:
        """Never raises, whatever the object's own code does."""
        try:
            return self.repr(value)
        except BaseException as error:
            return f"<{_kind(type(value))} object whose repr() raises {_kind(type(error))}>"

    def repr_str(self, text: str, level: int) -> str:
        return super().repr_str(self._mask.text(text), level)

    def repr_bytes(self, value: bytes, level: int) -> str:
        return "b" + self.repr_str(value[:10_000].decode("latin-1"), level)

    def repr_instance(self, value: Any, level: int) -> str:
        return self._mask.text(repr(value), self.maxother)


def _users_part(calls: list[_Call]) -> list[_Call]:
    """The calls without those of the dispatcher in front of the user's."""
    return list(dropwhile(lambda call: os.path.dirname(call[1].filename) == _PACKAGE, calls)) or calls


def _locals_of(frame: FrameType) -> dict[str, object]:
    """What `exec()` runs has its variables in whatever mapping it was given."""
    try:
        return {name: value for name, value in frame.f_locals.items() if type(name) is str}
    except Exception:
        return {}


def _is_data(name: str, value: object) -> bool:
    # Not isinstance, which asks the object for its class, and thereby a lazy one for whatever it stands for.
    return not name.startswith("__") and not issubclass(type(value), (ModuleType, FunctionType, type))


def _kind(kind: type) -> str:
    module, name = (type.__dict__[attribute].__get__(kind) for attribute in ("__module__", "__qualname__"))
    return name if type(module) is not str or module in {"builtins", "__main__"} else f"{module}.{name}"


def _text(thing: object) -> str:
    """An exception or a note as text; never raises."""
    try:
        return str(thing)
    except BaseException as failure:
        return f"<str() raises {_kind(type(failure))}>"


def _source(file: str, line: int) -> list[tuple[int, str]]:
    """The summary of the traceback has filled the cache, and has looked whether the file has changed."""
    lines = linecache.getlines(file)
    first = max(0, line - 1 - CONTEXT)
    return [(first + index + 1, text.rstrip()) for index, text in enumerate(lines[first : line + CONTEXT])]
