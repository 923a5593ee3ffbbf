"""Where it was measured: what a reader has to know of the machine and of the versions."""

import os
import platform
import re
from importlib.metadata import distributions
from pathlib import Path

from bench.contenders import PACKAGES
from testenv import httpd

MEASURED = ("mod-wsgi", "gunicorn", "uwsgi", "granian")


def describe() -> dict[str, str]:
    """Return names and values."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores{', virtual' if _is_virtual() else ''}",
        "memory": f"{int(memory[1]) >> 20} GiB" if memory else "unknown",
        "kernel": platform.release(),
        "httpd": httpd.local().version,
        "Python": platform.python_version(),
        **_packages(),
    }


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _is_virtual() -> bool:
    return "hypervisor" in Path("/proc/cpuinfo").read_text()


def _packages() -> dict[str, str]:
    paths = [str(path) for path in (PACKAGES / "lib").glob("python*/site-packages")]
    versions = {found.name.lower().replace("_", "-"): found.version for found in distributions(path=paths)}
    return {name: versions[name] for name in MEASURED if name in versions}
