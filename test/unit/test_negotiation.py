"""Which media type a client likes best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mod_python.negotiation import preferred

TEXT, HTML, JSON = OFFERS = ("text/plain", "text/html", "application/json")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, TEXT),
        ("", TEXT),
        ("*/*", TEXT),  # curl
        (BROWSER, HTML),
        ("application/json", JSON),
        ("application/json, text/plain, */*", JSON),  # the first of those that are named
        ("text/html;q=0.5, application/json;q=0.6", JSON),
        ("TEXT/HTML", HTML),
        ("text/*;q=0.9, application/json;q=0.8", TEXT),
        ("text/*, text/plain;q=0", HTML),  # the exact range decides, not the wide one
        ("*/*;q=0.1, text/html;level=1;q=0.4", HTML),
        ("text/html;q=2, */*;q=0.1", TEXT),  # no q value: as if the range were not there
        ("text/html; q=.5", None),
        ("image/png", None),
        ("*/*;q=0", None),
    ],
)
def test_the_best_offer_wins(accept, chosen):
    assert preferred(accept, OFFERS) == chosen


@given(st.text())
def test_any_header_gets_an_offer_or_none(accept):
    assert preferred(accept, OFFERS) in {*OFFERS, None}
