"""The local backend: httpd as a process of this machine."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator

from testenv import processes
from testenv.server import Server

# Has httpd stop when this process dies, however that happens.
SETPRIV = shutil.which("setpriv")
TIED_TO_US = [SETPRIV, "--pdeathsig", "TERM"] if SETPRIV else []

# A command that runs httpd, such as "valgrind --quiet" or "env LD_PRELOAD=libasan.so".
UNDER = shlex.split(os.environ.get("UNDER", ""))


class LocalServer(Server):
    """httpd in a session of its own, so that every process it leaves behind is found."""

    _process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The process id of httpd's parent process."""
        return self._process.pid

    def check(self) -> tuple[int, str]:
        """Run `httpd -t`; return its exit status and what it printed."""
        result = subprocess.run(
            [*UNDER, *self.command, "-t"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
        return result.returncode, result.stdout.decode(errors="backslashreplace")

    def _spawn(self) -> None:
        # Not -D FOREGROUND: with it, prefork signals the whole process group of its caller when it is stopped.
        with self.log.path.open("ab") as log:
            self._process = subprocess.Popen(
                [*TIED_TO_US, *UNDER, *self.command, "-D", "NO_DETACH"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _signal(self, name: str) -> None:
        self._process.send_signal(signal.Signals[name])

    def _exit_status(self) -> int | None:
        return self._process.poll()

    def _clean_up(self) -> Iterator[str]:
        for pid in processes.session(self.pid):
            yield f"process {pid} is still alive after httpd's end: {processes.title(pid)}"
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
