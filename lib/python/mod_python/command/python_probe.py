"""What an interpreter says of itself: it is asked, since it need not be the one that runs this."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from mod_python import version
from mod_python.command.account import Account, run_as

_REQUIRED: Final = {"_cffi_backend": "cffi", "multipart": "multipart"}
"""The modules that mod_python needs inside httpd, and the packages that bring them."""

# -I, as inside httpd: neither PYTHON* variables nor packages of one user count there.
_QUESTION: Final = f"""
import importlib.util, json, sys, sysconfig
sys.path[:0] = filter(None, sys.argv[1:])
missing = [package for module, package in {_REQUIRED}.items() if importlib.util.find_spec(module) is None]
shared = bool(sysconfig.get_config_var("Py_ENABLE_SHARED"))
print(json.dumps([sys.version_info[:2], missing, shared, sys.base_prefix]))
"""


class Probe(NamedTuple):
    """The answer.

    version    major and minor, such as "3.11"
    missing    those of the packages that mod_python needs that it has not
    is_shared  whether there is a shared libpython
    base       the directory that it is installed in, for a virtual environment that of the Python that made it
    """

    version: str
    missing: tuple[str, ...]
    is_shared: bool
    base: str


def probe(interpreter: Path | str, account: Account | None = None) -> Probe | str:
    """Ask `interpreter`, run by `account` (None: by ourselves); a text says why it does not answer."""
    try:
        done = run_as(account, [interpreter, "-I", "-c", _QUESTION, version.PRIVATE_DIRECTORY])
    except OSError as error:
        return error.strerror or str(error)
    try:
        answer: Any = json.loads(done.stdout)
        (major, minor), missing, is_shared, base = answer
    except ValueError:
        return (done.stderr.strip() or "it prints no answer").splitlines()[-1]
    return Probe(f"{major}.{minor}", tuple(missing), bool(is_shared), base)
