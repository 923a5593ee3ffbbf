"""A session as it is stored: one line that says when it ends, then its data as pickle or JSON.

The line lets a cleanup judge a record without loading its data, which could run code of any application.
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypedDict

_FORMAT: Final = "mod_python session 1"
_PICKLE_PROTOCOL: Final = 4  # read by every supported Python, so that servers of different age can share a store

DEFAULT_SERIALIZER: Final = "pickle"


class Record(TypedDict):
    """What `BaseSession.do_save` is given and `do_load` returns: times in epoch seconds, `_timeout` in seconds."""

    _data: dict[Any, Any]
    _created: float
    _accessed: float
    _timeout: float


class CorruptRecord(Exception):  # noqa: N818 - a state of the record, as its users read it
    """The stored bytes are not a session: cut off, foreign, or of a class that can't be loaded any more."""


def _dump_json(data: dict[Any, Any]) -> bytes:
    return json.dumps(data).encode("ascii")


def _dump_pickle(data: dict[Any, Any]) -> bytes:
    return pickle.dumps(data, _PICKLE_PROTOCOL)


_DUMP: Final[dict[str, Callable[[dict[Any, Any]], bytes]]] = {"pickle": _dump_pickle, "json": _dump_json}
_LOAD: Final[dict[str, Callable[[bytes], Any]]] = {"pickle": pickle.loads, "json": json.loads}

SERIALIZERS: Final = tuple(_DUMP)


def deadline(record: Record) -> float:
    """The moment the record expires, in epoch seconds."""
    return record["_accessed"] + record["_timeout"]


def encode(record: Record, serializer: str = DEFAULT_SERIALIZER) -> bytes:
    """The record as bytes. Data that the serializer can't hold raises what the serializer raises."""
    times = [record["_created"], record["_accessed"], record["_timeout"]]
    head = json.dumps([_FORMAT, serializer, *times], allow_nan=False)
    return head.encode("ascii") + b"\n" + _DUMP[serializer](record["_data"])


def decode(blob: bytes, serializer: str = DEFAULT_SERIALIZER) -> Record:
    """The record in `blob`, which must have been written with this very `serializer`, else `CorruptRecord`.

    So a site that chose JSON never unpickles what somebody slipped into its store.
    """
    head, _, payload = blob.partition(b"\n")
    used, created, accessed, timeout = _parse_head(head)
    if used != serializer:
        raise CorruptRecord(f"it was written as {used}, and mod_python.session.serializer is {serializer}")
    try:
        data = _LOAD[serializer](payload)
    except Exception as error:  # unpickling runs whatever code the classes of the application have
        raise CorruptRecord(f"{type(error).__name__}: {error}") from error
    if not isinstance(data, dict):
        raise CorruptRecord("it holds no dictionary")
    return {"_data": data, "_created": created, "_accessed": accessed, "_timeout": timeout}


def deadline_of(head: bytes) -> float:
    """The moment a stored record expires, read from its first line alone; `CorruptRecord` if that is none."""
    _, _, accessed, timeout = _parse_head(head.partition(b"\n")[0])
    return accessed + timeout


def _parse_head(head: bytes) -> tuple[str, float, float, float]:
    try:
        form, serializer, created, accessed, timeout = json.loads(head, parse_constant=_no_number)
        if form == _FORMAT and serializer in SERIALIZERS and all(map(_is_time, (created, accessed, timeout))):
            return serializer, created, accessed, timeout
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass
    raise CorruptRecord("its first line is not that of a session record")


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
