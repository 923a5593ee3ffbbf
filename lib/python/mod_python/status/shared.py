"""Reads the shared memory that all children count in (src/status.h), and what the system says about them."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Iterable
from typing import Any

from mod_python.ffi import NULL, ffi, lib
from mod_python.status.snapshot import Calls, Child, LoggedError, Snapshot, Times
from mod_python.text import decode

NANOSECONDS = 1e9
MICROSECONDS = 1e6

_PHASES = [decode(ffi.string(name)) for name in lib.mp_status_call_names]
_RESULTS = [decode(ffi.string(name)) for name in lib.mp_status_result_names]
_BOUNDS = [bound / NANOSECONDS for bound in lib.mp_status_bounds]


def read() -> Snapshot | None:
    """What has been counted so far; None when PythonStatus is Off."""
    shared = lib.mp_status_shared()
    if shared == NULL:
        return None
    places = [shared.children[place] for place in range(shared.child_count)]
    used = [child for child in places if child.started]
    return Snapshot(
        version=decode(ffi.string(lib.mp_version)),
        python=platform.python_version(),
        now=time.time(),
        started=shared.started / MICROSECONDS,
        restarted=lib.mp_restart_time() / MICROSECONDS,
        bounds=_BOUNDS,
        calls=dict(_calls(used)),
        gil_wait=_times([child.waits for child in used]),
        children=[_child(place, child) for place, child in enumerate(places) if child.pid],
        error_count=shared.error_count,
        errors=_errors(shared.errors),
    )


def _calls(children: list[Any]) -> Iterable[tuple[str, Calls]]:
    for index, phase in enumerate(_PHASES):
        found = [child.calls[index] for child in children]
        results = _sums(calls.results for calls in found)
        if any(results):
            yield phase, Calls(dict(zip(_RESULTS, results, strict=True)), _times([calls.times for calls in found]))


def _times(times: list[Any]) -> Times:
    nanoseconds: int = sum(one.nanoseconds for one in times)
    return Times(_sums(one.buckets for one in times) or [0] * (len(_BOUNDS) + 1), nanoseconds / NANOSECONDS)


def _sums(arrays: Iterable[Any]) -> list[int]:
    return [sum(column) for column in zip(*arrays, strict=True)]


def _child(place: int, child: Any) -> Child:
    memory, threads = _process(child.pid)
    started = child.started / MICROSECONDS
    return Child(place, child.pid, started, child.interpreters, child.in_progress, threads, memory)


def _process(pid: int) -> tuple[int | None, int | None]:
    """The resident memory in bytes, and the number of threads."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            found = re.findall(r"^(VmRSS|Threads):\s+(\d+)", file.read(), re.MULTILINE)
    except OSError:
        return None, None
    facts = {name: int(number) for name, number in found}
    return facts.get("VmRSS", 0) * 1024 or None, facts.get("Threads")


def _errors(ring: Any) -> list[LoggedError]:
    """Those that are not being written at this moment."""
    found = [(entry.number, _logged_error(entry), entry.number) for entry in ring]
    return [failure for before, failure, after in sorted(found, key=lambda row: -row[0]) if before and before == after]


def _logged_error(entry: Any) -> LoggedError:
    return LoggedError(entry.time / MICROSECONDS, entry.pid, decode(ffi.string(entry.text)))
