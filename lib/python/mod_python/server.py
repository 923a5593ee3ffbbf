"""`req.server` and `apache.main_server`: what the configuration says about a server."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from mod_python import interpreter
from mod_python.capsule import capsule
from mod_python.constants import AP_MPMQ_GENERATION, APLOG_ERR
from mod_python.ffi import NULL, ffi, lib
from mod_python.fields import Field, Text, seconds_field, text_or_none, texts
from mod_python.handle import LockedHandle, named
from mod_python.table import Table
from mod_python.text import encode


def mpm_query(code: int) -> int:
    """What the MPM answers to an `AP_MPMQ_*` code.

    Raises:
        TypeError: `code` is not an int.
        ValueError: the MPM does not know the code.
    """
    if not isinstance(code, int):
        raise TypeError(f"an MPM query is an int, not {type(code).__name__}")
    result = ffi.new("int *")
    if lib.mp_ap_mpm_query(code, result):
        raise ValueError(f"the MPM does not know the query {code}")
    return int(result[0])


@named("mp_server")
class Server:
    """A server or virtual host. Attributes are read-only; further ones may be added, and last as long as the child.

    Source: the manual of mod_python 3.5.
    """

    defn_name = Text()  # the file that defines it; None for the main server
    defn_line_number: Field = Field()  # the line in that file
    server_admin = Text()  # the value of ServerAdmin
    server_hostname = Text()  # the value of ServerName, without port
    names = Field(texts)  # those of ServerAlias
    wild_names = Field(texts)  # those of ServerAlias with wildcards
    port: Field = Field()  # the port of ServerName; 0 when it has none
    error_fname = Text()  # the value of ErrorLog
    timeout = seconds_field()  # seconds
    keep_alive_timeout = seconds_field()  # seconds
    keep_alive_max: Field = Field()  # the value of MaxKeepAliveRequests
    keep_alive: Field = Field()  # 1 with `KeepAlive On`
    path = Text()  # the value of ServerPath
    pathlen: Field = Field()  # its length
    limit_req_line: Field = Field()  # the value of LimitRequestLine
    limit_req_fieldsize: Field = Field()  # the value of LimitRequestFieldSize
    limit_req_fields: Field = Field()  # the value of LimitRequestFields
    is_virtual = Field(lambda flag: int(flag != b"\0"))  # 1 for a virtual host

    def __init__(self, pointer: Any) -> None:
        self._handle = LockedHandle(pointer, "server")

    @property
    def next(self) -> Server | None:
        """The next virtual host in httpd's list."""
        following = self._handle.c.next
        return None if following == NULL else server_for(following)

    @property
    def _server_rec(self) -> Any:
        """The `server_rec *` in a capsule, for C extensions."""
        return capsule(self._handle.c)

    @property
    def loglevel(self) -> int:
        """The level of LogLevel, `APLOG_*`."""
        level: int = lib.mp_server_loglevel(self._handle.c)
        return level

    @property
    def my_generation(self) -> int:
        """How often httpd had been restarted when this child started."""
        return mpm_query(AP_MPMQ_GENERATION)

    @property
    def restart_time(self) -> float:
        """When httpd started, or last restarted, in seconds since the epoch."""
        return float(lib.mp_restart_time()) / 1_000_000

    def get_config(self) -> Table:
        """The directives given outside every section: name to value, flags as "1" and "0"."""
        server = self._handle.c
        pool = ffi.gc(lib.mp_pool_make(), lib.mp_pool_destroy)
        table = lib.mp_config_table(pool, lib.mp_config_of_server(server))
        return Table.view(LockedHandle((table, pool), "table"), itemgetter(0))

    def get_options(self) -> Table:
        """The PythonOptions given outside every section. Live: all handlers of the interpreter see a change."""
        options: Table | None = self.__dict__.get("_options")
        if options is None:
            options = self.__dict__.setdefault("_options", Table(Table.view(self._handle, lib.mp_server_options)))
        return options

    def log_error(self, message: Any, level: int | None = None) -> None:
        """Writes `message` to this server's error log, at `level` (default `APLOG_ERR`)."""
        if message is not None:
            lib.mp_log_server(self._handle.c, APLOG_ERR if level is None else level, encode(message, "message"))

    def register_cleanup(self, req: Any, callback: Callable[[Any], Any], data: Any = None) -> None:
        """Calls `callback(data)` when the child exits.

        Raises ValueError when `req` is not a request, or `callback` not callable.
        """
        from mod_python.request import Request  # noqa: PLC0415 - requests are built on this module

        if not isinstance(req, Request):
            raise ValueError(f"register_cleanup: the first argument must be a request, not {type(req).__name__}")
        interpreter.register_cleanup(callback, data)


_servers: dict[int, Server] = {}


def server_for(pointer: Any) -> Server:
    """The one Server object of this interpreter for a `server_rec *`; servers live as long as the child."""
    address = int(ffi.cast("uintptr_t", pointer))
    server = _servers.get(address)
    if server is None:
        server = _servers.setdefault(address, Server(pointer))
    return server


def server_root() -> str | None:
    """The value of ServerRoot."""
    return text_or_none(lib.ap_server_root)
