"""Containers of the runtime image, each judged by what it wrote to standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from docker.models.containers import Container
from docker.models.images import Image

import docker
from testenv import images, tools
from testenv.client import Client
from testenv.log import parse
from testenv.oracle import is_bad
from testenv.wait import until

INNER_PORT = "8080/tcp"
START = 20.0  # seconds
SIZE = pytest.StashKey[int]()


class Runtime(Client):
    """A container of the runtime image, its port published on 127.0.0.1."""

    def __init__(self, container: Container) -> None:
        super().__init__()
        self.container = container

    @property
    def port(self) -> int:
        """The port on this machine."""
        self.container.reload()
        return int(self.container.ports[INNER_PORT][0]["HostPort"])

    @property
    def state(self) -> dict[str, Any]:
        """What the daemon knows about the container's life."""
        self.container.reload()
        return dict(self.container.attrs["State"])

    @property
    def stdout(self) -> str:
        """What the container wrote to standard output."""
        return self.container.logs(stdout=True, stderr=False).decode(errors="backslashreplace")

    @property
    def stderr(self) -> str:
        """What the container wrote to standard error."""
        return self.container.logs(stdout=False, stderr=True).decode(errors="backslashreplace")

    def states(self) -> str:
        """Return the letters that ps has for the states of the processes; Z is a zombie."""
        return "".join(state[0] for _, state in self.container.top(ps_args="-eo pid,stat")["Processes"])

    def problems(self) -> list[str]:
        """Return what a healthy server would not have said."""
        return [record.text for record in parse(self.stderr) if is_bad(record)]


@pytest.fixture(scope="session")
def image(pytestconfig: pytest.Config) -> Image:
    """The runtime image, built from the working tree."""
    tools.require("docker")
    image = docker.from_env().images.get(images.build("runtime"))
    pytestconfig.stash[SIZE] = image.attrs["Size"]
    return image


@contextmanager
def runner(image: Image) -> Iterator[Callable[..., Runtime]]:
    """A function that starts containers, which are stopped and judged in the end."""
    client = docker.from_env()
    started: list[Runtime] = []
    judged: list[Runtime] = []

    def start(judge: bool = True, **options: Any) -> Runtime:
        options["ports"] = {INNER_PORT: ("127.0.0.1", 0)}  # any free one
        runtime = Runtime(client.containers.run(image, detach=True, **options))
        started.append(runtime)
        judged.extend([runtime] if judge else [])
        until(lambda: "resuming normal operations" in runtime.stderr, START, "httpd's start in the container")
        return runtime

    yield start
    for runtime in started:
        runtime.container.stop()
    problems = [problem for runtime in judged for problem in runtime.problems()]
    for runtime in started:
        runtime.container.remove(v=True)
    assert problems == []


@pytest.fixture
def run(image: Image) -> Iterator[Callable[..., Runtime]]:
    """Start containers: `run(environment=..., volumes=...)`; they are stopped and judged after the test.

    `judge=False` is for logs of another format than httpd's own.
    """
    with runner(image) as run:
        yield run


@pytest.fixture(scope="module")
def shared(image: Image) -> Iterator[Runtime]:
    """One container, for all tests that leave it as it is."""
    with runner(image) as run:
        yield run()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report the size of the image."""
    if SIZE in config.stash:
        terminalreporter.write_line(f"the runtime image has {config.stash[SIZE] / 1e6:.0f} MB")
