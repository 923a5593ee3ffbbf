"""The benchmark's arithmetic and texts: selection, ratios, tables, plots."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import document, report, svg
from bench.client import request, unchunk
from bench.contenders import PEERS, ours
from bench.measure import Sample
from bench.plan import select
from bench.targets import CPU, TIME, pairwise, ratios
from bench.works import WORKS
from testenv.httpd import REPOSITORY

MODULE = REPOSITORY / "src" / "mod_python.so"
CONTENDERS = (ours("mod_python", MODULE), *PEERS)
WORK = {work.name: work for work in WORKS}


def sample(cpu, rate=1000.0):
    return Sample(rate=rate, cpu=cpu, p50=1.0, p99=2.0, errors=0, child=1024, memory=2048, startup=100.0)


def selected(*only):
    return [cell.key for cell in select(CONTENDERS, WORKS, only)]


class TestSelection:
    def test_a_name_of_each_kind_narrows_it_down(self):
        assert selected("hello", "mod_python", "wsgi") == [("hello", "mod_python", "wsgi")]

    def test_a_work_is_named_by_its_first_words(self):
        works = [work for work, _, _ in selected("scale-headers", "mod_python", "wsgi")]
        assert works == [f"scale-headers-{number}" for number in (5, 10, 20, 40, 80)]

    def test_an_unknown_name_is_an_error(self):
        with pytest.raises(SystemExit, match="is called nonsense"):
            selected("hello", "nonsense")


class TestTheClient:
    def test_a_work_with_a_body_is_posted(self):
        raw = request(WORK["form"], "/wsgi/form")
        assert raw.startswith(b"POST /wsgi/form HTTP/1.1\r\nHost: localhost\r\n")
        assert b"\r\nContent-Length: %d\r\n" % len(WORK["form"].body) in raw

    def test_the_chunked_coding_comes_off(self):
        assert unchunk(b"5\r\nHello\r\n3\r\n, W\r\n0\r\n\r\n") == b"Hello, W"

    def test_bodies_have_the_size_that_their_work_promises(self):
        assert len(WORK["form"].body) == pytest.approx(1024, rel=0.02)
        assert len(WORK["json"].body) == pytest.approx(65536, rel=0.02)


class TestRatios:
    def test_more_is_better_for_every_cost(self):
        assert list(pairwise([sample(20.0)], [sample(30.0)], CPU)) == [1.5]
        assert list(pairwise([sample(1.0, rate=300.0)], [sample(1.0, rate=200.0)], TIME)) == [pytest.approx(1.5)]

    def test_a_round_that_failed_on_one_side_is_left_out(self):
        assert list(pairwise([sample(20.0), "it crashed"], [sample(30.0), sample(40.0)], CPU)) == [1.5]

    def test_the_median_is_that_of_the_rounds(self):
        results = {
            ("hello", "mod_python", "wsgi"): [sample(10.0), sample(20.0), sample(10.0)],
            ("hello", "mod_wsgi", "wsgi"): [sample(10.0), sample(60.0), sample(20.0)],
        }
        found = {(ratio.target.title, ratio.cost): ratio.median for ratio in ratios(results, "mod_python")}
        assert found["WSGI hello / mod_wsgi", "CPU"] == 2.0

    @pytest.mark.parametrize(("ratio", "word"), [(2.0, "aim"), (1.7, "met"), (1.0, "missed")])
    def test_a_verdict_says_how_it_stands(self, ratio, word):
        assert report.verdict(ratio, 1.6, 2.0) == word


class TestTheReport:
    RESULTS = {
        ("hello", "mod_python", "wsgi"): [sample(10.0), sample(11.0)],
        ("hello", "original", "psp"): ["it <fell>"],
    }

    def test_failures_are_named(self):
        assert report.failures(self.RESULTS) == ["hello, original, psp: it <fell>"]
        assert report.figures(self.RESULTS)[2][-1] == "failed"

    def test_json_has_every_round(self):
        rows = json.loads(report.as_json(self.RESULTS, {"command": "bench/run"}, []))["results"]
        assert [len(row["rounds"]) for row in rows] == [2, 1]

    def test_the_page_gets_tables_and_plots(self, tmp_path, monkeypatch):
        page = tmp_path / "performance.md"
        page.write_text("before\n<!-- figures -->\nold\n<!-- end of the figures -->\nafter\n")
        monkeypatch.setattr(document, "PAGE", page)
        monkeypatch.setattr(document, "PLOTS", tmp_path / "performance")
        document.write(self.RESULTS, {"httpd": "2.4"}, [], "mod_python")
        text = page.read_text()
        assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
        assert "| httpd | 2.4 |" in text and "it &lt;fell>" in text
        ET.parse(tmp_path / "performance" / "hello.svg")

    def test_lines_are_an_image_too(self):
        text = svg.lines("a <title>", "bytes", {"one": [(1024, 10.0), (2**20, 500.0)]})
        assert "a &lt;title&gt;" in text and ET.fromstring(text).tag.endswith("svg")


def test_every_contender_is_told_what_it_needs():
    assert all(isinstance(contender.needs, Path) for contender in CONTENDERS if contender.backend)
