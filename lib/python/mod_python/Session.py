"""Sessions: data kept on the server from one request of a browser to its next, found by the id in a cookie.

`Session(req)` is the class that `PythonOption mod_python.session.session_type` names.
"""

from __future__ import annotations

import dbm
import importlib
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar, TypeVar

from mod_python import Cookie, interpreter
from mod_python.constants import (
    AP_MPMQ_IS_FORKED,
    AP_MPMQ_IS_THREADED,
    AP_MPMQ_MAX_DAEMONS,
    APLOG_DEBUG,
    APLOG_ERR,
    APLOG_WARNING,
    HTTP_SERVICE_UNAVAILABLE,
)
from mod_python.errors import SERVER_RETURN
from mod_python.sessions import locks, private, redis
from mod_python.sessions.cookies import COOKIE_NAME, Secret, SessionCookie
from mod_python.sessions.damage import SetAside
from mod_python.sessions.dbm import dbm_store
from mod_python.sessions.file import FileStore
from mod_python.sessions.ids import is_sid, new_sid, shown
from mod_python.sessions.memory import MemoryStore
from mod_python.sessions.options import Options
from mod_python.sessions.record import DEFAULT_SERIALIZER, SERIALIZERS, CorruptRecord, Record
from mod_python.sessions.sqlite import SqliteStore
from mod_python.sessions.store import Store
from mod_python.sessions.sweep import Policy

__all__ = [
    "CLEANUP_CHANCE",
    "COOKIE_NAME",
    "DFT_CLEANUP_TIME_LIMIT",
    "DFT_FAST_CLEANUP",
    "DFT_GRACE_PERIOD",
    "DFT_LOCK_TIMEOUT",
    "DFT_TIMEOUT",
    "DFT_VERIFY_CLEANUP",
    "BaseSession",
    "DbmSession",
    "FileSession",
    "MemorySession",
    "RedisSession",
    "Session",
    "SqliteSession",
    "Store",
    "StoredSession",
    "tempdir",
]

# Applications may assign to these; times are in seconds.
DFT_TIMEOUT = 1800  # after which a session that is not saved ends
DFT_LOCK_TIMEOUT = 30  # how long a request waits for another one's session
CLEANUP_CHANCE = 1000  # one session in so many cleans up; 0 leaves it to the application
DFT_FAST_CLEANUP = True  # of `FileSession`: files used lately are not looked into
DFT_VERIFY_CLEANUP = True  # of `FileSession`: the other files are read before they go
DFT_GRACE_PERIOD = 240  # of `FileSession`: lately is the timeout of a session and so much more
DFT_CLEANUP_TIME_LIMIT = 2  # of `FileSession`: after which a cleanup is left to the next one
tempdir = tempfile.gettempdir()  # where sessions are kept by default

_ID = str | int | None
_Secrets = Secret | Iterable[Secret] | None
_Result = TypeVar("_Result")


