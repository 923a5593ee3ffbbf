"""mod_python.status: what all children count, in three forms."""

import re
from pathlib import Path

import pytest

from testenv.wait import until

SITE = """
PythonStatus On
PythonPath "['${DOCROOT}'] + sys.path"
<Location "/status">
    SetHandler mod_python
    PythonHandler mod_python.status
    Require local
</Location>
<Location "/closed">
    SetHandler mod_python
    PythonHandler mod_python.status
    Require all denied
</Location>
<Location "/work">
    SetHandler mod_python
    PythonHandler work
</Location>
<Location "/fail">
    SetHandler mod_python
    PythonHandler work::fail
</Location>
<Location "/complain">
    SetHandler mod_python
    PythonHandler work::complain
</Location>
<Location "/unasked">
    AuthType Basic
    AuthName x
    AuthBasicProvider python
    Require valid-user
</Location>
<Location "/die">
    SetHandler mod_python
    PythonHandler work::die
</Location>
<Location "/phases">
    SetHandler mod_python
    PythonAccessHandler work::access
    PythonHandler work
    PythonOutputFilter work::shout SHOUT
    SetOutputFilter SHOUT
    Require python work::everybody
</Location>
"""

PROMETHEUS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"


def status(server):
    """The snapshot, as a dictionary."""
    return server.get("/status?format=json").json()


def results(server, phase="PythonHandler"):
    """How the calls of a phase ended, without those of the status page itself."""
    found = status(server)["calls"].get(phase, {"results": {}})["results"]
    return {name: count for name, count in found.items() if count}


def samples(server):
    """The samples of the OpenMetrics text, which a strict parser reads: (name, labels) to value."""
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    text = server.get("/status", headers={"Accept": PROMETHEUS}).text
    families = list(parser.text_string_to_metric_families(text))
    return {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}


def called(found, result):
    return found.get(("mod_python_calls_total", ("phase", "PythonHandler"), ("result", result)), 0)


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(SITE, app="status", processes=2, threads=4)


