"""Handles: the one place through which a wrapper reaches its C structure, and which its end empties."""

from __future__ import annotations

from _thread import get_ident  # what threading has, without a function around it
from collections.abc import Callable
from typing import Any, TypeVar

from mod_python.logs import current_request
from mod_python.threadlock import Lock

T = TypeVar("T")
H = TypeVar("H", bound="AnyHandle")


class AnyHandle:
    """Holds the pointer `c` while the structure lives; after `close()` any use of it raises RuntimeError."""

    __slots__ = ()

    c: Any
    what: str
    ended: type[AnyHandle]

    def close(self) -> None:
        """The structure is about to be freed."""
        self.__class__ = self.ended
        del self.c  # after that, since other threads may look


def that_ends(cls: type[H]) -> type[H]:
    """Class decorator: a handle that is closed becomes an `ended` one.

    A class with `__getattr__` of its own would make every access to live handles slower by a hundred instructions.
    """

    class Ended(cls):  # type: ignore[valid-type, misc]
        __slots__ = ()

        def close(self) -> None:
            pass

        def __getattr__(self, name: str) -> Any:
            if name == "c":
                raise RuntimeError(f"the {self.what} this object belongs to has ended")
            raise AttributeError(name)

    cls.ended = Ended
    return cls


@that_ends
class Handle(AnyHandle):
    """A handle of what `what` names."""

    __slots__ = ("c", "what")

    def __init__(self, pointer: Any, what: str) -> None:
        self.c = pointer
        self.what = what


@that_ends
class ThreadHandle(AnyHandle):
    """A handle of what lasts for one call, for the thread in which that is made. Its memory is that of the request,
    whose lock the thread may have: others would wait for it, and the thread perhaps for them.
    """

    __slots__ = ("_pointer", "_thread", "what")

    def __init__(self, pointer: Any, what: str) -> None:
        self._pointer = pointer
        self._thread = get_ident()
        self.what = what

    @property
    def c(self) -> Any:
        if get_ident() != self._thread:
            raise RuntimeError(f"only the thread in which the {self.what} is made can use this object")
        return self._pointer

    def close(self) -> None:
        """The structure is about to be freed."""
        self.__class__ = self.ended  # type: ignore[assignment]
        del self._pointer


@that_ends
class LockedHandle(Handle):
    """A handle with the lock that is held while httpd works on the structure, since httpd does not expect two threads
    there at once. So the end waits for what other threads have begun.
    """

    __slots__ = ("lock",)

    running = 1  # any thread may use it until it ends

    def __init__(self, pointer: Any, what: str) -> None:
        super().__init__(pointer, what)
        self.lock = Lock()

    def close(self) -> None:
        """The structure is about to be freed."""
        super().close()
        with self.lock:
            pass  # what another thread has begun is over now

    def call(self, function: Callable[..., int], *arguments: Any) -> int:
        """Calls a C function that reads or writes."""
        with self.lock:
            return function(self.c, *arguments)


@that_ends
class RequestHandle(AnyHandle):
    """A request's handle, which also says who may use it, since httpd does not expect two threads at once.

    The thread that serves the request may always; others only while a handler runs, and one at a time. So what they
    have begun when the handler returns is waited for. Other requests, such as `req.prev`, can be looked at and changed
    in that thread, too, but not read or written.

    `request_handle()` makes one: an `__init__` would cost every request twice as much.
    """

    __slots__ = ("c", "lock", "running", "thread", "visitor")

    what = "request"
    lock: Lock
    running: int
    """How many handlers, one inside the other, are running."""
    thread: int
    """The thread that serves the request, while it is in Python."""
    visitor: int
    """The thread in which another httpd module asked for the request object."""

    def check(self) -> None:
        """With the lock held, and no handler running: raises RuntimeError unless this is the serving thread."""
        if self.c and get_ident() not in {self.thread, self.visitor}:
            raise RuntimeError(f"no handler of this {self.what} is running any more: other threads cannot use it")

    def check_use(self) -> None:
        """The same, for what is neither input nor output."""
        serving = current_request.get()
        if serving is None or serving._handle.thread != get_ident():
            self.check()


@that_ends
class ConnectionHandle(Handle):
    """A connection's handle. Its requests use the same memory, so that the thread which serves one of them, or runs a
    filter of it, takes the request's lock. Other threads may use the connection only while a connection handler runs.
    """

    __slots__ = ("_lock", "running", "visitor")

    def __init__(self, pointer: Any) -> None:
        super().__init__(pointer, "connection")
        self._lock = Lock()
        self.running = 0  # connection handlers
        self.visitor = 0  # as in RequestHandle

    @property
    def lock(self) -> Lock:
        """What is held while httpd works on the connection."""
        serving = self._serving()
        return self._lock if serving is None else serving.lock

    def _serving(self) -> RequestHandle | None:
        """The handle of the request of this connection that this thread serves."""
        request = current_request.get()
        if request is None:
            return None
        handle: RequestHandle = request._handle
        # Not the serving one: a thread that helps it, and whose writing runs a filter.
        serves = handle.thread == get_ident() or (handle.running and handle.lock._is_owned())  # type: ignore[attr-defined]
        return handle if serves and handle.c.connection == self.c else None

    def check(self) -> None:
        """With the lock held, and no connection handler running: raises RuntimeError unless this thread serves it."""
        if self.c and get_ident() != self.visitor and self._serving() is None:
            raise RuntimeError("other threads than the one that serves its requests cannot use the connection")

    check_use = check

    def close(self) -> None:
        """The structure is about to be freed."""
        super().close()
        with self._lock:
            pass  # what another thread has begun is over now

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a C function."""
        with self.lock:
            if not self.running:
                self.check()
            return function(self.c, *arguments)


def request_handle(pointer: Any) -> RequestHandle:
    """The handle of a `request_rec *` that nobody uses yet."""
    handle = RequestHandle()
    handle.c = pointer
    handle.lock = Lock()
    handle.running = handle.thread = handle.visitor = 0
    return handle


def named(name: str) -> Callable[[type[T]], type[T]]:
    """Class decorator: the type shows itself as `name`, which programs log and compare (decision T5)."""

    def rename(cls: type[T]) -> type[T]:
        cls.__name__ = cls.__qualname__ = name
        cls.__module__ = "builtins"
        return cls

    return rename
