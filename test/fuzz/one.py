"""Runs one target under atheris: python -m fuzz.one TARGET, followed by options of libFuzzer and directories."""

from __future__ import annotations

import sys

import atheris

# Whatever is imported from here on reports which way it went.
with atheris.instrument_imports(include=["mod_python", "multipart"], enable_loader_override=False):
    from fuzz.targets import TARGETS

name = sys.argv.pop(1)
sys.argv[0] = f"{sys.executable} -m fuzz.one {name}"  # what -merge=1 runs, in a shell
atheris.Setup(sys.argv, TARGETS[name])
atheris.Fuzz()
