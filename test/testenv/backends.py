"""The backends by name."""

import functools
from collections.abc import Callable
from pathlib import Path

from testenv import httpd
from testenv.config import Config
from testenv.local import LocalServer
from testenv.server import Server

Factory = Callable[[Path, Config], Server]


@functools.cache
def factory(name: str) -> Factory:
    """Return what makes a server of this backend; a container's image is built on the first call."""
    return {"local": _local, "docker": _docker}[name]()


def _local() -> Factory:
    if closed := httpd.closed_directory():
        raise PermissionError(f"httpd's children cannot read the working tree: chmod o+x {closed}")
    installation = httpd.local()
    return lambda root, config: LocalServer(root, config, installation)


def _docker() -> Factory:
    from testenv import container, images  # noqa: PLC0415 - the docker package is not needed for the local backend

    image = images.build("test")
    installation = container.httpd(image)
    return lambda root, config: container.DockerServer(root, config, installation, image)
