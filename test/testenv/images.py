"""Images built from a Dockerfile, mostly that of the working tree; unchanged layers come from the daemon's cache."""

import functools
import re
import subprocess
from pathlib import Path

from docker.errors import APIError, BuildError, ImageNotFound
from docker.models.images import Image

import docker
from testenv.httpd import REPOSITORY

NAME = "mod_python"


@functools.cache
def build(target: str, directory: Path = REPOSITORY) -> str:
    """Build a stage of a directory's Dockerfile; return the image's id, or raise RuntimeError with the last words."""
    client = docker.from_env(timeout=600)
    _provide_base(client)
    tag = f"{NAME}:{target}"
    previous = _find(client, tag)
    try:
        image, _ = client.images.build(path=str(directory), target=target, tag=tag, rm=True, forcerm=True)
    except BuildError as error:
        said = "".join(line.get("stream", "") for line in error.build_log)
        raise RuntimeError(f"docker build --target {target}: {error}\n{said[-4000:]}") from None
    if previous and previous.id != image.id:
        _remove(client, previous)
    return str(image.id)  # the name may be another checkout's image a moment later


def _provide_base(client: docker.DockerClient) -> None:
    """Make the base image that the Dockerfile names, if the daemon has not got it."""
    base = re.search(r"^ARG BASE=(debian:(\w+)-slim)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    assert base, "the Dockerfile names no base image"
    if not _find(client, base[1]):
        subprocess.run([REPOSITORY / "dist" / "base-image", base[2]], check=True)


def _find(client: docker.DockerClient, tag: str) -> Image | None:
    try:
        return client.images.get(tag)
    except ImageNotFound:
        return None


def _remove(client: docker.DockerClient, image: Image) -> None:
    """Remove an image that a newer one replaced, unless a container or another tag still uses it."""
    try:
        client.images.remove(image.id)
    except APIError as error:
        if error.status_code not in (404, 409):
            raise
