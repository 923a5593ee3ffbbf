"""The status page: three forms of one snapshot."""

import json

import pytest

from fakes import FakeRequest, FakeTable
from mod_python import status
from mod_python.status import openmetrics
from mod_python.status.page import html
from mod_python.status.snapshot import Calls, Child, LoggedError, Snapshot, Times

BOUNDS = [0.001, 0.01]
RESULTS = {"ok": 0, "2xx": 9, "5xx": 1}


def snapshot(**changes):
    found = {
        "version": "4.0",
        "python": "3.11.2",
        "now": 1000.0,
        "started": 100.0,
        "restarted": 200.0,
        "bounds": BOUNDS,
        "calls": {"PythonHandler": Calls(RESULTS, Times([7, 2, 1], 0.5))},
        "gil_wait": Times([10, 0, 0], 0.0001),
        "children": [Child(0, 42, 300.0, 2, 1, 10, 30 * 2**20), Child(3, 43, 300.0, 1, 0, None, None)],
        "error_count": 1,
        "errors": [LoggedError(500.0, 42, "MP0100: PythonHandler <b>: ValueError")],
    }
    return Snapshot(**{**found, **changes})


EMPTY = snapshot(calls={}, children=[], errors=[], gil_wait=Times([0, 0, 0], 0.0), error_count=0)


def samples(text):
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    families = parser.text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


class TestTimes:
    def test_mean_and_quantiles(self):
        times = Times([7, 2, 1], 0.5)
        assert (times.count, times.mean()) == (10, 0.05)
        assert [times.quantile(share, BOUNDS) for share in (0.5, 0.9, 0.99)] == [0.001, 0.01, float("inf")]

    def test_of_nothing(self):
        times = Times([0, 0, 0], 0.0)
        assert (times.mean(), times.quantile(0.9, BOUNDS)) == (0.0, 0.001)


class TestOpenMetrics:
    def test_a_strict_parser_reads_it(self):
        found = samples(openmetrics.text(snapshot()))
        assert found["mod_python_calls_total", "PythonHandler", "2xx"] == 9
        assert found["mod_python_call_duration_seconds_bucket", "PythonHandler", "0.01"] == 9
        assert found["mod_python_call_duration_seconds_bucket", "PythonHandler", "+Inf"] == 10
        assert found["mod_python_call_duration_seconds_sum", "PythonHandler"] == 0.5
        assert found["mod_python_gil_wait_seconds_count",] == 10
        assert found["mod_python_child_resident_memory_bytes", "0"] == 30 * 2**20
        assert found["mod_python_uptime_seconds",] == 900
        assert found["mod_python_errors_total",] == 1

    def test_what_the_system_does_not_tell_is_left_out(self):
        assert ("mod_python_child_threads", "3") not in samples(openmetrics.text(snapshot()))

    def test_before_the_first_call(self):
        assert samples(openmetrics.text(EMPTY))["mod_python_gil_wait_seconds_count",] == 0


class TestPage:
    @pytest.mark.parametrize(
        "text",
        [
            "<td>PythonHandler</td><td>9</td><td>1</td><td>50 ms</td><td>≤ 10 ms</td><td>over 10 ms</td>",
            "<td>0</td><td>42</td><td>11.7 min</td><td>30.0 MB</td><td>10</td><td>2</td><td>1</td>",
            "<td>MP0100: PythonHandler &lt;b&gt;: ValueError</td><td>1970-01-01 00:08:20 UTC</td>",
            "1970-01-01 00:01:40 UTC, 15 min ago",
        ],
    )
    def test_it_shows_what_is_known(self, text):
        assert text in html(snapshot())

    def test_before_the_first_call(self):
        assert html(EMPTY).count("None so far") == 3


class TestHandler:
    @pytest.fixture(autouse=True)
    def read(self, monkeypatch):
        monkeypatch.setattr(status, "_read", snapshot)

    def test_json_has_everything(self):
        req = FakeRequest(args="format=json")
        assert status.handler(req) == 0
        found = json.loads(req.written)
        assert found["calls"]["PythonHandler"]["results"] == RESULTS
        assert found["children"][1]["threads"] is None

    def test_the_last_format_of_the_query_counts(self):
        req = FakeRequest(args="format=json&format=openmetrics", headers_in=FakeTable({"Accept": "text/html"}))
        status.handler(req)
        assert req.written.endswith(b"# EOF\n")

    @pytest.mark.parametrize("args", ["format=xml", "format=%ff%00", "format=HTML"])
    def test_an_unknown_format_is_refused(self, args):
        assert status.handler(FakeRequest(args=args)) == 400

    def test_without_counting_there_is_nothing(self, monkeypatch):
        monkeypatch.setattr(status, "_read", lambda: None)
        req = FakeRequest()
        assert status.handler(req) == 503
        assert "MP0372" in req.logged[0]
