"""Whether a process has come to rest."""

from pathlib import Path


def is_idle(pid: int) -> bool:
    """Say whether every thread of a process sleeps; one that is gone is idle too."""
    try:
        stats = [(entry / "stat").read_text() for entry in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return all(stat.rpartition(")")[2].split()[0] == "S" for stat in stats)
