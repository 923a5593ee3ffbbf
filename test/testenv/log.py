"""Reading httpd's logs: whole records, only what came since a mark, and waiting for a line."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from testenv.wait import until

# "[time] [module:level] [pid 1:tid 2] ..." as the default ErrorLogFormat writes it.
HEADER = re.compile(r"\[[^]]+\] \[\w*:(?P<level>\w+)\] \[pid (?P<pid>\d+)(?::tid (?P<tid>\d+))?\]")
IDENTIFIER = re.compile(r"\bMP\d{4}(?=:)")
STAMP = "[harness] "


class LogFile:
    """A log that grows. `text` is what came since `mark`; `everything` is all of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def mark(self) -> None:
        """Forget what is there: from now on only newer lines are seen."""
        self._start = self.path.stat().st_size if self.path.exists() else 0

    @property
    def everything(self) -> str:
        """All lines since the server's first start."""
        return self._read(0)

    @property
    def text(self) -> str:
        """The lines of the running test."""
        return self._read(self._start)

    @property
    def lines(self) -> list[str]:
        """The lines of the running test, one by one."""
        return self.text.splitlines()

    def wait(self, pattern: str, timeout: float = 5) -> re.Match[str]:
        """Return the first match of the regular expression in `text`; TimeoutError with the log when none comes."""
        found = re.compile(pattern, re.MULTILINE)
        try:
            return until(lambda: found.search(self.text), timeout, f"no line like {pattern!r} in {self.path.name}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it says:\n{self.text}") from None

    def _read(self, start: int) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read().decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Record:
    """One message: a line with httpd's header, with the lines that continue it, or what a program wrote to stderr."""

    text: str
    level: str = "stderr"
    thread: str = ""  # process and thread
    identifier: str = ""  # MPnnnn, if mod_python logged it


class ErrorLog(LogFile):
    """The error log, record by record."""

    @property
    def records(self) -> list[Record]:
        """The messages of the running test."""
        return parse(self.text)

    def stamp(self, text: str) -> None:
        """Write a line of the harness's own."""
        with self.path.open("a") as file:
            file.write(f"{STAMP}{text}\n")


def parse(text: str) -> list[Record]:
    """Return the records of an error log; a traceback, which mod_python logs line by line, is one record."""
    records: list[Record] = []
    newest: dict[str, int] = {}  # thread -> index of its newest record
    for record in filter(None, map(_record, text.splitlines())):
        index = newest.get(record.thread)
        if index is not None and _continues(records[index], record, index == len(records) - 1):
            records[index] = replace(records[index], text=f"{records[index].text}\n{record.text}")
        else:
            newest[record.thread] = len(records)
            records.append(record)
    return records


def _record(line: str) -> Record | None:
    if line.startswith(STAMP) or not line.strip():
        return None
    header = HEADER.match(line)
    if header is None:
        return Record(line)
    identifier = IDENTIFIER.search(line)
    return Record(line, header["level"], f"{header['pid']}:{header['tid']}", identifier[0] if identifier else "")


def _continues(before: Record, record: Record, is_neighbour: bool) -> bool:
    """Say whether a thread goes on with its last message: other threads may come between, but not on stderr."""
    if record.level == "stderr":
        return is_neighbour
    return bool(record.identifier) and (before.identifier, before.level) == (record.identifier, record.level)
