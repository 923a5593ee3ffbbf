"""Whether a server could listen on a port."""

from __future__ import annotations

import errno
import socket
from typing import Final

from mod_python.command.errors import CommandError

_TROUBLE: Final = {
    errno.EADDRINUSE: "port {port} of {host} is in use: stop the server that has it, or choose another with --port",
    errno.EACCES: "only root may listen on port {port}: choose one from 1024 up with --port",
}


def free_port(host: str, port: int) -> int:
    """The port itself, or for 0 any free one; raises CommandError when nothing can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        trouble = _TROUBLE.get(error.errno or 0, f"cannot listen on port {{port}} of {{host}}: {error.strerror}")
        raise CommandError(trouble.format(host=host, port=port)) from error
