"""The client's side: HTTP requests, and bytes on a socket for requests that no HTTP library would send."""

import os
import socket
import struct
from abc import ABC, abstractmethod
from typing import Any

import requests

TIMEOUT = 20.0 * float(os.environ.get("PATIENCE", "1"))  # seconds


class Connection:
    """A TCP connection to the server under test; a context manager that closes it."""

    def __init__(self, address: tuple[str, int], timeout: float) -> None:
        self._socket = socket.create_connection(address, timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._socket.sendall(data)

    def receive(self, size: int = 65536) -> bytes:
        """Return what comes next, at most `size` bytes; b"" at the end; TimeoutError when nothing comes."""
        return self._socket.recv(size)

    def receive_until(self, end: bytes) -> bytes:
        """Return what comes up to and including `end`, or up to the end of the stream."""
        received = b""
        while not received.endswith(end) and (byte := self._socket.recv(1)):
            received += byte
        return received

    def receive_all(self) -> bytes:
        """Return everything up to the end of the stream; TimeoutError, saying what came, when it stays open."""
        received = b""
        try:
            while chunk := self._socket.recv(65536):
                received += chunk
        except TimeoutError:
            raise TimeoutError(f"the server did not close the connection; it sent {received!r}") from None
        except ConnectionResetError:
            pass  # an end all the same: the server closed without reading what was left of the request
        return received

    def half_close(self) -> None:
        """Say that no more will be sent; the answer can still be read."""
        self._socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Disappear as a client that died: the server meets a connection reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Close; harmless when closed already."""
        self._socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Client(ABC):
    """What a test says to a server on 127.0.0.1."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []

    @property
    @abstractmethod
    def port(self) -> int:
        """The port of the server."""

    @property
    def url(self) -> str:
        """The site's URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def session(self) -> requests.Session:
        """Return an HTTP session that keeps its connection alive and ignores proxy settings."""
        session = requests.Session()
        session.trust_env = False
        return session

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request on a connection of its own; redirects are not followed. `options` as in `requests`."""
        options = {"timeout": TIMEOUT, "allow_redirects": False} | options
        with self.session() as session:
            session.headers["Connection"] = "close"
            return session.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET request; see `request`."""
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> requests.Response:
        """Send a HEAD request; see `request`."""
        return self.request("HEAD", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """Send a POST request; see `request`."""
        return self.request("POST", path, **options)

    def connect(self, timeout: float = TIMEOUT) -> Connection:
        """Open a connection; one that the test leaves open is closed after it."""
        connection = Connection(("127.0.0.1", self.port), timeout)
        self.connections.append(connection)
        return connection

    def raw(self, data: bytes, *, half_close: bool = False, timeout: float = TIMEOUT) -> bytes:
        """Send exactly these bytes, and no more if half_close; return all that comes until httpd closes."""
        with Connection(("127.0.0.1", self.port), timeout) as connection:
            connection.send(data)
            if half_close:
                connection.half_close()
            return connection.receive_all()

    def disconnect(self) -> None:
        """Close the connections that `connect` opened."""
        while self.connections:
            self.connections.pop().close()
