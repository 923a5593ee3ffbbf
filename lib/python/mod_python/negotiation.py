"""Content negotiation: which of several media types a client likes best, by its Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_QUALITY = re.compile(r"(?i:q)\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


class _Range(NamedTuple):
    """A media range; those that sort higher win."""

    quality: float
    specificity: int
    """2: a type, 1: `text/*`, 0: `*/*`."""
    position: int
    """Earlier ones, which are greater, win among equals."""
    pattern: str


def preferred(accept: str | None, offers: Sequence[str]) -> str | None:
    """Choose a media type.

    Args:
        accept: the value of the Accept header; None or empty: the client takes everything.
        offers: media types in lower case and without parameters, the server's favourite first.

    Returns:
        The offer of the highest q value; among equals the one that the client names most exactly, then first, then the
        server's favourite. None when the client takes none of them. Other parameters than q count for nothing.
    """
    ranges = list(_ranges(accept or "*/*"))
    best: tuple[_Range, str] | None = None
    for offer in offers:
        found = _range_of(offer, ranges)
        if found and found.quality > 0 and (best is None or found[:3] > best[0][:3]):
            best = found, offer
    return best and best[1]


def _ranges(accept: str) -> Iterator[_Range]:
    """The media ranges of the header; one with a malformed q value is passed over."""
    for position, element in enumerate(accept.split(",")):
        pattern, *parameters = (part.strip() for part in element.split(";"))
        qualities = [part for part in parameters if part[:1] in {"q", "Q"}]
        matches = [_QUALITY.fullmatch(part) for part in qualities]
        if pattern and all(matches):
            quality = float(matches[0][1]) if matches and matches[0] else 1.0
            yield _Range(quality, 2 - pattern.count("*"), -position, pattern.lower())


def _range_of(offer: str, ranges: list[_Range]) -> _Range | None:
    """The range that decides about an offer: the most specific one that fits."""
    patterns = {offer, offer.partition("/")[0] + "/*", "*/*"}
    return max((found for found in ranges if found.pattern in patterns), key=lambda found: found[1:3], default=None)
