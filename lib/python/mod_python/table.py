"""`apache.table`: httpd's tables as case-insensitive mappings that keep order and duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from mod_python.ffi import NULL, ffi, lib
from mod_python.fields import packed
from mod_python.handle import ConnectionHandle, LockedHandle, RequestHandle, named
from mod_python.text import decode, encode, encode_header

_MISSING: Any = object()

# Programs ask for the same few keys again and again.
_plain_key = lru_cache(maxsize=1024)(partial(encode, what="key"))
_header_key = lru_cache(maxsize=1024)(partial(encode_header, what="key"))


def _whole(pointer: Any) -> Any:
    return pointer


class TableIterator:
    """An iterator over a table; `next()` is a method, too, as it was in Python 2."""

    __slots__ = ("_values",)

    def __init__(self, values: Iterator[Any]) -> None:
        self._values = values

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._values)

    next = __next__


@named("mp_table")
class Table:
    """A live view of one of httpd's tables, or a table of its own.

    Keys are case-insensitive ASCII; listings keep spelling, order and duplicates. Keys and values are `str`, decoded by
    decision T1; `bytes` are accepted wherever text is written. A view used after its request raises RuntimeError.
    Source: the manual of mod_python 3.5; decisions A16, A18, A19.

    Args:
        items: a mapping, another table, or an iterable of `(key, value)` pairs, to start with. What is neither text nor
            None is stored as its `str()`, here and in `update`.

    Raises:
        TypeError: a key or value is None; `items` is not iterable.
        ValueError: an item is not a pair; a key or value contains NUL (in header tables also CR or LF).
    """

    __slots__ = ("__weakref__", "_encode", "_field", "_handle", "_keys")
    __hash__ = None  # type: ignore[assignment]
    __reversed__ = None

    def __init__(self, items: Any = ()) -> None:
        pool = ffi.gc(lib.mp_pool_make(), lib.mp_pool_destroy)
        self._handle: Any = LockedHandle((lib.apr_table_make(pool, 8), pool), "table")
        self._field: Callable[[Any], Any] = itemgetter(0)
        self._encode: Callable[..., bytes] = encode
        self._keys: Callable[[str], bytes] = _plain_key
        self._fill(items)

    @classmethod
    def view(
        cls,
        handle: LockedHandle | RequestHandle | ConnectionHandle,
        field: Callable[[Any], Any] = _whole,
        *,
        header: bool = False,
    ) -> Table:
        """The table that `field` finds in the structure behind `handle`, looked up anew at every use."""
        table = cls.__new__(cls)
        table._handle = handle
        table._field = field
        table._encode, table._keys = (encode_header, _header_key) if header else (encode, _plain_key)
        return table

    @property
    def _c(self) -> Any:
        return self._field(self._handle.c)

    def _fill(self, items: Any) -> None:
        if isinstance(items, Table):
            for key, value in items.items():
                self.add(key, value)
        elif hasattr(items, "keys"):
            self.update(items)
        else:
            for item in items:
                key, value = _pair(item)
                self[_text(key)] = _text(value)

    def _key(self, key: Any) -> bytes:
        return self._keys(key) if type(key) is str else self._encode(key, "key")

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """`function(table, *arguments)`, alone: APR's tables have no locks."""
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            return function(self._field(handle.c), *arguments)

    # -- reading ----------------------------------------------------------------------------------------------

    def _find(self, key: Any) -> list[str]:
        raw = self._key(key)
        values = ffi.new("const char *[4]")
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            while (count := lib.mp_table_find(self._field(handle.c), raw, values, len(values))) > len(values):
                values = ffi.new("const char *[]", count)
            return [_value(values[i]) for i in range(count)]

    def __getitem__(self, key: Any) -> Any:
        """The value, or the list of values when the key has several. Raises KeyError when it has none."""
        values = self._find(key)
        if not values:
            raise KeyError(key)
        return values[0] if len(values) == 1 else values

    def get(self, key: Any, default: Any = None) -> Any:
        """The first value of `key`, or `default`."""
        raw = self._key(key)
        handle = self._handle
        with handle.lock:  # here and below: without another call, for what handlers do most
            if not handle.running:
                handle.check_use()
            value = lib.apr_table_get(self._field(handle.c), raw)
            return decode(ffi.string(value)) if value else default

    def __contains__(self, key: Any) -> bool:
        return bool(self._call(lib.mp_table_find, self._key(key), NULL, 0))

    def has_key(self, key: Any) -> bool:
        """The same as `key in table`."""
        return key in self

    def items(self) -> list[tuple[str, str]]:
        """All entries in order, duplicates included."""
        block = self._call(_pack)
        texts = iter(decode(block).split("\0") if block else ())
        return list(zip(texts, texts))  # noqa: B905 - the same iterator twice

    def keys(self) -> list[str]:
        """All keys in order, a key with several values several times."""
        return [key for key, _ in self.items()]

    def values(self) -> list[str]:
        """All values in order."""
        return [value for _, value in self.items()]

    def _iterator(self, pick: Callable[[tuple[str, str]], Any]) -> TableIterator:
        return TableIterator(self._watched(pick))

    def _watched(self, pick: Callable[[tuple[str, str]], Any]) -> Iterator[Any]:
        items = self.items()
        for item in items:
            if len(self) != len(items):
                raise RuntimeError("table changed size during iteration")
            yield pick(item)

    def iteritems(self) -> Iterator[tuple[str, str]]:
        """An iterator of `items()`; raises RuntimeError when the table's size changes meanwhile."""
        return self._iterator(lambda item: item)

    def iterkeys(self) -> Iterator[str]:
        """An iterator of `keys()`."""
        return self._iterator(lambda item: item[0])

    def itervalues(self) -> Iterator[str]:
        """An iterator of `values()`."""
        return self._iterator(lambda item: item[1])

    __iter__ = iterkeys

    def __len__(self) -> int:
        length: int = ffi.cast("apr_array_header_t *", self._c).nelts
        return length

    def _as_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in self.items():
            if key in result:
                before = result[key]
                result[key] = [*before, value] if isinstance(before, list) else [before, value]
            else:
                result[key] = value
        return result

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Table):
            return self._as_dict() == other._as_dict()
        if hasattr(other, "keys") and hasattr(other, "__getitem__"):
            return self._as_dict() == {key: other[key] for key in other.keys()}  # noqa: SIM118 - any mapping
        return NotImplemented

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key!r}: {value!r}" for key, value in self.items()) + "}"

    # -- writing ----------------------------------------------------------------------------------------------

    def __setitem__(self, key: Any, value: Any) -> None:
        """Replaces all entries of `key` by one, which keeps the first one's place and spelling."""
        raw, text = self._key(key), self._encode(value, "value")
        handle = self._handle
        with handle.lock:
            if not handle.running:
                handle.check_use()
            lib.apr_table_set(self._field(handle.c), raw, text)

    def __delitem__(self, key: Any) -> None:
        """Removes all entries of `key`; a missing key is no error."""
        self._call(lib.apr_table_unset, self._key(key))

    def add(self, key: Any, value: Any) -> None:
        """Appends an entry and keeps those of the same key."""
        self._call(lib.apr_table_add, self._key(key), self._encode(value, "value"))

    def setdefault(self, key: Any, default: Any = "") -> Any:
        """The first value of `key`; a missing key is set to `default` first."""
        if key not in self:
            self[key] = default
        return self.get(key)

    def update(self, mapping: Any) -> None:
        """Sets every key of `mapping`, an object with `keys()`, to its value, or the value's `str()`."""
        for key in mapping.keys():  # noqa: SIM118 - any mapping
            self[_text(key)] = _text(mapping[key])

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        """Removes `key` and returns what `table[key]` was; KeyError when it is missing and no default is given."""
        if key not in self:
            if default is _MISSING:
                raise KeyError(key)
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, str]:
        """Removes the first entry and returns it. Raises KeyError when the table is empty."""
        items = self.items()
        if not items:
            raise KeyError("popitem(): the table is empty")
        self.clear()
        for key, value in items[1:]:
            self._call(lib.apr_table_add, encode(key), encode(value))
        return items[0]

    def clear(self) -> None:
        """Removes everything."""
        self._call(lib.apr_table_clear)

    def copy(self) -> Table:
        """An independent table with the same entries, duplicates included."""
        return Table(self)

    __copy__ = copy


def _pack(table: Any) -> bytes:
    return packed(lib.mp_table_pack, table)


def _value(pointer: Any) -> Any:
    return None if pointer == NULL else decode(ffi.string(pointer))


def _text(value: Any) -> Any:
    """Text as it is, and None, which is refused later; the `str()` of anything else."""
    return value if value is None or isinstance(value, (str, bytes, bytearray, memoryview)) else str(value)


def _pair(item: Iterable[Any]) -> tuple[Any, Any]:
    pair = tuple(item)
    if len(pair) != 2:  # noqa: PLR2004
        raise ValueError(f"a table item must be a (key, value) pair, not {len(pair)} values")
    return pair[0], pair[1]
