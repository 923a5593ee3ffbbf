"""The snapshot as a page for people."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from html import escape

from mod_python.htmlpage import definitions, document
from mod_python.status.snapshot import Calls, Child, Snapshot, Times


def html(snapshot: Snapshot) -> str:
    """A page without scripts, readable on a phone."""
    return document("mod_python status", *_sections(snapshot))


def _sections(snapshot: Snapshot) -> Iterator[str]:
    yield definitions(
        {
            "Version": f"mod_python {snapshot.version}, Python {snapshot.python}",
            "Started": f"{_time(snapshot.started)}, {_duration(snapshot.uptime)} ago",
            "Configured": _time(snapshot.restarted),
            "Children": str(len(snapshot.children)),
            "Waiting for the GIL": _summary(snapshot.gil_wait, snapshot.bounds),
            "Errors": str(snapshot.error_count),
        }
    )
    results = [name for name in _results(snapshot) if any(calls.results[name] for calls in snapshot.calls.values())]
    yield _table(
        "Calls into Python",
        ["Phase", *results, "Mean", "90 %", "99 %", "In all"],
        (_phase(phase, calls, results, snapshot.bounds) for phase, calls in snapshot.calls.items()),
    )
    yield _table(
        "Children",
        ["Place", "Process", "Up", "Memory", "Threads", "Interpreters", "In progress"],
        (_child(child, snapshot.now) for child in snapshot.children),
    )
    yield _table(
        "Last errors",
        ["Error", "Time", "Process"],
        ([error.text, _time(error.time), str(error.pid)] for error in snapshot.errors),
    )
    yield "<p>Also as ?format=json and ?format=openmetrics. The error log says more about each error.</p>\n"


def _results(snapshot: Snapshot) -> list[str]:
    return list(next(iter(snapshot.calls.values())).results) if snapshot.calls else []


def _phase(phase: str, calls: Calls, results: list[str], bounds: list[float]) -> list[str]:
    times = calls.times
    quantiles = [_bound(times, share, bounds) for share in (0.9, 0.99)]
    counts = [str(calls.results[name]) for name in results]
    return [phase, *counts, _duration(times.mean()), *quantiles, _duration(times.seconds)]


def _child(child: Child, now: float) -> list[str]:
    memory = "" if child.resident_bytes is None else f"{child.resident_bytes / 2**20:.1f} MB"
    threads = "" if child.threads is None else str(child.threads)
    up = _duration(now - child.started)
    return [str(child.place), str(child.pid), up, memory, threads, str(child.interpreters), str(child.in_progress)]


def _summary(times: Times, bounds: list[float]) -> str:
    return (
        f"{_duration(times.mean())} on average, 99 % {_bound(times, 0.99, bounds)}, {_duration(times.seconds)} in all"
    )


def _bound(times: Times, share: float, bounds: list[float]) -> str:
    bound = times.quantile(share, bounds)
    return f"over {_duration(bounds[-1])}" if bound == float("inf") else f"≤ {_duration(bound)}"


_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"))


def _duration(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _table(heading: str, columns: list[str], rows: Iterable[list[str]]) -> str:
    body = "".join(f"<tr>{_cells('td', row)}</tr>\n" for row in rows)
    if not body:
        return f"<h2>{heading}</h2>\n<p>None so far.</p>\n"
    return f"<h2>{heading}</h2>\n<div><table><tr>{_cells('th', columns)}</tr>\n{body}</table></div>\n"


def _cells(tag: str, texts: list[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)
