"""The oracle: what an error log may say after a test, and what it must say."""

import re

from testenv.log import ErrorLog, Record
from testenv.wait import until

BAD_LEVELS = frozenset({"emerg", "alert", "crit", "error", "stderr"})
CRASH = re.compile(r"AH0005[12]: child pid \d+ exit signal")
BAD_TEXT = re.compile(r"Fatal Python error|Traceback \(most recent call last\)|Sanitizer|runtime error:")
HARMLESS = re.compile(
    # Event's own race: a process that is told to end has closed the set of connections it would linger on.
    r"AH03092: process_lingering_close: apr_pollset_add failure"
    # httpd would like to serve more at a time: a test's server has few workers, and a loaded machine keeps them busy.
    r"|AH00161|AH00286|AH00288|AH00484|AH00485|AH10159"
)


class Oracle:
    """Judges the records since the log's mark by what the test announced."""

    def __init__(self, log: ErrorLog) -> None:
        self._log = log
        self._expected: list[re.Pattern[str]] = []
        self._allowed: list[re.Pattern[str]] = []
        self._allowed_before: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        """A record like `pattern` must come, at any level."""
        self._expected.append(re.compile(pattern))

    def allow(self, pattern: str) -> None:
        """Records like `pattern` may come."""
        self._allowed.append(re.compile(pattern))

    def missing(self, timeout: float) -> list[str]:
        """Wait for what was announced; return a sentence on each that did not come."""
        late = (pattern.pattern for pattern in self._expected if not self._comes(pattern, timeout))
        return [f"announced, but not in the error log: {pattern}" for pattern in late]

    def _comes(self, pattern: re.Pattern[str], timeout: float) -> bool:
        try:
            return until(lambda: any(pattern.search(record.text) for record in self._log.records), timeout, "record")
        except TimeoutError:
            return False

    def complaints(self) -> list[Record]:
        """Return the records nobody announced that a healthy server does not log."""
        announced = (*self._expected, *self._allowed, *self._allowed_before)
        bad = (record for record in self._log.records if is_bad(record))
        return [record for record in bad if not any(pattern.search(record.text) for pattern in announced)]

    def next_test(self) -> None:
        """Start afresh; only a line of this test that httpd writes late is still forgiven."""
        self._allowed_before = self._expected + self._allowed
        self._expected, self._allowed = [], []
        self._log.mark()


def is_bad(record: Record) -> bool:
    """Say whether a healthy server would not have logged this."""
    return not HARMLESS.search(record.text) and (
        record.level in BAD_LEVELS
        or bool(record.level == "warn" and record.identifier)
        or bool(BAD_TEXT.search(record.text))
        or is_crash(record)
    )


def is_crash(record: Record) -> bool:
    """Say whether httpd reports here that a signal killed a child."""
    return bool(CRASH.search(record.text))
