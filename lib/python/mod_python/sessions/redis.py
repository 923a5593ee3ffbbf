"""Sessions in a Redis server, shared by any number of httpd servers."""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import time
from collections.abc import Hashable
from typing import Any

from mod_python.sessions.locks import Release
from mod_python.sessions.record import Record, deadline, decode, encode


@functools.lru_cache(maxsize=32)
def client(url: str, timeout: float | None) -> Any:
    """A client for `url`, with a pool of connections that all requests of the process share.

    `timeout` (seconds) bounds connecting and each answer; `None` waits for ever. `ImportError` without the package.
    """
    try:
        redis = importlib.import_module("redis")
    except ImportError as error:
        raise ImportError("MP0287: RedisSession needs the package redis: pip install mod_python[redis]") from error
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)


class RedisStore:
    """Records under `prefix` + id. Redis itself removes them when they expire."""

    def __init__(self, client: Any, prefix: str, serializer: str) -> None:
        self._client = client
        self._prefix = prefix
        self._serializer = serializer

    def load(self, sid: str) -> Record | None:
        blob = self._client.get(self._prefix + sid)
        return None if blob is None else decode(blob, self._serializer)

    def save(self, sid: str, record: Record) -> None:
        lifetime = math.ceil((deadline(record) - time.time()) * 1000)
        if lifetime > 0:
            self._client.set(self._prefix + sid, encode(record, self._serializer), px=lifetime)
        else:
            self.delete(sid)

    def delete(self, sid: str) -> None:
        self._client.delete(self._prefix + sid)

    def expire(self, now: float, timeout: float) -> int:
        return 0


class RedisLocks:
    """One lock for each id, common to all servers; after `lease` seconds Redis takes it from a holder that died."""

    def __init__(self, client: Any, prefix: str, lease: float) -> None:
        self._client = client
        self._prefix = prefix
        self._lease = lease

    def slot(self, key: str) -> Hashable:
        return "redis", self._prefix, key

    def acquire(self, key: str, timeout: float) -> Release | None:
        lock = self._client.lock(f"{self._prefix}lock:{key}", timeout=self._lease, thread_local=False)
        return functools.partial(_release, lock) if lock.acquire(blocking_timeout=timeout) else None


def _release(lock: Any) -> None:
    """Gives the lock back, unless the lease ended first and it may be another's already."""
    errors = importlib.import_module("redis.exceptions")
    with contextlib.suppress(errors.LockError):
        lock.release()
