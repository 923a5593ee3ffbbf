"""Inputs that are kept: a file for each target, with a bytes literal on each line. Findings are added by hand."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 400
"""Octets of an input that a run adds to those that are kept, so that the corpus stays small."""


def kept(target: str) -> list[bytes]:
    """The inputs of a target."""
    path = CORPUS / f"{target}.txt"
    return [literal_eval(line) for line in path.read_text("ascii").splitlines()] if path.exists() else []


def unpack(target: str, directory: Path) -> None:
    """Write the inputs of a target into files, as fuzzers want them."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(kept(target)):
        (directory / f"kept-{number:04}").write_bytes(data)


def keep(target: str, inputs: Iterable[bytes]) -> None:
    """Add inputs, the short ones, to those of a target."""
    short = {data for data in inputs if len(data) <= LONGEST}
    lines = sorted(map(repr, short.union(kept(target))), key=lambda line: (len(line), line))
    (CORPUS / f"{target}.txt").write_text("".join(f"{line}\n" for line in lines), "ascii")
