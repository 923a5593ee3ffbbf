"""What `mod_python check` finds: sentences, and what would help."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NamedTuple


class Finding(NamedTuple):
    """One result. `cure` says what to do; "" means that nothing is wrong."""

    text: str
    cure: str = ""

    def __str__(self) -> str:
        return f"wrong: {self.text}\n       {self.cure}" if self.cure else f"ok:    {self.text}"


def report(findings: Iterable[Finding]) -> int:
    """Print findings as they come; return the number of those that are wrong."""
    wrong = 0
    for finding in findings:
        print(finding, flush=True)
        wrong += bool(finding.cure)
    print(f"\n{wrong} found wrong" if wrong else "\nNothing wrong found", file=sys.stderr)
    return wrong
