"""mod_python: Python inside Apache httpd. Handlers start with `from mod_python import apache`."""

from mod_python.version import version as mp_version

__all__ = ["mp_version"]