class BaseSession(dict[Any, Any]):
    """A dictionary that outlives the request, without a place to keep it; subclasses add the four `do_` methods.

    Arguments: `req`; `sid`, an id to resume instead of the cookie's; `secret`, one or several (the first signs the
    cookie, all verify it); `lock`, false for reading without keeping other requests waiting; `timeout` of a new
    session in seconds. An id that is not stored is never adopted. Errors: `ValueError` for a malformed `sid` or
    option, `SERVER_RETURN(503)` when another request keeps the lock too long, and whatever the store raises.

    Source: the session chapter of the manual; decisions A5, A21 and A28.
    """

    def __init__(self, req: Any, sid: _ID = None, secret: _Secrets = None, lock: int = 1, timeout: float = 0) -> None:
        super().__init__()
        if sid and not is_sid(sid):
            raise ValueError("MP0289: a session id is 32 lower-case hex digits")
        self._req = req
        self._options = Options(req.get_options())
        self._cookie = SessionCookie(req, self._options, secret)
        self._lock = lock
        self._locked = self._invalid = 0
        self._new = 1
        self._created = self._accessed = time.time()
        self._timeout = timeout or DFT_TIMEOUT
        found, renew = (sid, False) if is_sid(sid) else self._cookie.find()
        self._sid = found or ""
        self.init_lock()
        if not (found and self._resume(renew)):
            self._move(new_sid())
        self._accessed = time.time()
        if CLEANUP_CHANCE and not random.randrange(CLEANUP_CHANCE):
            self.cleanup()

    def _resume(self, renew_cookie: bool) -> bool:
        """Takes up the stored session of this id, if there is one."""
        self.lock()
        if not self.load():
            return False
        self._new = 0
        if renew_cookie:
            self._send(self.make_cookie())
        return True

    def _move(self, sid: str) -> None:
        """Changes the id: lock, attribute and cookie."""
        self.unlock()
        self._sid = sid
        self.lock()
        self._send(self.make_cookie())

    def _send(self, cookie: Cookie.Cookie) -> None:
        """Adds the cookie to the response, be it a redirect or an error: the id changes for those too."""
        Cookie.add_cookie(self._req, cookie, always=True)

    # -- What a program asks -----------------------------------------------------------------------------------

    def is_new(self) -> bool:
        """Whether the session began with this request."""
        return bool(self._new)

    def id(self) -> str:
        """The id, 32 hex digits. Whoever knows it has the session."""
        return self._sid

    def created(self) -> float:
        """When the session began, epoch seconds."""
        return self._created

    def last_accessed(self) -> float:
        """When it was last used, epoch seconds: by this request, then."""
        return self._accessed

    def timeout(self) -> float:
        """Seconds without a `save()` after which the session ends."""
        return self._timeout

    def set_timeout(self, secs: float) -> None:
        """Changes `timeout()`; takes effect when saved. `ValueError` for infinity and not-a-number."""
        if not math.isfinite(secs):
            raise ValueError("MP0290: a session timeout is a finite number of seconds")
        self._timeout = secs

    # -- What a program does -----------------------------------------------------------------------------------

    def load(self) -> int:
        """Reads the stored data into the dictionary; 0 when there is none, or it expired or can't be read."""
        record = self._stored()
        if record is None:
            return 0
        if time.time() - record["_accessed"] > record["_timeout"]:
            self.do_delete()
            return 0
        self._created, self._accessed, self._timeout = record["_created"], record["_accessed"], record["_timeout"]
        self.update(record["_data"])
        return 1

    def _stored(self) -> Record | None:
        """The record; one that can't be read is logged and deleted, so it is logged once."""
        try:
            return self.do_load()
        except CorruptRecord as error:
            message = f"MP0280: the stored session {shown(self._sid)} can't be read and is discarded: {error}"
            self._req.log_error(message, APLOG_WARNING)
            self.do_delete()
            return None

    def save(self) -> None:
        """Stores the data and renews the session. Does nothing after `invalidate()`; a failing store raises."""
        if not self._invalid:
            self.do_save(
                {
                    "_data": self.copy(),
                    "_created": self._created,
                    "_accessed": self._accessed,
                    "_timeout": self._timeout,
                }
            )

    def delete(self) -> None:
        """Removes the stored data and empties the dictionary. The browser keeps its cookie."""
        self.do_delete()
        self.clear()

    def invalidate(self) -> None:
        """Ends the session: data, cookie, and any later `save()` of this object."""
        cookie = self.make_cookie()
        cookie.expires = 0
        self._send(cookie)
        self.delete()
        self._invalid = 1

    def regenerate(self) -> str:
        """Gives the session a new id, saves it and returns the id; the old one is void at once.

        Call it when a user logs in or gains rights, so that an id planted in the browser before is worth nothing.
        Does nothing after `invalidate()`.
        """
        if not self._invalid:
            interpreter.run_uninterruptible(BaseSession._regenerate, self)
        return self._sid

    def _regenerate(self) -> None:
        old, sid = self._sid, new_sid()
        self._sid = sid
        try:
            self.save()
        finally:
            self._sid = old
        self.do_delete()
        self._move(sid)

    def cleanup(self) -> None:
        """Has expired sessions removed from the store; happens by itself once in `CLEANUP_CHANCE` sessions."""
        self.do_cleanup()

    def make_cookie(self) -> Cookie.Cookie:
        """The cookie for the current id, which the browser drops when it is closed."""
        return self._cookie.make(self._sid)

    # -- Locking -----------------------------------------------------------------------------------------------

    def init_lock(self) -> None:
        """For subclasses that lock in their own way; called before the first `lock()`."""

    def lock(self) -> None:
        """Waits until no other request has this session, then keeps it to the end of this request or `unlock()`.

        Does nothing with `lock=0`, or when locked already. Raises `SERVER_RETURN(503)` after
        `PythonOption mod_python.session.lock_timeout` seconds.
        """
        if self._lock and not self._locked:
            interpreter.run_uninterruptible(BaseSession._take_lock, self)

    def _take_lock(self) -> None:
        limit = self._options.number("mod_python.session.lock_timeout", DFT_LOCK_TIMEOUT)
        hold = locks.hold(self._req, self._locks(), self._sid, limit)
        if hold is None:
            message = f"MP0281: another request has kept session {shown(self._sid)} locked for {limit:g} seconds"
            self._req.log_error(message, APLOG_WARNING)
            raise SERVER_RETURN(HTTP_SERVICE_UNAVAILABLE)
        self._hold = hold
        self._locked = 1
        self._req.register_cleanup(locks.Hold.release, hold)

    def unlock(self) -> None:
        """Lets the next request have the session now."""
        if self._locked:
            interpreter.run_uninterruptible(locks.Hold.release, self._hold)
            self._locked = 0

    def _locks(self) -> locks.Locks:
        return locks.server_locks(self._req.server)

    # -- For subclasses ----------------------------------------------------------------------------------------

    def do_load(self) -> Record | None:
        """The record stored under `self._sid`, `None` if there is none; `CorruptRecord` if it can't be read."""
        raise NotImplementedError

    def do_save(self, record: Record) -> None:
        """Stores `record` under `self._sid`."""
        raise NotImplementedError

    def do_delete(self) -> None:
        """Removes the record of `self._sid`, if there is one."""
        raise NotImplementedError

    def do_cleanup(self) -> None:
        """Removes expired records, best after the request (`req.register_cleanup`); nothing by default."""


