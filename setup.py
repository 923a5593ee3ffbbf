"""Hands setuptools the two steps that pyproject.toml cannot describe; they are in dist/setuptools_commands.py."""

import sys
from pathlib import Path

from setuptools import Extension, setup

sys.path.insert(0, str(Path(__file__).resolve().parent / "dist"))

from setuptools_commands import BuildModule, SourceArchive

setup(
    # What it is made of, make knows. An extension makes the wheel one for this platform and this version of Python.
    ext_modules=[Extension("mod_python.mod_python", sources=[])],
    cmdclass={"build_ext": BuildModule, "sdist": SourceArchive},
)
