"""Caches that fill themselves: ask for a name, and the value is built, or built anew when it went stale.

Thread-safe: one thread builds a value while others that want the same one wait, and nobody else does.
"""

from __future__ import annotations

import contextlib
import email.utils
import os
import re
import time
import urllib.error
import urllib.request
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from types import ModuleType
from typing import IO, Any, Final, NamedTuple

from mod_python.threadlock import Lock

__all__ = [
    "NOT_INITIALIZED",
    "Cache",
    "Entry",
    "FileCache",
    "FunctionCache",
    "HTTPCache",
    "HTTPEntity",
    "ModuleCache",
    "WeakCache",
]


class _NotInitialized:
    def __repr__(self) -> str:
        return "NOT_INITIALIZED"


NOT_INITIALIZED: Final = _NotInitialized()  # the value of an entry that has none

HTTP_TIMEOUT: Final = 30.0  # seconds


class Entry:
    """One value with its lock; `check` and `build` may keep facts about it as further attributes.

    `value` is `NOT_INITIALIZED` until the first build and after a failed one.
    """

    value: Any

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.lock = Lock()
        self.value = NOT_INITIALIZED


class _WeakEntry(Entry):
    """An entry that forgets its value when nobody else refers to it."""

    @property
    def value(self) -> Any:
        value = self._reference()
        return NOT_INITIALIZED if value is None else value

    @value.setter
    def value(self, value: Any) -> None:
        self._reference: Callable[[], Any] = weakref.ref(value)


class Cache:
    """A mapping from names to values that `build` makes on demand.

    With `max_size` above 0, the least recently used entries make room for new ones. Subclasses say how with `key`,
    `check`, `build` and `commit`. A failed check or build is raised to the caller and leaves no entry, so the next
    access tries again.
    """

    entry_class: type[Entry] = Entry

    def __init__(self, max_size: int = 0) -> None:
        self._max_size = max_size
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()  # least recently used first
        self._lock = Lock()

    def key(self, name: Any) -> Hashable:
        """The key under which the value for `name` is kept; by default the name itself."""
        return name  # type: ignore[no-any-return]

    def check(self, key: Any, name: Any, entry: Entry) -> Any:
        """Tell whether the entry is stale: None when it is fresh, else something opened for `build` to read.

        Called with the entry locked, on every access. The answer None makes no difference for an entry without a value.
        """
        return None

    def build(self, key: Any, name: Any, opened: Any, entry: Entry) -> Any:
        """Make and return the value. `opened` is what `check` returned. Called with the entry locked."""
        raise NotImplementedError

    def commit(self) -> None:
        """Called after each change of the contents, for subclasses that store them elsewhere."""

    def __getitem__(self, name: Any) -> Any:
        entry = self._entry(self.key(name))
        with entry.lock:
            try:
                return self._fresh_value(entry, name)
            except BaseException:
                entry.value = NOT_INITIALIZED
                self._discard(entry)
                raise

    def __setitem__(self, name: Any, value: Any) -> None:
        entry = self._entry(self.key(name))
        with entry.lock:
            entry.value = value
        self.commit()

    def __delitem__(self, name: Any) -> None:
        with self._lock:
            del self._entries[self.key(name)]
        self.commit()

    def __contains__(self, name: Any) -> bool:
        return self.key(name) in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Hashable]:
        """Iterate over the keys, least recently used first."""
        with self._lock:
            return iter(list(self._entries))

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
        self.commit()

    def mru(self) -> Entry | None:
        """The most recently used entry; None when the cache is empty or unbounded."""
        return self._end(-1)

    def lru(self) -> Entry | None:
        """The least recently used entry; None when the cache is empty or unbounded."""
        return self._end(0)

    def _fresh_value(self, entry: Entry, name: Any) -> Any:
        opened, value = self.check(entry.key, name, entry), entry.value
        if opened is None and value is not NOT_INITIALIZED:
            return value
        value = entry.value = self.build(entry.key, name, opened, entry)
        self.commit()
        return value

    def _entry(self, key: Hashable) -> Entry:
        """Find or make an entry, and mark it as used."""
        with self._lock:
            entry = self._entries.setdefault(key, self.entry_class(key))
            self._entries.move_to_end(key)
            while 0 < self._max_size < len(self._entries):
                self._entries.popitem(last=False)
            return entry

    def _discard(self, entry: Entry) -> None:
        with self._lock:
            if self._entries.get(entry.key) is entry:
                del self._entries[entry.key]

    def _end(self, index: int) -> Entry | None:
        with self._lock:
            entries = list(self._entries.values()) if self._max_size > 0 else []
        return entries[index] if entries else None