class StoredSession(BaseSession):
    """A session in any `Store`; the arguments are those of `BaseSession`."""

    def __init__(  # noqa: PLR0913, PLR0917 - the documented arguments
        self,
        req: Any,
        store: Store,
        sid: _ID = 0,
        secret: _Secrets = None,
        timeout: float = 0,
        lock: int = 1,
    ) -> None:
        self._store = store
        super().__init__(req, sid=sid, secret=secret, timeout=timeout, lock=lock)

    def do_load(self) -> Record | None:
        return self._done(partial(self._store.load, self._sid))

    def do_save(self, record: Record) -> None:
        self._done(partial(self._store.save, self._sid, record))

    def do_delete(self) -> None:
        self._done(partial(self._store.delete, self._sid))

    def _done(self, operation: Callable[[], _Result]) -> _Result:
        """Runs an operation of the store, which must not be left half-way."""
        result: _Result = interpreter.run_uninterruptible(self._tried, operation)
        return result

    def _tried(self, operation: Callable[[], _Result]) -> _Result:
        """Once more when the operation has set a damaged database aside."""
        try:
            return operation()
        except SetAside as error:
            self._req.log_error(str(error), APLOG_ERR)
            return operation()

    def do_cleanup(self) -> None:
        self._req.register_cleanup(_expire, (self._store, self._timeout, self._req.server))


def _expire(job: tuple[Store, float, Any]) -> None:
    """The cleanup of a store, after the request; its failure is the server's business, not the page's."""
    store, timeout, server = job
    try:
        removed = store.expire(time.time(), timeout)
    except Exception as error:
        server.log_error(f"MP0282: the cleanup of expired sessions failed: {error!r}", APLOG_ERR)
    else:
        server.log_error(f"MP0283: {removed} expired sessions were removed", APLOG_DEBUG)


class MemorySession(StoredSession):
    """A session in the memory of this process: for a server of one process whose pages share one interpreter.

    `PythonOption mod_python.memory_session.max_sessions` (100000) bounds their number; the stalest go first.
    """

    sdict: ClassVar[dict[str, Record]] = {}

    def __init__(self, req: Any, sid: _ID = 0, secret: _Secrets = None, timeout: float = 0, lock: int = 1) -> None:
        limit = Options(req.get_options()).number("mod_python.memory_session.max_sessions", 100_000)
        super().__init__(req, MemoryStore(self.sdict, int(limit)), sid, secret, timeout, lock)


