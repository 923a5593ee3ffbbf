"""httpd owns the signals of its processes: Python code that asks for one is refused, and told so."""

from __future__ import annotations

import signal
import traceback
from typing import Any

from mod_python import logs
from mod_python.constants import APLOG_WARNING


def _refuse(signalnum: int, handler: Any) -> Any:
    """Takes the place of `signal.signal`: changes nothing and returns the handler in place (decision N6)."""
    caller = traceback.extract_stack(limit=2)[0]
    logs.log(
        APLOG_WARNING,
        f"MP0110: signal.signal({signalnum!r}) in {caller.filename} line {caller.lineno} is ignored: "
        "httpd handles the signals of its processes",
    )
    return signal.getsignal(signalnum)


def begin() -> None:
    """Makes `signal.signal` of this interpreter refuse."""
    signal.signal = _refuse
