"""`req`: the request, as every handler gets it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from functools import cache, lru_cache, wraps
from operator import attrgetter
from typing import Any, TypeVar, cast

from mod_python import interpreter, phases
from mod_python.aprstatus import error_arguments
from mod_python.body import BLOCK, Body
from mod_python.capsule import capsule
from mod_python.configuration import Configuration, configuration_of
from mod_python.connection import Connection, connection_for, known_connection
from mod_python.constants import APLOG_ERR, OK, REMOTE_NAME
from mod_python.errors import SERVER_RETURN, ClientGone
from mod_python.ffi import NULL, ffi, lib
from mod_python.fields import (
    MICROSECONDS,
    Field,
    Text,
    WritableInt,
    WritableText,
    address,
    packed,
    pool_copy,
    seconds_field,
    text_or_none,
    texts,
)
from mod_python.finfo import FileInfo
from mod_python.handle import RequestHandle, named, request_handle
from mod_python.hlist import Handler, HandlerList
from mod_python.logs import current_request
from mod_python.requires import required_of
from mod_python.server import Server, server_for
from mod_python.table import Table
from mod_python.text import body_bytes, decode, decode_user, encode, encode_header

Method = TypeVar("Method", bound=Callable[..., Any])


@cache
def _addhandler_extensions() -> str:
    return decode(packed(lib.mp_addhandler_extensions))


@lru_cache(maxsize=256)
def _packed_methods(methods: tuple[str | bytes, ...]) -> bytes:
    return b"".join(encode_header(method, "method") + b"\0" for method in methods)


@lru_cache(maxsize=256)
def _known_type(value: str) -> bytes:
    return encode_header(value, "content_type")


def _type_bytes(value: Any) -> bytes:
    return _known_type(value) if type(value) is str else encode_header(value, "content_type")


def _valid_status(status: Any) -> int:
    if not isinstance(status, int):
        raise TypeError(f"status must be an int, not {type(status).__name__}")
    if not 200 <= status <= 599:  # noqa: PLR2004 - 1xx announces another response
        raise ValueError(f"status must be from 200 to 599, not {status}")
    return status


def _check_sent(status: int, doing: str) -> None:
    """Raises ClientGone for an apr_status_t other than success, and OSError when the response is complete."""
    if status == lib.MP_TOO_LATE:
        raise OSError(*error_arguments(status, doing))
    if status:
        raise ClientGone(*error_arguments(status, doing))


def _alone(method: Method) -> Method:
    """Decorator: no other thread uses the request's memory meanwhile, httpd's own included."""

    @wraps(method)
    def alone(self: Request, *arguments: Any, **keywords: Any) -> Any:
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            return method(self, *arguments, **keywords)

    return cast("Method", alone)


class RequestBody(Body):
    """The body of a request, whose handle it holds, not the request itself, so that no cycle arises."""

    _handle: RequestHandle
    _address = 0  # of the request_rec, once it was needed; good for as long as a handler runs

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 < size <= BLOCK or self._pending:
            return super().read(size)
        return self._receive(size, size)

    def _receive(self, least: int, size: int) -> bytes:
        """From `least` to `size` bytes; fewer only at the end."""
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check()
            if not self._address:
                self._address = int(ffi.cast("uintptr_t", handle.c))
            received = interpreter.read_body(self._address, least, size)
        if isinstance(received, bytes):
            return received
        if received == lib.MP_BODY_GONE:
            raise ClientGone(errno.ECONNRESET, "the client went away before the whole body was read")
        if received == lib.MP_BODY_LATE:
            raise ClientGone(errno.ETIMEDOUT, "the client was too slow to send the whole body")
        raise SERVER_RETURN(received)


@named("mp_request")
class Request:
    """A request: one object for each request and interpreter, from the first phase to the last; handlers may add
    attributes. Once the request has ended, every use of it raises RuntimeError.

    Text attributes are `str` by decision T1; assigning accepts `bytes` too. Assigning or deleting a read-only attribute
    raises AttributeError. Source: the manual of mod_python 3.5.
    """

    # -- the request line and the client
    the_request = Text()  # the request line as it was received; of an internal redirect, the first one
    method = Text()  # the method's name
    method_number: Field = Field()  # `M_*`; `M_INVALID` for other methods
    header_only: Field = Field()  # 1 for HEAD
    protocol = Text()  # such as `HTTP/1.1`; `INCLUDED` in a subrequest of an SSI page
    proto_num: Field = Field()  # 1000 times the major version and the minor one: 1001 for HTTP/1.1
    assbackwards = WritableInt()  # 1: as in HTTP/0.9, no response headers are sent
    proxyreq = WritableInt()  # `PROXYREQ_*`: whether the request is to be proxied
    hostname = Text()  # from the URI or `Host`, in lower case and without port
    request_time = seconds_field()  # when it began, in seconds since the epoch
    unparsed_uri = Text()  # the URI as it was received, with its escapes and query
    uri = WritableText()  # the path, unescaped and without query
    args = WritableText(nullable=True)  # the query string as it was received; None without a `?`
    path_info = WritableText(nullable=True)  # what follows the file in the path; None before it is mapped
    range = Text()  # the `Range` header as httpd keeps it
    useragent_ip = Text()  # the client's address, as mod_remoteip may have corrected it

    # -- the response
    content_encoding = Text()  # as other modules have set it
    content_languages = Field(texts)  # as other modules have set them
    vlist_validator = Text()  # the validator of a negotiated variant
    chunked = WritableInt()  # 1 when the response goes out in chunks
    clength: Field = Field()  # the length of the response, once `set_content_length` was called
    sent_bodyct: Field = Field()  # not 0 once the response's body has begun
    bytes_sent: Field = Field()  # bytes of the body that went to the network filters
    mtime = seconds_field()  # when the content last changed, in seconds since the epoch; see `update_mtime`
    no_cache = WritableInt()  # 1: the response must not be cached
    no_local_copy = WritableInt()  # 1: no 304 is answered, for the client has no copy to use
    eos_sent: Field = Field()  # 1 once the response is complete; what is written later is lost
    allowed: Field = Field()  # httpd's mask of `1 << M_*`
    allowed_xmethods = Field(texts)  # further methods, as other modules have set them

    # -- the state of the body
    remaining: Field = Field()  # bytes of the body that httpd has not handed out yet
    read_length: Field = Field()  # bytes of the body that httpd has handed out
    read_body: Field = Field()  # `REQUEST_*`: how the body is read
    read_chunked: Field = Field()  # 1 when the body comes in chunks
    expecting_100: Field = Field(int)  # 1 while the client waits for `100 Continue`

    # -- authentication, mapping, handler
    ap_auth_type = WritableText(nullable=True)  # how the user was authenticated, such as `Basic`
    filename = WritableText(nullable=True)  # the file it is mapped to; None before that
    canonical_filename = WritableText(nullable=True)  # the same with the case of the file system
    used_path_info = WritableInt()  # `AP_REQ_*`: whether `path_info` is accepted
    handler = WritableText(nullable=True)  # the content handler of httpd; `mod_python` claims the request

    # -- set by dispatch
    phase: str | None = None  # the directive of the running phase, such as `PythonHandler`; None between phases
    hlist: HandlerList | None = None  # the handlers of the running phase
    _content_type_set = 0

    # Most requests need none of these, so each is made on first use.
    _of_phase: Configuration | None = None  # what is configured for the running phase
    _added: dict[int, list[Handler]] | None = None  # the handlers that were added, by phase
    _filters: dict[tuple[bool, str], Handler] | None = None  # the filters that were registered, by direction and name
    _cleanups: interpreter.Cleanups | None = None
    _body: Body | None = None
    _options: Table | None = None
    _headers_in: Table | None = None
    _headers_out: Table | None = None
    _err_headers_out: Table | None = None
    _subprocess_env: Table | None = None
    _notes: Table | None = None

    # `request_for()` sets these: an `__init__` that did it would cost every request twice as much.
    _handle: RequestHandle
    _context: Context

    def __init__(self) -> None:
        raise TypeError("httpd makes the requests")

    # -- the body ---------------------------------------------------------------------------------------------

    @property
    def body(self) -> Body:
        """The request's body as a binary file; the target of an internal redirect goes on where the first one ended."""
        if self._body is None:
            self._body = body = RequestBody()
            body._handle = self._handle
            if body._handle.c.prev:
                body._pending = related_request(body._handle.c.prev).body.drain()
        return self._body

    # -- links ------------------------------------------------------------------------------------------------

    @property
    def connection(self) -> Connection:
        """The connection it came in on: the same object for all its requests."""
        handle = self._handle
        connection = known_connection(handle.c.connection) or self._make_connection()
        _ = handle.c  # raises if the request has ended meanwhile
        if handle.visitor:
            connection._handle.visitor = handle.visitor
        return connection

    @_alone
    def _make_connection(self) -> Connection:
        return connection_for(self._handle.c.connection)

    @property
    def server(self) -> Server:
        """The server, or virtual host, that handles it."""
        return server_for(self._handle.c.server)

    @_alone
    def _related(self, link: str) -> Request | None:
        pointer = getattr(self._handle.c, link)
        if not pointer:
            return None
        request = related_request(pointer)
        if not request._handle.running:  # so that nobody else can have taken its lock for long
            request._handle.lock = self._handle.lock  # for the memory is the same
        return request

    @property
    def next(self) -> Request | None:
        """The request this one was internally redirected to, or None."""
        return self._related("next")

    @property
    def prev(self) -> Request | None:
        """The request this one came from by internal redirect or ErrorDocument, or None."""
        return self._related("prev")

    @property
    def main(self) -> Request | None:
        """The request that this subrequest serves, or None."""
        return self._related("main")

    # -- tables -----------------------------------------------------------------------------------------------

    def _table(self, name: str, *, header: bool = False) -> Table:
        table = self.__dict__["_" + name] = Table.view(self._handle, attrgetter(name), header=header)
        return table

    @property
    def headers_in(self) -> Table:
        """The request headers."""
        return self._table("headers_in", header=True) if self._headers_in is None else self._headers_in

    @property
    def headers_out(self) -> Table:
        """The response headers of a successful reply."""
        return self._table("headers_out", header=True) if self._headers_out is None else self._headers_out

    @property
    def err_headers_out(self) -> Table:
        """Response headers that are sent with errors too, and survive an internal redirect."""
        return self._table("err_headers_out", header=True) if self._err_headers_out is None else self._err_headers_out

    @property
    def subprocess_env(self) -> Table:
        """The CGI and SSI environment; nearly empty until `add_cgi_vars` or `add_common_vars`."""
        return self._table("subprocess_env") if self._subprocess_env is None else self._subprocess_env

    @property
    def notes(self) -> Table:
        """Strings that modules leave for each other."""
        return self._table("notes") if self._notes is None else self._notes

    # -- attributes with rules of their own -------------------------------------------------------------------

    @property
    def status(self) -> int:
        """The status to send. Assigning anything but 200 to 599 raises ValueError."""
        status: int = self._handle.c.status
        return status

    @status.setter
    def status(self, value: Any) -> None:
        self._handle.c.status = _valid_status(value)

    @property
    def status_line(self) -> str | None:
        """The status with a reason of one's own, such as `"299 Odd"`; assigning it sets `status` too.

        None until it is assigned or sent. Assigning what does not begin with a status raises ValueError.
        """
        return text_or_none(self._handle.c.status_line)

    @status_line.setter
    @_alone
    def status_line(self, value: Any) -> None:
        r = self._handle.c
        raw = encode_header(value, "status_line")
        if not re.match(rb"[2-5]\d\d( |$)", raw):
            raise ValueError(f"status_line must be a status and a reason, such as '404 Not Found', not {value!r}")
        r.status, r.status_line = int(raw[:3]), pool_copy(r.pool, raw)

    @property
    def content_type(self) -> str | None:
        """The type of the response. Setting it lets httpd choose the filters that go with the type."""
        return text_or_none(self._handle.c.content_type)

    @content_type.setter
    def content_type(self, value: Any) -> None:
        raw, handle = _type_bytes(value), self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            lib.mp_set_content_type(handle.c, raw)
        self._content_type_set = 1

    @property
    def user(self) -> str | None:
        """The authenticated user; UTF-8 when valid, else Latin-1 (decision T2)."""
        pointer = self._handle.c.user
        return None if pointer == NULL else decode_user(ffi.string(pointer))

    @user.setter
    @_alone
    def user(self, value: Any) -> None:
        r = self._handle.c
        r.user = pool_copy(r.pool, encode(value, "user"))

    @property
    def finfo(self) -> FileInfo:
        """What httpd found at `filename`; assign the result of `apache.stat()` after changing that."""
        return FileInfo(self._handle, lambda r: ffi.addressof(r, "finfo"))

    @finfo.setter
    @_alone
    def finfo(self, value: Any) -> None:
        if not isinstance(value, FileInfo):
            raise TypeError(f"finfo must be a finfo object, not {type(value).__name__}")
        lib.mp_set_finfo(self._handle.c, value._c)

    @property
    def parsed_uri(self) -> tuple[Any, ...]:
        """scheme, hostinfo, user, password, hostname, port, path, query, fragment; None for what is not there."""
        uri = self._handle.c.parsed_uri
        parts = [uri.scheme, uri.hostinfo, uri.user, uri.password, uri.hostname, uri.port_str]
        first = [text_or_none(part) for part in parts]
        port = int(first[5]) if first[5] and first[5].isdecimal() else None
        return (*first[:5], port, *(text_or_none(part) for part in (uri.path, uri.query, uri.fragment)))

    @property
    def useragent_addr(self) -> tuple[str, int] | None:
        """The client's address and port, as mod_remoteip may have corrected them."""
        r = self._handle.c
        return address(r.useragent_addr, r.useragent_ip)

    @property
    @_alone
    def allowed_methods(self) -> tuple[str, ...]:
        """The methods that go into the `Allow` header."""
        return tuple(decode(packed(lib.mp_allowed_methods, self._handle.c)).split("\0")[:-1])

    @property
    def extension(self) -> str | None:
        """The file extension, with its dot, that chose the handlers; None when none did."""
        return text_or_none(self._live_state.extension)

    @property
    def interpreter(self) -> str:
        """The name of the interpreter running now."""
        return interpreter.name

    @property
    @_alone
    def _live_state(self) -> Any:
        return lib.mp_request_of(self._handle.c)

    @property
    def _request_rec(self) -> Any:
        """The `request_rec *` in a capsule, for C extensions."""
        return capsule(self._handle.c)

    @property
    def _bytes_queued(self) -> int:
        queued: int = self._live_state.bytes_queued
        return queued

    # -- configuration and dispatch ---------------------------------------------------------------------------

    @_alone
    def get_config(self) -> Table:
        """The directives in effect: name to value, flags as "1" and "0". The request's own copy."""
        r = self._handle.c
        return self._own(lib.mp_config_table(r.pool, lib.mp_config_of_request(r)))

    @property
    def _configuration(self) -> Configuration:
        """What is in effect, for this package's own handlers: looking at it costs next to nothing."""
        return self._of_phase or self._find_configuration()

    @_alone
    def _find_configuration(self) -> Configuration:
        return configuration_of(lib.mp_config_of_request(self._handle.c))

    @property
    @_alone
    def _may_show_errors(self) -> bool:
        """Whether the client may see what PythonDebug shows: from other machines only with PythonDebugPublic."""
        return bool(lib.mp_exposure_is_allowed(self._handle.c))

    @_alone
    def get_options(self) -> Table:
        """The PythonOptions in effect, without those that were unset. The request's own copy (decision A16)."""
        if self._options is None:
            self._options = self._own(lib.mp_request_options(self._handle.c))
        return self._options

    def _own(self, table: Any) -> Table:
        """A view of a table that lives in the request's pool."""
        return Table.view(self._handle, lambda r: table)

    def add_handler(self, htype: str, handler: Any, dir: Any = None) -> None:  # noqa: A002 - the documented name
        """Adds a handler to a phase of this request, after the configured ones.

        Args:
            htype: a phase, such as `"PythonFixupHandler"`; not cleanup or connection.
            handler: `module`, `module::object`, a path to a file, or a callable (decision A13).
            dir: the directory that goes in front of `sys.path`, made absolute; without it, that of the running handler.

        Raises:
            IndexError: `htype` is not such a phase.
            ValueError: the phase is over.
            TypeError: `handler` is neither text nor callable.
        """
        phase = phases.addable(htype)
        running = self._live_state.phase
        if phases.is_over(phase, running):
            raise ValueError(f"add_handler: {htype} is over; {phases.PHASES[running].directive} is running")
        entry = _handler_to_add(handler, self._directory(dir))
        if phase == running and self.hlist is not None:
            self.hlist.append(entry)
        else:
            self._added = self._added or {}
            self._added.setdefault(phase, []).append(entry)
            self._add_phase(phase)

    @_alone
    def _add_phase(self, phase: int) -> None:
        lib.mp_add_phase(self._handle.c, phase)

    def _directory(self, directory: Any) -> str | None:
        if directory is None:
            return self.hlist.directory if self.hlist and not self.hlist.is_location else None
        return os.path.join(os.path.abspath(decode(encode(directory, "dir"))), "")

    def add_input_filter(self, name: Any) -> None:
        """Adds a filter that httpd knows by this name to what is read. An unknown name is logged by httpd."""
        self._add_filter(name, is_input=True)

    def add_output_filter(self, name: Any) -> None:
        """Adds a filter that httpd knows by this name to what is written. An unknown name is logged by httpd."""
        self._add_filter(name, is_input=False)

    @_alone
    def _add_filter(self, name: Any, *, is_input: bool) -> None:
        r = self._handle.c
        raw = encode(name, "name")
        if (is_input, decode(raw)) in (self._filters or {}):
            lib.mp_filter_add(r, raw, is_input, interpreter.pointer)
        else:
            add = lib.ap_add_input_filter if is_input else lib.ap_add_output_filter
            add(raw, NULL, r, r.connection)

    def register_input_filter(self, filter_name: Any, filter: Any, dir: Any = None) -> None:  # noqa: A002
        """Makes `filter_name` usable by `add_input_filter` in this request; `filter` and `dir` as in `add_handler`."""
        self._register_filter(True, filter_name, filter, dir)

    def register_output_filter(self, filter_name: Any, filter: Any, dir: Any = None) -> None:  # noqa: A002
        """Makes `filter_name` usable by `add_output_filter` in this request; `filter` and `dir` as in `add_handler`."""
        self._register_filter(False, filter_name, filter, dir)

    def _register_filter(self, is_input: bool, name: Any, handler: Any, directory: Any) -> None:
        self._filters = self._filters or {}
        self._filters[is_input, decode(encode(name, "filter_name"))] = _handler_to_add(
            handler, self._directory(directory)
        )

    def allow_methods(self, methods: Iterable[Any], reset: Any = 0) -> None:
        """Adds `methods` to the `Allow` header; with `reset` they replace what is there.

        Raises:
            TypeError: `methods` is text, which would be taken letter by letter, or not iterable.
        """
        if isinstance(methods, (str, bytes)):
            raise TypeError("allow_methods: pass a sequence of method names, not one string")
        if type(methods) is not tuple:
            methods = tuple(method if isinstance(method, str) else encode(method) for method in methods)
        names = _packed_methods(methods)
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            lib.mp_allow_methods(handle.c, names, len(names), bool(reset))

    def get_addhandler_exts(self) -> str:
        """The extensions that `AddHandler mod_python` names, without dots, each followed by a space."""
        _ = self._handle.c  # raises once the request has ended
        return _addhandler_extensions()

    def internal_redirect(self, new_uri: Any) -> None:
        """Lets httpd answer with `new_uri`, a path with an optional query, as if the client had asked for it.

        Afterwards the response is complete: what is written later is not delivered; return OK.
        """
        self._io(lib.mp_internal_redirect, encode(new_uri, "new_uri"))

    @_alone
    def register_cleanup(self, callback: Callable[[Any], Any], data: Any = None) -> None:
        """Calls `callback(data)` at the end of the request, after logging; the last one registered runs first.

        Raises:
            ValueError: `callback` is not callable.
        """
        if not callable(callback):
            raise ValueError("register_cleanup: the first argument must be callable")
        lib.mp_keep_request(self._handle.c)
        self._cleanups = self._cleanups or []
        self._cleanups.append((callback, data))

    # -- input ------------------------------------------------------------------------------------------------

    def read(self, len: int | None = -1) -> bytes:  # noqa: A002 - the documented name
        """`len` bytes of the request body, fewer only at its end; everything that is left when negative.

        Raises:
            SERVER_RETURN: the body is refused: 400 malformed, 413 larger than LimitRequestBody, 501 unknown coding.
            OSError: the client went away, or exceeded Timeout.
        """
        return (self._body or self.body).read(len)

    def readline(self, len: int | None = -1) -> bytes:  # noqa: A002
        """The body through the next newline, at most `len` bytes; b"" at the end. Raises as `read`."""
        return self.body.readline(len)

    def readlines(self, sizehint: int | None = -1) -> list[bytes]:
        """The lines of the body; stops after the line that reaches `sizehint` bytes. Raises as `read`."""
        return self.body.readlines(sizehint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def discard_request_body(self) -> int:
        """Drops what is left of the body. Returns OK or an HTTP status."""
        self.body.drain()
        return self._io(lib.mp_body_discard)

    # -- output -----------------------------------------------------------------------------------------------

    def write(self, data: Any, flush: Any = 1) -> None:
        """Sends `data` (`str` as UTF-8, or bytes-like) through the output filters.

        Args:
            data: what to send; nothing happens when it is empty.
            flush: true sends it, and the headers, at once; false lets httpd collect.

        Raises:
            OSError: the client went away.
            TypeError: `data` is neither `str` nor bytes-like.
        """
        kind = type(data)
        raw = data if kind is bytes else data.encode("utf-8", "surrogateescape") if kind is str else body_bytes(data)
        if raw:
            buffer = raw if type(raw) is bytes else ffi.from_buffer(raw)
            handle = self._handle
            with handle.lock:
                if not handle.running:
                    handle.check()
                status = lib.mp_write(handle.c, buffer, len(raw), 1 if flush else 0)
            if status:
                _check_sent(status, "write")

    def flush(self) -> None:
        """Sends what was collected. Raises OSError when the client went away."""
        _check_sent(self._io(lib.mp_flush), "flush")

    def _io(self, function: Callable[..., int], *arguments: Any) -> int:
        """Calls a C function that reads or writes."""
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check()
            return function(handle.c, *arguments)

    def sendfile(self, path: Any, offset: int = 0, len: int = -1) -> int:  # noqa: A002 - the documented name
        """Sends `len` bytes of the file `path` from `offset`, without reading them into Python.

        httpd may send it later than that, so the file stays open until the request ends.

        Args:
            path: the file; a relative one follows the process's directory.
            offset: the first byte.
            len: how many bytes; -1: to the end of the file.

        Returns:
            The number of bytes sent.

        Raises:
            ValueError: `offset` is negative, or `len` is below -1.
            OSError: not a regular file, not readable, or the client went away.
        """
        _check_range(offset, len)
        sent = ffi.new("apr_off_t *")
        status = self._io(lib.mp_sendfile, encode(path, "path"), offset, len, sent)
        return self._file_sent(status, sent[0], f"sendfile {path!r}")

    def _file_sent(self, status: int, sent: int, doing: str) -> int:
        r = self._handle.c
        if status not in {0, lib.MP_TOO_LATE} and (r.connection.aborted or r.eos_sent):
            raise ClientGone(*error_arguments(status, doing))
        if status:
            raise OSError(*error_arguments(status, doing))
        return sent

    def sendfile_fd(self, fd: int, offset: int = 0, length: int = -1) -> int:
        """As `sendfile`, for an open file descriptor, which stays the caller's to close, at the place where it is."""
        _check_range(offset, length)
        sent = ffi.new("apr_off_t *")
        status = self._io(lib.mp_sendfile_fd, fd, offset, length, sent)
        return self._file_sent(status, sent[0], "sendfile_fd")

    def send_response(  # noqa: PLR0913, PLR0917 - all of it in one call
        self, status: int, status_line: bytes, content_type: bytes | None, headers: bytes, body: bytes = b""
    ) -> None:
        """The head of a response in one call, and the body where that is known as a whole.

        Args:
            status: the numeric status.
            status_line: the same with its reason, such as `b"404 Not Found"`.
            content_type: its media type; None leaves it alone.
            headers: the other headers, to be added: `b"name\\0value\\0name\\0value\\0"`, checked by the caller.
            body: sent after them, when httpd sees fit.

        Raises:
            OSError: the client went away.
        """
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check()
            sent = lib.mp_send_response(
                handle.c, status, status_line, content_type or NULL, headers, len(headers), body, len(body)
            )
        if sent:
            _check_sent(sent, "write")

    def abort_connection(self) -> None:
        """Ends the response where it stands, so that the client sees it is cut: for errors after the head is out."""
        self._io(lib.mp_abort_connection)

    @_alone
    def set_content_length(self, len: int) -> None:  # noqa: A002 - the documented name
        """Sets the `Content-Length` of the response. Raises ValueError when `len` is negative."""
        if len < 0:
            raise ValueError(f"the content length cannot be {len}")
        lib.ap_set_content_length(self._handle.c, len)

    def _first_file(self, paths: bytes, start: int) -> int:
        """The index, from `start` on, of the first regular file among `paths`, `b"path\\0path\\0"`; -1: none is one."""
        index: int = lib.mp_first_file(paths, len(paths), start)
        return index

    def _may_open(self, path: str) -> bool:
        """Whether httpd's `Options` allow to open `path`, for a file that httpd has not looked at: it may be a link."""
        options = lib.ap_allow_options(self._handle.c)
        if options & lib.OPT_SYM_LINKS or not os.path.islink(path):
            return True
        return bool(options & lib.OPT_SYM_OWNER) and os.lstat(path).st_uid == os.stat(path).st_uid

    @_alone
    def set_etag(self) -> None:
        """Lets httpd compute `ETag` from `finfo` and `mtime`."""
        lib.ap_set_etag(self._handle.c)

    @_alone
    def set_last_modified(self) -> None:
        """Sets `Last-Modified` from `mtime`."""
        lib.ap_set_last_modified(self._handle.c)

    @_alone
    def update_mtime(self, dependency_mtime: float) -> None:
        """Raises `mtime` to this many seconds since the epoch, if that is later."""
        lib.ap_update_mtime(self._handle.c, round(dependency_mtime * MICROSECONDS))

    @_alone
    def meets_conditions(self) -> int:
        """OK, or the status (304, 412 …) to return by the request's conditional headers. Set `mtime`, `ETag` first."""
        status: int = lib.ap_meets_conditions(self._handle.c)
        return status

    def send_http_header(self) -> None:
        """Does nothing; httpd sends the headers with the first output. Kept for old scripts."""

    # -- information ------------------------------------------------------------------------------------------

    @_alone
    def add_common_vars(self) -> None:
        """Puts httpd's common CGI variables into `subprocess_env`."""
        lib.ap_add_common_vars(self._handle.c)

    @_alone
    def add_cgi_vars(self) -> None:
        """Puts all CGI variables into `subprocess_env`."""
        lib.mp_add_cgi_vars(self._handle.c)

    def wsgi_environ_block(self, base_uri: bytes = b"", authorization: bool = False) -> tuple[bytes, str] | None:
        """The CGI variables in one call: their names, as `b"name\\0name\\0"`, and the values, decoded as Latin-1
        (decision T4), in the same order.

        Args:
            base_uri: the leading part of `uri` that becomes SCRIPT_NAME; the rest becomes PATH_INFO.
            authorization: whether `Authorization` is among them.

        Returns:
            None when `uri` is neither `base_uri` nor below it.
        """
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            block = lib.mp_wsgi_environ(handle.c, base_uri, len(base_uri), authorization)
            if not block:
                return None
            names = ffi.unpack(block.data, block.names)
            values = ffi.unpack(block.data + block.names, block.values)
        return names, values.decode("latin-1")

    @_alone
    def auth_name(self) -> str | None:
        """The value of AuthName."""
        return text_or_none(lib.ap_auth_name(self._handle.c))

    @_alone
    def auth_type(self) -> str | None:
        """The value of AuthType."""
        return text_or_none(lib.ap_auth_type(self._handle.c))

    @_alone
    def requires(self) -> tuple[str, ...]:
        """The arguments of the Require lines that hold for this request: `("user joe", "valid-user")`.

        Those of the sections of the server configuration; `.htaccess` and `<If>` are not looked at. Decision A13.
        """
        return required_of(self._handle.c)

    @_alone
    def document_root(self) -> str | None:
        """The DocumentRoot of this request."""
        return text_or_none(lib.ap_document_root(self._handle.c))

    @_alone
    def construct_url(self, uri: Any) -> str | None:
        """`uri`, a path, with scheme, host and, where it is not the default, port in front."""
        r = self._handle.c
        return text_or_none(lib.ap_construct_url(r.pool, encode(uri, "uri"), r))

    @_alone
    def get_basic_auth_pw(self) -> str | None:
        """The password of Basic authentication, or None; sets `user` and `ap_auth_type` as side effects."""
        password = ffi.new("const char **")
        status = lib.mp_get_basic_auth_pw(self._handle.c, password)
        return None if status != OK or password[0] == NULL else decode_user(ffi.string(password[0]))

    @_alone
    def get_remote_host(self, type: int = REMOTE_NAME, str_is_ip: Any = None) -> Any:  # noqa: A002
        """The client's name or address, by a `REMOTE_*` rule; None when it is not known.

        With `str_is_ip` not None, the answer is `(text, 1 if it is an address else 0)`.
        """
        is_ip = ffi.new("int *")
        host = text_or_none(lib.mp_remote_host(self._handle.c, type, is_ip))
        return host if str_is_ip is None or host is None else (host, int(is_ip[0]))

    @_alone
    def is_https(self) -> bool:
        """Whether the client's connection is encrypted."""
        return bool(lib.ap_ssl_conn_is_ssl(self._handle.c.connection))

    @_alone
    def ssl_var_lookup(self, name: Any) -> str | None:
        """A TLS variable, such as `SSL_PROTOCOL`; None when it is unknown or empty, or without a TLS module."""
        r = self._handle.c
        return text_or_none(lib.ap_ssl_var_lookup(r.pool, r.server, r.connection, r, encode(name, "name"))) or None

    @_alone
    def log_error(self, message: Any, level: int | None = None) -> None:
        """Writes `message` to the error log, at `level` (default `APLOG_ERR`), with the request it belongs to."""
        if message is not None:
            lib.mp_log_request(self._handle.c, APLOG_ERR if level is None else level, encode(message, "message"))

    # -- WSGI, under the names of the original ----------------------------------------------------------------

    def build_wsgi_env(self) -> dict[str, Any] | None:
        """The WSGI environment (PEP 3333); None when the URI lies outside the base URI."""
        from mod_python import wsgi  # noqa: PLC0415 - wsgi is built on this module

        return wsgi.build_wsgi_env(self)

    def wsgi_start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[..., Any]:
        """`start_response` of PEP 3333; returns its `write`."""
        from mod_python import wsgi  # noqa: PLC0415

        return wsgi.wsgi_start_response(self, status, headers, exc_info)


def _handler_to_add(handler: Any, directory: str | None) -> Handler:
    if callable(handler):
        return Handler(getattr(handler, "__qualname__", repr(handler)), directory, function=handler)
    return Handler(decode(encode(handler, "handler")), directory)


def _check_range(offset: int, length: int) -> None:
    if offset < 0 or length < -1:
        raise ValueError(f"no part of a file starts at {offset} and is {length} long")


_bare = object.__new__
_REQUEST_REC = ffi.typeof("request_rec *")

live: dict[int, Request] = {}
"""The live requests of this interpreter, by the address of their request_rec. C says when one ends."""


def request_for(key: int) -> Request:
    """The one Request of this interpreter for the request_rec at address `key`."""
    request = live.get(key)
    if request is None:
        request = _bare(Request)
        request._handle = request_handle(ffi.cast(_REQUEST_REC, key))
        request._context = context = Context()
        context.run(current_request.set, request)  # what is logged from there belongs to the request
        request = live.setdefault(key, request)  # the first of two threads, and complete
    return request


def related_request(pointer: Any) -> Request:
    """The Request for a `request_rec *` that Python may not have seen yet."""
    key = int(ffi.cast("uintptr_t", pointer))
    if key not in live:
        lib.mp_request_visit(lib.mp_request_of(pointer), interpreter.pointer)
    return request_for(key)


def close_request(request: Request) -> None:
    """The request_rec is about to be freed: from now on every use of the object raises RuntimeError."""
    handle = request._handle  # here as in its close(), without another call for every request
    handle.__class__ = RequestHandle.ended  # type: ignore[assignment]
    del handle.c
    del request._context  # which knows the request: without this, only the garbage collector would find them
    if request._body is not None:
        request._body = None  # with what it has read ahead
