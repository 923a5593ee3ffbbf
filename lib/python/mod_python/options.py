"""Switches among the PythonOptions: words that mean on or off.

What has many options of its own reads them in its own way.
"""

from __future__ import annotations

from typing import Any, Final

SWITCH: Final = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}


def switched_on(req: Any, name: str, default: bool = False) -> bool:
    """Tell whether PythonOption `name` is on: on, yes, true, 1 or off, no, false, 0, in any case.

    Raises `ValueError` for any other word, so that a misspelt "Of" never means on.
    """
    word = req.get_options().get(name)
    if word is None:
        return default
    if word.lower() not in SWITCH:
        raise ValueError(f"MP0300: PythonOption {name} must be On or Off, not {word!r}")
    return SWITCH[word.lower()]