class DbmSession(StoredSession):
    """A session in a dbm file: argument `dbm`, else option `mod_python.dbm_session.database_filename`, else
    `mp_sess.dbm` in the session directory. `dbmtype` is a module with `open(file, "c", mode)`. By default the file is
    an SQLite database: what older kinds of dbm hold may be lost when a process is killed, or the disk is full.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the documented arguments
        self,
        req: Any,
        dbm: str | None = None,
        sid: _ID = 0,
        secret: _Secrets = None,
        dbmtype: Any = dbm,
        timeout: float = 0,
        lock: int = 1,
    ) -> None:
        options = Options(req.get_options())
        path = private.state_file(dbm) if dbm else _database(options, "dbm", "mp_sess.dbm")
        make = partial(dbm_store, path, serializer=_serializer(options))
        super().__init__(req, interpreter.run_uninterruptible(make, dbmtype), sid, secret, timeout, lock)


class SqliteSession(StoredSession):
    """A session in an SQLite file: option `mod_python.sqlite_session.database_filename`, else `mp_sess.sqlite` in the
    session directory.
    """

    def __init__(self, req: Any, sid: _ID = 0, secret: _Secrets = None, timeout: float = 0, lock: int = 1) -> None:
        options = Options(req.get_options())
        store = SqliteStore(_database(options, "sqlite", "mp_sess.sqlite"), _serializer(options))
        super().__init__(req, store, sid, secret, timeout, lock)


class FileSession(StoredSession):
    """A session in a file of its own, in the directory `mp_sess` of the session directory.

    `fast_cleanup` and `verify_cleanup` overrule the options of `mod_python.file_session`; see `sessions.sweep.Policy`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the documented arguments
        self,
        req: Any,
        sid: _ID = 0,
        secret: _Secrets = None,
        timeout: float = 0,
        lock: int = 1,
        fast_cleanup: int = -1,
        verify_cleanup: int = -1,
    ) -> None:
        options = Options(req.get_options())
        path = os.path.join(_directory(options, "file"), "mp_sess")
        directory = interpreter.run_uninterruptible(private.owned_directory, path)
        store = FileStore(directory, _serializer(options), _policy(options, fast_cleanup, verify_cleanup))
        super().__init__(req, store, sid, secret, timeout, lock)


def _policy(options: Options, fast: int, verify: int) -> Policy:
    key = "mod_python.file_session."
    return Policy(
        fast=options.flag(key + "enable_fast_cleanup", DFT_FAST_CLEANUP) if fast == -1 else bool(fast),
        verify=options.flag(key + "verify_session_timeout", DFT_VERIFY_CLEANUP) if verify == -1 else bool(verify),
        grace=options.number(key + "cleanup_grace_period", DFT_GRACE_PERIOD),
        limit=options.number(key + "cleanup_time_limit", DFT_CLEANUP_TIME_LIMIT),
    )


class RedisSession(StoredSession):
    """A session in a Redis server, common to all httpd servers that use it; needs the package `redis`.

    Options of `mod_python.redis_session`: `url` (redis://127.0.0.1:6379/0), `prefix` of the keys (mp_sess:), `timeout`
    of an answer (5 s), and `lock_lease` (120 s), after which the lock of a server that died is free again.
    """

    def __init__(self, req: Any, sid: _ID = 0, secret: _Secrets = None, timeout: float = 0, lock: int = 1) -> None:
        options = Options(req.get_options())
        key = "mod_python.redis_session."
        url = options.text(key + "url") or "redis://127.0.0.1:6379/0"
        client = redis.client(url, options.number(key + "timeout", 5) or None)
        prefix = options.text(key + "prefix") or "mp_sess:"
        self._redis_locks = redis.RedisLocks(client, prefix, options.number(key + "lock_lease", 120))
        store = redis.RedisStore(client, prefix, _serializer(options))
        super().__init__(req, store, sid, secret, timeout, lock)

    def _locks(self) -> locks.Locks:
        return self._redis_locks


def _directory(options: Options, kind: str) -> str:
    keys = (f"mod_python.{kind}_session.database_directory", "mod_python.session.database_directory")
    state_directory = partial(private.state_directory, tempdir=tempdir)
    directory: str = interpreter.run_uninterruptible(state_directory, options.text(*keys))
    return directory


def _database(options: Options, kind: str, name: str) -> str:
    path = options.text(f"mod_python.{kind}_session.database_filename")
    return private.state_file(path) if path else os.path.join(_directory(options, kind), name)


def _serializer(options: Options) -> str:
    return options.choice("mod_python.session.serializer", SERIALIZERS) or DEFAULT_SERIALIZER


_TYPES = {cls.__name__: cls for cls in (FileSession, DbmSession, MemorySession, SqliteSession, RedisSession)}


def Session(  # noqa: N802 - the documented name
    req: Any, sid: _ID = 0, secret: _Secrets = None, timeout: float = 0, lock: int = 1
) -> StoredSession:
    """A session of the class that the option `mod_python.session.session_type` names.

    Without the option it is a `MemorySession` in a server of one threaded process, else a `DbmSession`. The arguments
    are those of `BaseSession`. Raises `ValueError` for another name.
    """
    name = Options(req.get_options()).choice("mod_python.session.session_type", _TYPES) or _default_type()
    return _TYPES[name](req, sid=sid, secret=secret, timeout=timeout, lock=lock)


def _default_type() -> str:
    query = importlib.import_module("mod_python.apache").mpm_query
    one_process = not query(AP_MPMQ_IS_FORKED) or query(AP_MPMQ_MAX_DAEMONS) == 1
    return "MemorySession" if query(AP_MPMQ_IS_THREADED) and one_process else "DbmSession"
