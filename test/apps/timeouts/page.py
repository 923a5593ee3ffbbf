"""A published page that is not loaded before it may be."""

import time
from pathlib import Path

DIRECTORY = Path(__file__).parent

(DIRECTORY / "is-loading").touch()
while not (DIRECTORY / "go").exists():
    time.sleep(0.01)


def index():
    return "fine"
