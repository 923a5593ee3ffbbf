"""A Redis server for tests."""

import socket
import subprocess
from contextlib import contextmanager

from testenv import ports
from testenv.wait import until


@contextmanager
def running_redis(directory):
    """The port of a Redis server that keeps nothing; FileNotFoundError without the program."""
    with ports.lease() as lease:
        options = {"port": lease.port, "bind": "127.0.0.1", "save": "", "dir": directory}
        command = ["redis-server", *(word for name, text in options.items() for word in (f"--{name}", str(text)))]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            until(lambda: answers(lease.port), 10, "Redis's start")
            yield lease.port
        finally:
            process.terminate()
            process.wait(10)


def answers(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
