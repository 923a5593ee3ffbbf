"""Running httpd as a child of this process, which passes signals on: in a terminal, and as process 1 of a container."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from mod_python.command.errors import CommandError
from mod_python.command.relay import relay
from mod_python.command.wakeup import Wakeup

_STOP: Final = (signal.SIGINT, signal.SIGTERM)
_RENEW: Final = (signal.SIGHUP, signal.SIGUSR1)

_INTERVAL: Final = 0.02  # seconds
_LAST_WORDS: Final = 1.0  # seconds for what is left to print, should a process that left the session keep the pipe


class Foreground:
    """One httpd, in a session of its own, so that neither Ctrl-C nor its own farewell to its group goes astray."""

    def __init__(self, command: Sequence[str], pid_file: Path) -> None:
        self._command = command
        self._pid_file = pid_file
        self._process: subprocess.Popen[bytes] | None = None
        self._relays: list[threading.Thread] = []
        self._stopped_by: int | None = None
        self._had_terminal = _has_terminal()

    def run(self, started: Callable[[], None]) -> int:
        """Run httpd until it ends; call `started` when it listens.

        Returns the exit code: 130 after Ctrl-C, else 0. Raises CommandError when httpd ends by itself with an error.
        """
        before = {number: signal.signal(number, self._receive) for number in (*_STOP, *_RENEW)}
        try:
            with Wakeup() as wakeup:
                status = self._wait(self._start(), wakeup, started)
        finally:
            self._end_group()
            for thread in self._relays:
                thread.join(_LAST_WORDS)
            for number, handler in before.items():
                signal.signal(number, handler)
        if status and self._stopped_by is None:
            raise CommandError(f"httpd ended by itself, {_how(status)}: its messages tell why")
        return 130 if self._stopped_by == signal.SIGINT else 0

    def graceful(self) -> None:
        """Restart httpd without losing a request; from any thread."""
        self._send(signal.SIGUSR1)

    def _start(self) -> subprocess.Popen[bytes]:
        process = self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._relays = [relay(process.stdout, 1), relay(process.stderr, 2)]  # type: ignore[arg-type]
        if self._stopped_by is not None:
            self._send(signal.SIGTERM)
        return process

    def _wait(self, process: subprocess.Popen[bytes], wakeup: Wakeup, started: Callable[[], None]) -> int:
        """Wait for the end of httpd, and return its status."""
        is_announced = False
        while (status := _reap(process)) is None:
            if not is_announced and self._pid_file.exists():
                is_announced = True
                started()
            wakeup.wait(None if is_announced else _INTERVAL)
        return status

    def _receive(self, number: int, _: FrameType | None) -> None:
        has_lost_terminal = number == signal.SIGHUP and self._had_terminal and not _has_terminal()
        if number in _STOP and self._stopped_by is not None:
            self._end_group()
        elif number in _STOP or has_lost_terminal:
            self._stopped_by = self._stopped_by or number
            self._send(signal.SIGTERM)
        else:
            self._send(signal.SIGUSR1)

    def _send(self, number: signal.Signals) -> None:
        # Not Popen.send_signal, which might wait for the process in place of our own waiting.
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # taken a moment ago
                os.kill(self._process.pid, number)

    def _end_group(self) -> None:
        """End what is left of httpd: all, when it has been told to stop twice, else what its parent has left behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _reap(process: subprocess.Popen[bytes]) -> int | None:
    """Take the children that have ended, of others too in process 1; return the status of this one once it has."""
    pid = -1
    while process.returncode is None and pid:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _how(status: int) -> str:
    return f"by signal {-status}" if status < 0 else f"with status {status}"
