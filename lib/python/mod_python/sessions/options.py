"""The PythonOptions that steer sessions, read from the request's option table.

An option is named by its full key; the name used before mod_python 3.3 counts when the full key is not set.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Final

from mod_python.options import SWITCH

OLD_NAMES: Final = {
    "mod_python.session.session_type": "session",
    "mod_python.session.cookie_name": "session_cookie_name",
    "mod_python.session.application_path": "ApplicationPath",
    "mod_python.session.database_directory": "session_directory",
    "mod_python.dbm_session.database_filename": "session_dbm",
    "mod_python.file_session.enable_fast_cleanup": "session_fast_cleanup",
    "mod_python.file_session.verify_session_timeout": "session_verify_cleanup",
    "mod_python.file_session.cleanup_grace_period": "session_grace_period",
    "mod_python.file_session.cleanup_time_limit": "session_cleanup_time_limit",
}


class Options:
    """Typed reading of one request's PythonOptions; a senseless value raises `ValueError`, which names the option."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def text(self, *keys: str) -> str | None:
        """The value of the first of `keys` that is set, under its own or its old name."""
        for key in keys:
            value = self._table.get(key) or self._table.get(OLD_NAMES.get(key, key))
            if value:
                return str(value)
        return None

    def flag(self, key: str, default: bool) -> bool:
        """A switch: On, Yes, True, 1 or Off, No, False, 0, in any case."""
        value = self.text(key)
        if value is None:
            return default
        if value.lower() not in SWITCH:
            raise _bad(key, value, "On or Off")
        return SWITCH[value.lower()]

    def number(self, key: str, default: float) -> float:
        """A finite number, not negative; mostly seconds."""
        value = self.text(key)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            raise _bad(key, value, "a number, 0 or more")
        return number

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        """One of the words of `choices`, exactly as spelt there; `None` when the option is not set."""
        value = self.text(key)
        if value is not None and value not in choices:
            raise _bad(key, value, "one of " + ", ".join(choices))
        return value


def _bad(key: str, value: str, wanted: str) -> ValueError:
    return ValueError(f"MP0285: PythonOption {key} is {value!r}, but must be {wanted}")
