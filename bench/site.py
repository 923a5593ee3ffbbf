"""The files that are served: those of bench/site, and large ones made from nothing."""

import shutil
from pathlib import Path

from bench.contenders import BUILD, ROOT
from bench.works import HUGE, MEGABYTE

SOURCES = ROOT / "bench" / "site"
SITE = BUILD / "site"
LARGE = {"static/file.txt": HUGE, "filter/megabyte.txt": MEGABYTE}


def prepare() -> None:
    """Bring build/bench/site up to date."""
    shutil.copytree(SOURCES, SITE, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name, size in LARGE.items():
        _fill(SITE / name, size)


def _fill(path: Path, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.stat().st_size != size:
        path.write_bytes(b"x" * size)
