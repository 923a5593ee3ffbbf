"""Starts a contender afresh, pinned to the servers' core, and ends it."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import BUILD, ROOT, Contender
from testenv import httpd, ports, processes
from testenv.site import CHILD_USER
from testenv.wait import until

SERVER_CORE, CLIENT_CORE = "0", "1"
PATIENCE = 20.0  # seconds for a server to start or to end
SITE = ROOT / "bench" / "site"
MODULES = ("authz_core", "unixd")

# One process of eight threads; where a process is a thread, eight processes.
THREADED = "StartServers 1\nServerLimit 1\nThreadLimit 8\nThreadsPerChild 8\nMaxRequestWorkers 8\nMaxSpareThreads 8"
MPMS = {
    "event": THREADED,
    "worker": THREADED,
    "prefork": "StartServers 8\nServerLimit 8\nMaxRequestWorkers 8\nMinSpareServers 1\nMaxSpareServers 8",
}

CONFIGURATION = """\
Define SITE "{site}"
ServerRoot "{root}"
DefaultRuntimeDir "{root}"
PidFile "{root}/httpd.pid"
ErrorLog "{root}/error_log"
LogLevel error
Listen 127.0.0.1:{port}
ServerName localhost
DocumentRoot "{site}"
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
{user}
{mpm}
{loading}
<Directory "/">
    AllowOverride None
    Require all granted
</Directory>
"""


@dataclass(frozen=True)
class Running:
    """A contender that answers: where, its processes' roots, and the seconds until its first answer could come."""

    port: int
    roots: tuple[int, ...]

    def processes(self) -> list[int]:
        """Return the process ids of all of its processes."""
        return [pid for root in self.roots for pid in processes.session(root)]


@contextlib.contextmanager
def running(contender: Contender, interface: str, function: str, mpm: str) -> Iterator[Running]:
    """Start a contender with one function of one interface, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=BUILD) as name, contextlib.ExitStack() as stack:
        root = Path(name)
        root.chmod(0o755)
        port = stack.enter_context(ports.lease()).port
        configuration = root / "httpd.conf"
        configuration.write_text(_configuration(contender, interface, function, mpm, root, port))
        command = [httpd.local().program, "-f", str(configuration), "-D", "NO_DETACH"]
        process = stack.enter_context(_process(command, contender.environment, root / "error_log"))
        _await(process, port, root)
        yield Running(port, (process.pid,))


def _configuration(contender: Contender, interface: str, function: str, mpm: str, root: Path, port: int) -> str:
    modules = [_load(name, path) for name, path in contender.modules.items()]
    loading = [httpd.local().load_module(name) for name in (f"mpm_{mpm}", *MODULES)]
    user = f"User {CHILD_USER}\nGroup {CHILD_USER}" if os.geteuid() == 0 else ""
    return "\n".join(
        (
            CONFIGURATION.format(
                root=root, site=SITE, port=port, user=user, mpm=MPMS[mpm], loading="\n".join((*loading, *modules))
            ),
            contender.loading,
            contender.interfaces[interface].replace("{function}", function),
            "",
        )
    )


def _load(name: str, path: Path | None) -> str:
    return f'LoadModule {name}_module "{path}"' if path else httpd.local().load_module(name)


@contextlib.contextmanager
def _process(
    command: Sequence[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a session of its own, whose processes all end with it."""
    base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"}
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command],
            env=base | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        for pid in processes.session(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        process.wait()


def _await(process: subprocess.Popen[bytes], port: int, root: Path) -> None:
    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"it ended by itself:\n{(root / 'error_log').read_text()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers, PATIENCE, "a server that listens")
