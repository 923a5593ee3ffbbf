"""The Docker backend: httpd as the first process of a container of the test image."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from docker.errors import APIError
from docker.models.containers import Container

import docker
from testenv.config import Config
from testenv.httpd import Httpd, probe
from testenv.server import Server

# This machine's network and process numbers: the client's address, and the pid that a handler tells, are what they are
# on the local backend, so that the same tests hold.
SHARED = "host"


class DockerServer(Server):
    """httpd in a container that sees the server's directory under the path it has on this machine."""

    def __init__(self, root: Path, config: Config, httpd: Httpd, image: str) -> None:
        super().__init__(root, config, httpd)
        self._image = image
        self._client = docker.from_env(timeout=60)
        self._container: Container | None = None

    @property
    def container(self) -> Container:
        """The container, as the docker package shows it."""
        assert self._container, "the server was never started"
        return self._container

    @property
    def pid(self) -> int:
        """The process id of httpd's parent process, as this machine sees it."""
        return self._pid

    def check(self) -> tuple[int, str]:
        """Run `httpd -t`; return its exit status and what it printed."""
        container = self._run([*self.command, "-t"])
        status = container.wait(timeout=60)["StatusCode"]
        text = container.logs().decode(errors="backslashreplace")
        container.remove()
        return int(status), text

    def _spawn(self) -> None:
        log = shlex.quote(str(self.log.path))
        httpd = shlex.join([*self.command, "-D", "NO_DETACH"])
        self._container = self._run(["/bin/sh", "-c", f"exec {httpd} >>{log} 2>&1"])
        self._container.reload()
        self._pid = int(self._container.attrs["State"]["Pid"])

    def _run(self, command: list[str]) -> Container:
        container = self._client.containers.create(
            self._image,
            command,
            detach=True,
            network_mode=SHARED,
            pid_mode=SHARED,
            volumes={str(self.root): {"bind": str(self.root), "mode": "rw"}},
            environment=self.environment,
        )
        try:
            container.start()
        except APIError:
            container.remove()
            raise
        return container

    def _signal(self, name: str) -> None:
        self.container.kill(signal=name)

    def _exit_status(self) -> int | None:
        self.container.reload()
        state: Mapping[str, object] = self.container.attrs["State"]
        return None if state["Running"] else int(str(state["ExitCode"]))

    def _clean_up(self) -> Iterator[str]:
        if self._exit_status() is None:
            yield "the container is still alive after httpd's end"
        self.container.remove(force=True, v=True)


def httpd(image: str) -> Httpd:
    """Return the httpd of the image."""

    def run(command: Sequence[str]) -> str:
        output: bytes = docker.from_env().containers.run(image, list(command), remove=True)
        return output.decode()

    modules = "/usr/lib/apache2/modules"
    return probe(run, program="/usr/sbin/apache2", modules=modules, python_module=f"{modules}/mod_python.so")
