"""What /proc says about processes: children, threads, sessions, descriptors and sockets."""

import os
import re
from collections import Counter
from pathlib import Path

PROC = Path("/proc")

# Fields of /proc/PID/stat, counted from the state on, and a flag of the kernel's.
STATE, SESSION, FLAGS = 0, 3, 6
PF_EXITING = 0x4
# Columns of /proc/net/tcp, and a state.
LOCAL, TCP_STATE, INODE = 1, 3, 9
LISTEN = "0A"


def children(pid: int) -> list[int]:
    """Return the living children of `pid` that run the same program, so not the programs that it started."""
    return [child for child in every_child(pid) if _read(child, "comm") == _read(pid, "comm")]


def every_child(pid: int) -> list[int]:
    """Return the living children of `pid`."""
    return [child for child in _children(pid) if is_alive(child)]


def dead_children(pid: int) -> list[int]:
    """Return the children of `pid` that died or are about to, and that it has not waited for yet."""
    return [child for child in _children(pid) if not is_alive(child)]


def session(leader: int) -> list[int]:
    """Return the living processes of the session that `leader` began."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _stat(pid)[SESSION : SESSION + 1] == [str(leader)] and is_alive(pid)]


def is_alive(pid: int) -> bool:
    """Say whether the process runs. One that is being torn down does not, even before it closed its connections."""
    stat = _stat(pid)
    return bool(stat) and stat[STATE] != "Z" and not int(stat[FLAGS]) & PF_EXITING


def sleeping_threads(pid: int) -> int:
    """Return the number of threads of a process when all of them wait for something, else 0."""
    states = [_stat(pid, f"task/{entry.name}/stat")[:1] for entry in _entries(pid, "task")]
    return len(states) if all(state == ["S"] for state in states) else 0


def title(pid: int) -> str:
    """Return the command line of a process, "" when it is gone."""
    return _read(pid, "cmdline").replace("\0", " ").strip()


def descriptors(pid: int) -> Counter[str]:
    """Count the open files of a process by target; pipes and sockets without their numbers."""
    return Counter(re.sub(r"\[\d+\]", "", target) for target in _open_files(pid))


def listens(pid: int, port: int) -> bool:
    """Say whether a process may still accept connections on this TCP port."""
    listening = {f"socket:[{inode}]" for state, inode in _sockets(port) if state == LISTEN}
    return not listening.isdisjoint(_open_files(pid))


def connections(port: int) -> int:
    """Return how many connections that were accepted on this TCP port are still open in some process."""
    return sum(state != LISTEN and inode != "0" for state, inode in _sockets(port))


def _sockets(port: int) -> list[tuple[str, str]]:
    """Return state and inode of the sockets of this machine on a local TCP port."""
    rows = (line.split() for line in (PROC / "net/tcp").read_text().splitlines()[1:])
    return [(row[TCP_STATE], row[INODE]) for row in rows if row[LOCAL].endswith(f":{port:04X}")]


def _children(pid: int) -> list[int]:
    return [int(child) for child in _read(pid, f"task/{pid}/children").split()]


def _stat(pid: int, file: str = "stat") -> list[str]:
    """Return the fields of a stat file from the state on, none when there is no such process."""
    return _read(pid, file).rpartition(")")[2].split()


def _open_files(pid: int) -> list[str]:
    return [target for entry in _entries(pid, "fd") if (target := _target(entry))]


# A process may end while it is being looked at: what is gone reads as empty.


def _read(pid: int, file: str) -> str:
    try:
        return (PROC / str(pid) / file).read_text(errors="backslashreplace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _entries(pid: int, directory: str) -> list[Path]:
    try:
        return list((PROC / str(pid) / directory).iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def _target(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except (FileNotFoundError, ProcessLookupError):
        return ""
