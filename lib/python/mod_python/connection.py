"""`req.connection`: one object for each connection and interpreter, kept over keep-alive."""

from __future__ import annotations

from typing import Any

from mod_python import interpreter
from mod_python.constants import APLOG_ERR
from mod_python.ffi import ffi, lib
from mod_python.fields import Field, Text, WritableInt, address
from mod_python.handle import Handle, named
from mod_python.server import Server, server_for
from mod_python.table import Table
from mod_python.text import encode


@named("mp_conn")
class Connection:
    """A client's connection. Attributes that handlers add are kept until it closes; later use raises RuntimeError.

    Source: chapter 8 of the API reference; decisions A17, A18.
    """

    client_ip = Text()
    remote_host = Text()
    remote_logname = Text()
    aborted: Field = Field(int)
    keepalive = WritableInt()
    keepalives: Field = Field()
    local_ip = Text()
    local_host = Text()
    id: Field = Field()

    def __init__(self, pointer: Any) -> None:
        self._handle = Handle(pointer, "connection")
        self.notes = Table.view(self._handle, lambda c: c.notes)

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

    remote_addr = client_addr
    remote_ip = property(lambda self: self.client_ip, doc="The old name of `client_ip`.")

    @property
    def double_reverse(self) -> int:
        """1 when a double reverse lookup succeeded, 0 when none was made, -1 when it failed."""
        result: int = lib.mp_double_reverse(self._handle.c)
        return result

    def log_error(self, message: Any, level: int | None = None) -> None:
        """Writes `message` to the error log, at `level` (default `APLOG_ERR`)."""
        if message is not None:
            lib.mp_log_connection(self._handle.c, APLOG_ERR if level is None else level, encode(message, "message"))


_connections: dict[int, Connection] = {}


def connection_for(pointer: Any) -> Connection:
    """The one Connection object of this interpreter for a `conn_rec *`."""
    key = int(ffi.cast("uintptr_t", pointer))
    connection = _connections.get(key)
    if connection is None:
        connection = _connections[key] = Connection(pointer)
        lib.mp_connection_visit(pointer, interpreter.pointer)
    return connection


def end_connection(key: int) -> None:
    """The connection at address `key` closes."""
    connection = _connections.pop(key, None)
    if connection is not None:
        connection._handle.close()
