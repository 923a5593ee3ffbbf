"""mod_python: Python inside Apache httpd. Handlers start with `from mod_python import apache`."""

from importlib import import_module
from typing import Any

from mod_python.version import version as mp_version

__all__ = ["mp_version"]


def __getattr__(name: str) -> Any:
    """`mod_python.apache` after a mere `import mod_python`; outside httpd there is no such attribute."""
    try:
        if name == "apache":
            return import_module("mod_python.apache")
    except ImportError as error:
        raise AttributeError(f"mod_python.apache exists only inside httpd: {error}") from error
    raise AttributeError(f"module 'mod_python' has no attribute {name!r}")
