"""The phase table of the C side (src/phases.h), for Python to read."""

from __future__ import annotations

from typing import NamedTuple

from mod_python.ffi import ffi, lib

_AFTER_THE_RESPONSE = {"PythonLogHandler", "PythonCleanupHandler"}


class Phase(NamedTuple):
    """One phase of a request, or of a connection."""

    directive: str
    function: str
    """What is called when a handler names only a module."""
    goes_on: frozenset[int]
    """The results after which the next handler of a stack runs."""
    can_answer: bool
    """Whether the client can still be told of an error."""


def _read(index: int) -> Phase:
    row = lib.mp_phases[index]
    goes_on = {0: lib.MP_GO_ON_OK, -1: lib.MP_GO_ON_DECLINED}
    directive = ffi.string(row.directive).decode()
    return Phase(
        directive,
        ffi.string(row.function).decode(),
        frozenset(result for result, bit in goes_on.items() if row.go_on & bit),
        directive not in _AFTER_THE_RESPONSE,
    )


PHASES = tuple(_read(index) for index in range(lib.mp_phase_count))
_INDEX = {phase.directive: index for index, phase in enumerate(PHASES)}

_INIT = _INDEX["PythonInitHandler"]
_HEADER_PARSER = _INDEX["PythonHeaderParserHandler"]
CONNECTION = _INDEX["PythonConnectionHandler"]
CLEANUP = _INDEX["PythonCleanupHandler"]
_LAST_ADDABLE = _INDEX["PythonLogHandler"]


def addable(directive: str) -> int:
    """The index of the phase to which handlers can be added under this name. Raises IndexError for any other name."""
    index = _INDEX.get(directive, len(PHASES))
    if index > _LAST_ADDABLE:
        raise IndexError(f"{directive!r} is not a phase to which handlers can be added")
    return index


def is_over(phase: int, running: int) -> bool:
    """Whether handlers added to `phase` would come too late, when `running` (-1: none) is the running one."""
    if running == _INIT or (phase == _INIT and running < _HEADER_PARSER):
        return False  # Init runs twice: after the request was read, and before the headers are parsed
    return phase < running
