"""Leases of TCP ports on 127.0.0.1: test runs side by side never choose the same one."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# Below the kernel's range for outgoing connections, so that no client on this machine takes a leased port.
RANGE = range(21000, 32000)
DIRECTORY = Path(tempfile.gettempdir()) / "mod_python-test-ports"


class Lease:
    """One port, ours until `release`; the kernel releases it too when this process dies."""

    def __init__(self, port: int, descriptor: int) -> None:
        self.port = port
        self._descriptor = descriptor

    def release(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lease(candidates: range = RANGE) -> Lease:
    """Return a port that no other test run holds and nothing listens on; OSError when there is none."""
    DIRECTORY.mkdir(mode=0o1777, exist_ok=True)
    for port in random.sample(candidates, len(candidates)):
        descriptor = _lock(port)
        if descriptor is None:
            continue
        if is_free(port):
            return Lease(port, descriptor)
        os.close(descriptor)
    raise OSError(f"no free port on 127.0.0.1 in {candidates}")


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _lock(port: int) -> int | None:
    descriptor = os.open(DIRECTORY / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
