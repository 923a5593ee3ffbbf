"""What `make stress` makes of its samples."""

import xml.etree.ElementTree as ET

import pytest

from bench import svg
from stress import document, usage
from stress.__main__ import SCENARIOS
from stress.results import Result, rows
from stress.usage import Sample

MIB = 2**20


def samples(memory, descriptors=lambda count: 11):
    return [Sample(count, round(memory(count)), descriptors(count)) for count in range(0, 1_000_001, 25_000)]


def test_a_slope_is_not_bent_by_single_outliers():
    points = [(x, 3 * x + 10.0) for x in range(20)]
    assert usage.slope([*points, (7, 1e9), (12, -1e9)]) == pytest.approx(3)


def test_a_warm_up_is_no_growth():
    assert usage.complaints(samples(lambda count: 10 * MIB + min(count, 200_000) * 20), 1.0, "request") == []


def test_two_bytes_a_request_are():
    assert usage.complaints(samples(lambda count: 10 * MIB + count * 2), 1.0, "request") == [
        "memory grows by 2.0 bytes with each request"
    ]


def test_pages_that_the_allocator_takes_in_a_short_run_are_not():
    short = [Sample(count, 10 * MIB + count * 100, 11) for count in range(0, 2000, 200)]
    assert usage.complaints(short, 1.0, "request") == []


def test_a_descriptor_for_every_hundred_thousand_requests_is():
    grown = usage.complaints(samples(lambda count: MIB, lambda count: 11 + count // 100_000), 1.0, "request")
    assert [text.partition(":")[0] for text in grown] == ["descriptors grow"]


def test_a_table_has_a_row_for_each_result():
    results = [Result(name, {"requests": "10"}, problems=["wrong"]) for name in ("psp", "wsgi")]
    assert rows(results) == [("", "requests", "problems"), ("psp", "10", "1"), ("wsgi", "10", "1")]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_page_has_a_place_for_each_scenario(scenario):
    page = document.replaced(document.PAGE.read_text("utf-8"), scenario, "the figures\n")
    assert f"<!-- {scenario} -->\nthe figures\n<!-- end of {scenario} -->" in page


def test_figures_without_a_place_are_an_error():
    with pytest.raises(ValueError, match="no place for leaks"):
        document.replaced("", "leaks", "")


def test_curves_begin_at_zero():
    drawing = ET.fromstring(
        svg.curves("memory", "requests", {"one": [(0, 14.7), (1000, 15)], "two": [(0, 3), (900, 9)]})
    )
    texts = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == "memory requests 0 250 500 750 1000 0 5 10 15 20 one two".split()
