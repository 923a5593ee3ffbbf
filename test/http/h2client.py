"""A client that speaks HTTP/2 without TLS, one step at a time, so that a test decides what happens on the streams."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded, StreamReset


@dataclass
class Stream:
    """What came on one stream; `error` is the code it was reset with."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    error: int | None = None

    @property
    def status(self) -> int:
        """The status of the response, 0 when there is none."""
        return int(self.headers.get(":status", 0))

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come."""
        return self.ended or self.error is not None


class Client:
    """One connection, by prior knowledge; a context manager that closes it."""

    def __init__(self, port: int, timeout: float = 20) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._flush()
        self.streams: dict[int, Stream] = {}
        self.goodbye: int | None = None

    def open(
        self, path: str, method: str = "GET", headers: Iterable[tuple[str, str]] = (), *, body: bytes | None = None
    ) -> int:
        """Begins a request and returns its stream; without a `body` for GET it is complete, else `send` goes on."""
        number = self._h2.get_next_available_stream_id()
        self.streams[number] = Stream()
        pseudo = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
        self._h2.send_headers(number, [*pseudo, *headers], end_stream=method == "GET")
        self._flush()
        if body is not None:
            self.send(number, body, end=True)
        return number

    def send(self, number: int, data: bytes, *, end: bool = False) -> None:
        """Sends part of a body, waiting for the server's permission where that is needed."""
        while data and not self.streams[number].is_over:
            allowed = min(self._h2.local_flow_control_window(number), self._h2.max_outbound_frame_size)
            if not allowed:
                self._receive()
                continue
            self._h2.send_data(number, data[:allowed])
            data = data[allowed:]
            self._flush()
        if end and not self.streams[number].is_over:
            self._h2.end_stream(number)
            self._flush()

    def reset(self, number: int) -> None:
        """Gives up a request."""
        self._h2.reset_stream(number, 8)
        self._flush()

    def wait(self, number: int, size: int) -> Stream:
        """Returns the stream once `size` bytes of its body have come, or it is over."""
        stream = self.streams[number]
        while len(stream.body) < size and not stream.is_over:
            self._receive()
        return stream

    def finish(self, number: int) -> Stream:
        """Returns the stream once it is over."""
        while not self.streams[number].is_over:
            self._receive()
        return self.streams[number]

    def get(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> Stream:
        """A whole GET request."""
        return self.finish(self.open(path, headers=headers))

    def post(self, path: str, body: bytes) -> Stream:
        """A whole POST request."""
        return self.finish(self.open(path, "POST", body=body))

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            for stream in self.streams.values():
                stream.error = stream.error if stream.is_over else -1
        for event in self._h2.receive_data(data) if data else []:
            self._on(event)
        self._flush()

    def _on(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self.goodbye = event.error_code
            return
        stream = self.streams.get(getattr(event, "stream_id", 0) or 0)
        if stream is None:
            return
        if isinstance(event, ResponseReceived):
            stream.headers = {str(name): str(value) for name, value in event.headers}
        elif isinstance(event, DataReceived):
            stream.body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            stream.ended = True
        elif isinstance(event, StreamReset):
            stream.error = int(event.error_code)

    def _flush(self) -> None:
        self._socket.sendall(self._h2.data_to_send())

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()
