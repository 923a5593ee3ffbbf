"""The command `mod_python` as its user runs it: a process, a terminal's output, an exit code."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import requests

from testenv import ports, processes
from testenv.httpd import MPM, REPOSITORY
from testenv.wait import until

TIMEOUT = 20.0
ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPOSITORY / "lib" / "python"), "PYTHONUNBUFFERED": "1"}
MOD_PYTHON = (sys.executable, "-m", "mod_python")


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*MOD_PYTHON, *words], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60
    )


class Served:
    """A command that serves; `words` come behind the program, `program` in front of all options of the harness."""

    def __init__(self, words: Sequence[str], cwd: Path, output: Path, program: Sequence[str] = (*MOD_PYTHON, "serve")):
        self._lease = ports.lease()
        self.port = self._lease.port
        self.scheme = "https" if "--https-self-signed" in words else "http"
        self._output = output
        with output.open("ab") as file:
            self.process = subprocess.Popen(
                [*program, *words, "--port", str(self.port), "--mpm", MPM],
                cwd=cwd,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        until(lambda: "Ctrl-C stops it" in self.output or self.process.poll() is not None, TIMEOUT, "the start")
        assert self.process.poll() is None, self.output

    @property
    def output(self) -> str:
        """What the terminal shows."""
        return self._output.read_text()

    @property
    def httpd(self) -> int:
        """The process id of httpd."""
        (pid,) = processes.every_child(self.process.pid)
        return pid

    def get(self, path: str, **options) -> requests.Response:
        """Ask for a page, on a connection of its own."""
        url = f"{self.scheme}://127.0.0.1:{self.port}{path}"
        headers = {"Connection": "close", **options.pop("headers", {})}
        return requests.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False, **options)

    def shows(self, text: str, path: str = "/") -> None:
        """Wait until a page has a text in it."""
        until(lambda: text in self.get(path).text, TIMEOUT, f"{text!r} on {path}")

    def send(self, number: signal.Signals) -> None:
        """Send the command a signal."""
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the command by a signal; return its exit code, once nothing of httpd is left."""
        session = self.httpd
        self.send(number)
        code = self.process.wait(TIMEOUT)
        until(lambda: not processes.session(session), TIMEOUT, "the end of all children")
        return code

    def close(self) -> None:
        """End whatever is left."""
        if self.process.poll() is None:
            self.end()
        self._lease.release()

    def complaints(self) -> list[str]:
        """The errors that httpd has shown; not the MPM's own, whose threads lose their sockets when it is stopped."""
        return re.findall(r"^.*(?:\[(?!mpm_)\w+:(?:error|crit|alert|emerg)\]|Traceback).*$", self.output, re.MULTILINE)