class TestForms:
    @pytest.mark.parametrize(
        ("path", "accept", "media_type"),
        [
            ("/status", "text/html,*/*;q=0.8", "text/html; charset=utf-8"),
            ("/status", "*/*", "text/html; charset=utf-8"),
            ("/status", "application/json", "application/json"),
            ("/status", PROMETHEUS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
            ("/status?format=openmetrics", "text/html", "application/openmetrics-text; version=1.0.0; charset=utf-8"),
            ("/status?format=html", "application/json", "text/html; charset=utf-8"),
        ],
    )
    def test_the_client_chooses(self, server, path, accept, media_type):
        response = server.get(path, headers={"Accept": accept})
        assert (response.status_code, response.headers["Content-Type"]) == (200, media_type)
        assert response.headers["Cache-Control"] == "no-store"

    def test_an_unknown_form_is_refused(self, server):
        assert server.get("/status?format=xml").status_code == 400

    def test_it_is_only_read(self, server):
        response = server.post("/status", data="x")
        assert response.status_code == 405
        assert {"GET", "HEAD"} <= set(response.headers["Allow"].split(","))

    def test_require_protects_it(self, server):
        server.allow_log("AH01630")
        assert server.get("/closed").status_code == 403


class TestCounting:
    def test_all_children_count_together(self, server):
        before = samples(server)
        for _ in range(30):
            server.get("/work?200")
        for _ in range(3):
            server.get("/work?404")
        after = samples(server)
        assert called(after, "2xx") - called(before, "2xx") == 30 + 1  # and the page itself
        assert called(after, "4xx") - called(before, "4xx") == 3
        assert after["mod_python_children",] == len(server.children()) == 2

    def test_times_and_waits_are_as_many_as_calls(self, server):
        found = samples(server)
        handler = ("phase", "PythonHandler")
        count = found["mod_python_call_duration_seconds_count", handler]
        assert count == sum(value for key, value in found.items() if key[:2] == ("mod_python_calls_total", handler))
        assert found["mod_python_call_duration_seconds_bucket", ("le", "+Inf"), handler] == count
        assert found["mod_python_call_duration_seconds_sum", handler] > 0
        assert found["mod_python_gil_wait_seconds_count",] >= count

    def test_children_are_described(self, server):
        shown = status(server)
        assert sorted(child["pid"] for child in shown["children"]) == sorted(server.children())
        for child in shown["children"]:
            assert child["interpreters"] >= 1
            assert child["threads"] >= 1
            assert child["resident_bytes"] > 1_000_000
        assert sum(child["in_progress"] for child in shown["children"]) == 1  # the page itself
        assert shown["started"] <= shown["restarted"] <= shown["now"]

    def test_every_kind_of_call_counts(self, server):
        phases = ("PythonAccessHandler", "PythonHandler", "PythonOutputFilter", "PythonAuthProvider")
        before = {phase: results(server, phase) for phase in phases}
        assert server.get("/phases").text == "done"
        assert server.get("/phases?403").status_code == 403
        gained = {phase: set(results(server, phase)) - set(before[phase]) for phase in phases}
        assert gained["PythonAccessHandler"] == {"ok", "4xx"}
        assert gained["PythonOutputFilter"] == gained["PythonAuthProvider"] == {"ok"}

    def test_errors_are_listed_without_their_messages(self, server):
        server.allow_log("MP0100")
        before = status(server)["error_count"]
        assert server.get("/fail").status_code == 500
        shown = status(server)
        assert shown["error_count"] == before + 1
        latest = shown["errors"][0]["text"]
        assert re.fullmatch(r"MP0100: PythonHandler work::fail: ValueError in work.py, line \d+", latest)
        assert "hunter22" not in server.get("/status").text

    def test_other_messages_are_listed_too(self, server):
        server.allow_log("MP9999: hunter22")
        server.expect_log("MP0050")
        server.get("/complain")
        server.get("/unasked", auth=("eve", "wide open"))
        latest = [error["text"] for error in status(server)["errors"]][:2]
        assert latest[0].startswith("MP0050: the provider python is asked, but no PythonAuthProvider is in effect")
        assert latest[1] == "MP9999"  # what a program logs may be secret


class TestChildren:
    def test_a_killed_child_leaves_nothing_in_progress_and_takes_nothing_away(self, server):
        server.allow_log("exit signal Killed")
        for _ in range(5):
            server.get("/work")
        before = samples(server)
        old = set(server.children())
        with pytest.raises(OSError):  # the connection ends without an answer
            server.get("/die")
        until(lambda: not old <= set(server.children()), 20, "the end of a child")
        until(lambda: {child["pid"] for child in status(server)["children"]} == set(server.children()), 20, "its place")
        after = samples(server)
        assert sum(value for (name, *_), value in after.items() if name == "mod_python_child_calls_in_progress") == 1
        assert called(after, "2xx") > called(before, "2xx")
        counters = [key for key in before if key[0].endswith(("_total", "_count", "_bucket", "_sum"))]
        assert [key for key in counters if after[key] < before[key]] == []

    def test_totals_outlive_a_graceful_restart(self, server):
        before = called(samples(server), "2xx")
        old = set(server.children())
        server.graceful(renew=True)
        assert called(samples(server), "2xx") > before
        until(lambda: old.isdisjoint(child["pid"] for child in status(server)["children"]), 20, "their end")

    @pytest.mark.local_only
    def test_restarts_make_no_more_shared_memory(self, server):
        def shared():
            maps = Path(f"/proc/{server.pid}/maps").read_text()
            return sum(line.split()[1] == "rw-s" for line in maps.splitlines())

        before = shared()
        for _ in range(3):
            server.graceful(renew=True)
        assert shared() == before


class TestOff:
    def test_there_is_nothing_to_see(self, serve):
        server = serve(SITE.replace("PythonStatus On", ""), app="status")
        server.expect_log("MP0372: there is no status to show, since PythonStatus is not On")
        assert server.get("/status").status_code == 503
        assert server.get("/work").text == "done"

    def test_it_is_switched_for_the_whole_server(self, config_error):
        assert "PythonStatus cannot stand in a section" in config_error('<Location "/">\nPythonStatus On\n</Location>')
        assert "PythonStatus cannot stand in <VirtualHost>" in config_error(
            "<VirtualHost *:80>\nPythonStatus On\n</VirtualHost>"
        )