class WeakCache(Cache):
    """A cache that does not keep its values alive; they must be objects that weak references can point to."""

    entry_class = _WeakEntry


class FileCache(Cache):
    """The contents of files by their names, read again when the modification time differs.

    `mode` is as for `open`: text with "r", `bytes` with "rb". Errors are those of `open`.
    """

    def __init__(self, max_size: int = 0, mode: str = "rb") -> None:
        super().__init__(max_size)
        self.mode = mode

    def check(self, key: Any, name: Any, entry: Any) -> IO[Any] | None:
        mtime = os.stat(key).st_mtime_ns
        # A value that was assigned counts as the contents of the file as it is now.
        if entry.value is not NOT_INITIALIZED and entry.__dict__.setdefault("mtime", mtime) == mtime:
            return None
        opened = open(key, self.mode)  # noqa: SIM115 - build closes it
        entry.mtime = os.fstat(opened.fileno()).st_mtime_ns
        return opened

    def build(self, key: Any, name: Any, opened: Any, entry: Entry) -> Any:
        with opened:
            return opened.read()


class ModuleCache(FileCache):
    """Modules by the names of their files: executed again when the file changes, and never in `sys.modules`."""

    def build(self, key: Any, name: Any, opened: Any, entry: Entry) -> ModuleType:
        with opened:
            code = compile(opened.read(), key, "exec", dont_inherit=True)
        module = ModuleType(re.sub(r"\W", "_", os.path.splitext(os.path.basename(key))[0]))
        module.__file__ = os.fspath(key)
        exec(code, module.__dict__)
        return module


class HTTPEntity(NamedTuple):
    """What a URL gave: the body as `bytes`, and the response headers as an `email.message.Message`."""

    entity: bytes
    metadata: Any


class HTTPCache(Cache):
    """`HTTPEntity` objects by their http or https URLs, fetched again when they are stale.

    Fresh is what `Cache-Control: max-age` or else `Expires` says (RFC 9111, section 4.2); what is not fresh is asked
    for with its `ETag` and `Last-Modified`, and kept on a 304. Errors are those of `urllib.request`; a response has
    `HTTP_TIMEOUT` seconds to come.
    """

    def check(self, key: Any, name: Any, entry: Any) -> Any:
        known = entry.value
        if known is not NOT_INITIALIZED and time.time() < getattr(entry, "expires", 0.0):
            return None
        try:
            response = _open_url(key, {} if known is NOT_INITIALIZED else _conditions(known.metadata))
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 304 or known is NOT_INITIALIZED:
                    raise
                # A 304 may say anew how long the entity is fresh.
                entry.expires = time.time() + _lifetime(error.headers)
            return None
        entry.expires = time.time() + _lifetime(response.headers)
        return response

    def build(self, key: Any, name: Any, opened: Any, entry: Entry) -> HTTPEntity:
        with opened:
            return HTTPEntity(opened.read(), opened.headers)


def _open_url(url: str, headers: dict[str, str]) -> Any:
    """Open an http or https URL; the default opener would read local files as well."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener.open(urllib.request.Request(url, headers=headers), timeout=HTTP_TIMEOUT)


def _conditions(metadata: Any) -> dict[str, str]:
    fields = {"If-None-Match": metadata.get("ETag"), "If-Modified-Since": metadata.get("Last-Modified")}
    return {name: value for name, value in fields.items() if value}


def _lifetime(headers: Any) -> float:
    """For how many seconds a response is fresh; 0 when it does not say, or says nonsense."""
    directives = headers.get("Cache-Control", "").lower()
    if re.search(r"\bno-(cache|store)\b", directives):
        return 0.0
    max_age = re.search(r"\bmax-age\s*=\s*\"?(\d+)", directives)
    if max_age:
        age = headers.get("Age", "0")
        return float(max_age[1]) - (float(age) if age.isdecimal() else 0.0)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return email.utils.parsedate_to_datetime(headers.get("Expires")).timestamp() - time.time()
    return 0.0


class FunctionCache(Cache):
    """The results of a function by its arguments, which must be hashable; called like the function.

    The order of keyword arguments makes no difference. An exception is not remembered.
    """

    def __init__(self, function: Callable[..., Any], max_size: int = 0) -> None:
        super().__init__(max_size)
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self[args, kwargs]

    def key(self, name: Any) -> Hashable:
        args, kwargs = name
        return args, frozenset(kwargs.items())

    def build(self, key: Any, name: Any, opened: Any, entry: Entry) -> Any:
        args, kwargs = name
        return self.function(*args, **kwargs)
