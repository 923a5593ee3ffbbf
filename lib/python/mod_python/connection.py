"""`req.connection`: one object for each connection and interpreter, kept over keep-alive."""

from __future__ import annotations

import errno
import select
from operator import attrgetter
from time import monotonic
from typing import Any

from mod_python import interpreter
from mod_python.aprstatus import error_arguments
from mod_python.body import BLOCK, Body
from mod_python.capsule import capsule
from mod_python.constants import APLOG_ERR, APLOG_WARNING
from mod_python.errors import ClientGone
from mod_python.ffi import ffi, lib, new_uncleared
from mod_python.fields import Field, Text, WritableInt, address
from mod_python.handle import ConnectionHandle, named
from mod_python.hlist import HandlerList
from mod_python.server import Server, server_for
from mod_python.table import Table
from mod_python.text import body_bytes, encode

_PATIENCE = 1.0  # seconds; a child that ends closes its connections, and that wakes nobody who waits for them


def _wait(handle: ConnectionHandle) -> None:
    """Returns when there is something to read, or the end. Raises ClientGone after Timeout, and when httpd ends.

    Programs have one thread that reads and others that write, so reading waits without the handle's lock.
    """
    until = monotonic() + handle.c.base_server.timeout / 1_000_000
    while (descriptor := handle.call(lib.mp_connection_descriptor)) >= 0:
        left = until - monotonic()
        if left <= 0:
            raise ClientGone(errno.ETIMEDOUT, "the client was silent for longer than Timeout")
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if poll.poll(1000 * min(left, _PATIENCE)):
            return
    raise ClientGone(errno.ECONNABORTED, "httpd has closed the connection, since the child ends")


class RawBytes(Body):
    """What comes in on a connection, whose handle it holds, not the connection itself, so that no cycle arises."""

    def __init__(self, handle: ConnectionHandle) -> None:
        self._handle = handle
        self.ends = 0  # how often it was told

    def _receive(self, least: int, size: int) -> bytes:
        buffer = new_uncleared("char[]", size)
        count = ffi.new("size_t *")
        read = lib.mp_connection_read
        while (status := self._handle.call(read, buffer, size, count)) == lib.MP_CONNECTION_NOTHING:
            _wait(self._handle)
        if status:
            raise ClientGone(*error_arguments(status, "reading from the connection"))
        received: bytes = ffi.buffer(buffer, count[0])[:]
        self.ends += not received
        return received


@named("mp_conn")
class Connection:
    """A client's connection. Attributes that handlers add are kept until it closes; later use raises RuntimeError.

    Source: the manual of mod_python 3.5; decisions A17, A18.
    """

    client_ip = Text()  # the peer's address
    remote_host = Text()  # the peer's DNS name; None before it was looked up, empty when that failed
    remote_logname = Text()  # the peer's user name by RFC 1413
    aborted: Field = Field(int)  # 1 once the client has gone
    keepalive = WritableInt()  # `AP_CONN_*`; `AP_CONN_CLOSE` ends the connection after this response
    keepalives: Field = Field()  # how many requests have used it
    local_ip = Text()  # the server's address
    local_host = Text()  # the server's DNS name
    id: Field = Field()  # unique among the connections that are open

    hlist: HandlerList | None = None
    """The connection handlers, while they run."""

    def __init__(self, pointer: Any) -> None:
        self._handle = ConnectionHandle(pointer)
        self.notes: Table = Table.view(self._handle, attrgetter("notes"))  # strings, kept as long as the connection
        self._input = RawBytes(self._handle)

    @property
    def base_server(self) -> Server:
        """The server the connection came in on."""
        return server_for(self._handle.c.base_server)

    @property
    def local_addr(self) -> tuple[str, int] | None:
        """The server's address and port."""
        c = self._handle.c
        return address(c.local_addr, c.local_ip)

    @property
    def client_addr(self) -> tuple[str, int] | None:
        """The peer's address and port."""
        c = self._handle.c
        return address(c.client_addr, c.client_ip)

    @property
    def remote_addr(self) -> tuple[str, int] | None:
        """The old name of `client_addr`; using it logs a warning."""
        self._renamed("remote_addr", "client_addr")
        return self.client_addr

    @property
    def remote_ip(self) -> str | None:
        """The old name of `client_ip`; using it logs a warning."""
        self._renamed("remote_ip", "client_ip")
        ip: str | None = self.client_ip
        return ip

    def _renamed(self, old: str, new: str) -> None:
        self.log_error(f"MP0130: connection.{old} is now called {new}", APLOG_WARNING)

    @property
    def _conn_rec(self) -> Any:
        """The `conn_rec *` in a capsule, for C extensions."""
        return capsule(self._handle.c)

    @property
    def double_reverse(self) -> int:
        """1 when a double reverse lookup succeeded, 0 when none was made, -1 when it failed."""
        result: int = self._handle.call(lib.mp_double_reverse)
        return result

    def read(self, length: int = 0) -> bytes | None:
        """Raw bytes, in a connection handler.

        Args:
            length: positive: at most so many, at least one; 0: whatever one read of the network gives; -1: everything
                until the peer closes.

        Returns:
            None once the peer has closed.

        Raises:
            OSError: the connection failed, or the peer was silent for longer than Timeout.
            ValueError: `length` is below -1.
        """
        if length < -1:
            raise ValueError(f"read: the length cannot be {length}")
        data = self._input.read() if length < 0 else self._input.read_some(length or BLOCK)
        return data or None

    def readline(self, length: int = 0) -> bytes:
        """A line with its end, at most `length` bytes of it when that is positive; b"" once the peer has closed."""
        return self._input.readline(length or -1)

    def write(self, data: Any) -> None:
        """Sends `data` (`str` as UTF-8, or bytes-like) at once; other threads than the handler's may do that too.

        Raises OSError when the connection failed, or nothing is written and the end was read more than once.
        """
        raw = body_bytes(data)
        if not raw and self._input.ends > 1:  # an old example answers whatever it reads, b"" too, for ever
            raise ClientGone(errno.EPIPE, "the peer has closed the connection, and there is nothing to write")
        buffer = raw if type(raw) is bytes else ffi.from_buffer(raw)
        status = self._handle.call(lib.mp_connection_write, buffer, len(raw))
        if status:
            raise ClientGone(*error_arguments(status, "writing to the connection"))

    def log_error(self, message: Any, level: int | None = None) -> None:
        """Writes `message` to the error log, at `level` (default `APLOG_ERR`)."""
        if message is not None:
            self._handle.call(lib.mp_log_connection, APLOG_ERR if level is None else level, encode(message, "message"))


_connections: dict[int, Connection] = {}


def known_connection(pointer: Any) -> Connection | None:
    """The Connection object for a `conn_rec *`, if there is one in this interpreter."""
    return _connections.get(int(ffi.cast("uintptr_t", pointer)))


def connection_for(pointer: Any) -> Connection:
    """The one Connection object of this interpreter for a `conn_rec *`."""
    connection = known_connection(pointer)
    if connection is None:
        connection = _connections[int(ffi.cast("uintptr_t", pointer))] = Connection(pointer)
        lib.mp_connection_visit(pointer, interpreter.pointer)
    return connection


def end_connection(key: int) -> None:
    """The connection at address `key` closes."""
    connection = _connections.pop(key, None)
    if connection is not None:
        connection._handle.close()
        connection._input.drain()
