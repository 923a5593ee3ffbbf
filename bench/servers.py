"""Starts a contender afresh, pinned to the servers' core, and ends it."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import BUILD, Contender
from bench.site import SITE
from bench.works import Work
from testenv import httpd, ports, processes
from testenv.local import TIED_TO_US
from testenv.site import CHILD_USER
from testenv.wait import until

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = str(CORES[0]), str(CORES[-1])
START, END = 120.0, 5.0  # seconds that a server may take; the start under valgrind takes long
MODULES = ("authz_core", "mime", "unixd")  # the publisher of the original crashes without mime

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
TypesConfig /dev/null
DocumentRoot "{site}"
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
{mpm}
{modules}
{user}
<Directory "/">
    AllowOverride None
    Require all granted
</Directory>
{before}
{interface}
"""


class Failure(Exception):
    """A contender does not start, or does not do what the work says; the message tells why."""


@dataclass(frozen=True)
class Running:
    """A contender that listens: where, the first of each of its groups of processes, and where its log is."""

    port: int
    leaders: tuple[int, ...]
    log: Path

    def processes(self) -> list[int]:
        """Return the process ids of all of its processes."""
        return [pid for leader in self.leaders for pid in processes.session(leader)]


@contextlib.contextmanager
def running(
    contender: Contender, interface: str, work: Work, wrapper: Sequence[str] = (), flags: str = "-DNO_DETACH"
) -> Iterator[Running]:
    """Start a contender so that it can do the work, and end it afterwards; `wrapper` is a program to run httpd in."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=BUILD) as name, contextlib.ExitStack() as stack:
        root = Path(name)
        root.chmod(0o755)
        log = root / "error_log"
        port, backend = (stack.enter_context(ports.lease()).port for _ in range(2))
        words = {"{site}": str(SITE), "{function}": work.function, "{backend}": str(backend)}
        leaders = []
        if contender.backend:
            command = [_filled(word, words) for word in contender.backend]
            leaders.append(stack.enter_context(_process(command, {}, log, backend)))
        if not contender.direct:
            configuration = root / "httpd.conf"
            configuration.write_text(_filled(_configuration(contender, interface, work.mpm, root, port), words))
            command = [*wrapper, httpd.local().program, "-f", str(configuration), flags]
            leaders.append(stack.enter_context(_process(command, contender.environment, log, port)))
        yield Running(backend if contender.direct else port, tuple(leaders), log)


def _configuration(contender: Contender, interface: str, mpm: str, root: Path, port: int) -> str:
    base = (httpd.local().load_module(name) for name in (f"mpm_{mpm}", *MODULES))
    return CONFIGURATION.format(
        site=SITE,
        root=root,
        port=port,
        mpm=MPMS[mpm],
        modules="\n".join((*base, *(_load(name, path) for name, path in contender.modules.items()))),
        user=f"User {CHILD_USER}\nGroup {CHILD_USER}" if os.geteuid() == 0 else "",
        before=contender.before,
        interface=contender.interfaces[interface],
    )


def _load(name: str, path: Path | None) -> str:
    return f'LoadModule {name}_module "{path}"' if path else httpd.local().load_module(name)


def _filled(text: str, words: Mapping[str, str]) -> str:
    for placeholder, value in words.items():
        text = text.replace(placeholder, value)
    return text


@contextlib.contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], log: Path, port: int) -> Iterator[int]:
    """Run a server in a session of its own until it listens; no process of that session outlives it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*TIED_TO_US, "taskset", "-c", SERVER_CORE, *command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        until(lambda: _listens(process, port, log), START, "a server that listens")
        yield process.pid
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END)
        for pid in processes.session(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _listens(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    if process.poll() is not None:
        raise Failure(f"it ended by itself: {log.read_text(errors='replace')[-500:]}")
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
