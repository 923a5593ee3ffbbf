"""The date of a cookie's `expires`, independent of the process's locale (defect D25 in docs/decisions.md).

Source: RFC 6265 section 4.1.1, RFC 9110 section 5.6.7, and the original Netscape format with dashes.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import formatdate

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
_DAY = "|".join(f"{day[:3]}(?:{day[3:]}day)?" for day in _DAYS)

#: `Wdy, DD-Mon-YYYY HH:MM:SS GMT`, with spaces for the dashes, with a year of two digits, with a whole day name.
_DATE = re.compile(rf"(?:{_DAY}), (\d\d)([ -])({'|'.join(_MONTHS)})\2(\d{{4}}|\d\d) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)


def check(text: str) -> str:
    """Returns `text` when it is a date; raises `ValueError` otherwise."""
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(f"not a cookie date such as 'Thu, 01-Jan-1970 00:00:00 GMT': {text!r}")
    day, _, month, year, hour, minute, second = found.groups()
    datetime(int(year) or 2000, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
    return text


def at(seconds: float) -> str:
    """The date `seconds` after the epoch. Raises `ValueError` for a time that has no date."""
    try:
        date = formatdate(seconds, usegmt=True)
    except (OverflowError, OSError) as error:
        raise ValueError(f"not a time: {seconds!r}") from error
    return re.sub(r"(\d\d) (\w{3}) ", r"\1-\2-", date)
