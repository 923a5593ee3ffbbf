"""The snapshot as OpenMetrics 1.0 text, which Prometheus and its kin read."""

from __future__ import annotations

from collections.abc import Iterator

from mod_python.status.snapshot import Snapshot, Times

TYPE = "application/openmetrics-text"


def text(snapshot: Snapshot) -> str:
    """The exposition. Labels are names of our own, and need no escapes."""
    return "\n".join([*_server(snapshot), *_calls(snapshot), *_children(snapshot), "# EOF", ""])


def _family(name: str, kind: str, explanation: str) -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    for unit in ("seconds", "bytes"):
        if name.endswith(f"_{unit}"):
            yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {explanation}"


def _gauge(name: str, value: float, explanation: str) -> Iterator[str]:
    yield from _family(name, "gauge", explanation)
    yield f"{name} {value}"


def _server(snapshot: Snapshot) -> Iterator[str]:
    yield from _family("mod_python", "info", "The versions of mod_python and Python.")
    yield f'mod_python_info{{version="{snapshot.version}",python="{snapshot.python}"}} 1'
    yield from _gauge("mod_python_start_time_seconds", snapshot.started, "When httpd started, since the epoch.")
    yield from _gauge("mod_python_restart_time_seconds", snapshot.restarted, "When httpd last read its configuration.")
    yield from _gauge("mod_python_uptime_seconds", snapshot.uptime, "Time since httpd started.")
    yield from _gauge("mod_python_children", len(snapshot.children), "Living children of httpd.")
    yield from _family("mod_python_errors", "counter", "Errors that mod_python has logged.")
    yield f"mod_python_errors_total {snapshot.error_count}"


def _calls(snapshot: Snapshot) -> Iterator[str]:
    yield from _family("mod_python_calls", "counter", "Calls into Python, by phase and result.")
    for phase, calls in snapshot.calls.items():
        for result, count in calls.results.items():
            yield f'mod_python_calls_total{{phase="{phase}",result="{result}"}} {count}'
    name = "mod_python_call_duration_seconds"
    yield from _family(name, "histogram", "How long calls into Python took.")
    for phase, calls in snapshot.calls.items():
        yield from _histogram(name, f'phase="{phase}"', calls.times, snapshot.bounds)
    name = "mod_python_gil_wait_seconds"
    yield from _family(name, "histogram", "How long threads waited for the GIL before they entered Python.")
    yield from _histogram(name, "", snapshot.gil_wait, snapshot.bounds)


def _histogram(name: str, label: str, times: Times, bounds: list[float]) -> Iterator[str]:
    so_far = 0
    separator = "," if label else ""
    for count, bound in zip(times.buckets, [*map(str, bounds), "+Inf"], strict=True):
        so_far += count
        yield f'{name}_bucket{{{label}{separator}le="{bound}"}} {so_far}'
    labels = f"{{{label}}}" if label else ""
    yield f"{name}_count{labels} {so_far}"
    yield f"{name}_sum{labels} {times.seconds}"


_OF_A_CHILD = (
    ("start_time_seconds", "started", "When the child started, since the epoch."),
    ("interpreters", "interpreters", "Python interpreters in the child."),
    ("calls_in_progress", "in_progress", "Calls into Python that have not ended."),
    ("threads", "threads", "Threads of the process."),
    ("resident_memory_bytes", "resident_bytes", "Resident memory of the process."),
)


def _children(snapshot: Snapshot) -> Iterator[str]:
    """By place, not by process id, so that the number of series stays small."""
    for ending, attribute, explanation in _OF_A_CHILD:
        name = f"mod_python_child_{ending}"
        yield from _family(name, "gauge", explanation)
        for child in snapshot.children:
            value = getattr(child, attribute)
            if value is not None:
                yield f'{name}{{child="{child.place}"}} {value}'
