"""What /proc says about processes: children, members of a session, open descriptors."""

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
    """Return the living child processes of `pid`."""
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


def title(pid: int) -> str:
    """Return the command line of a process, "" when it is gone."""
    try:
        return (PROC / f"{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="backslashreplace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def listens(pid: int, port: int) -> bool:
    """Say whether a process may still accept connections on this TCP port."""
    rows = (line.split() for line in (PROC / "net/tcp").read_text().splitlines()[1:])
    sockets = {
        f"socket:[{row[INODE]}]" for row in rows if row[LOCAL].endswith(f":{port:04X}") and row[TCP_STATE] == LISTEN
    }
    return not sockets.isdisjoint(_targets(PROC / str(pid) / "fd"))


def descriptors(pid: int) -> Counter[str]:
    """Count the open files of a process by target; pipes and sockets without their numbers."""
    return Counter(re.sub(r"\[\d+\]", "", target) for target in _targets(PROC / str(pid) / "fd"))


def _targets(directory: Path) -> list[str]:
    """Return what the links of a directory of /proc lead to; nothing when the process is gone."""
    try:
        entries = list(directory.iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [target for entry in entries if (target := _target(entry))]


def _target(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except (FileNotFoundError, ProcessLookupError):
        return ""  # closed meanwhile


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in (PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on, none when there is no such process."""
    try:
        return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
