"""The lock of the package, and RequestTimeout at the moment when it has been taken."""

from __future__ import annotations

import ctypes
import threading

import pytest

from mod_python.errors import RequestTimeout
from mod_python.threadlock import Lock, SafeLock


class _Interrupted(SafeLock):
    """Raises what the watchdog raises, as soon as the lock has been taken, for those who wait for it."""

    is_due = True

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        taken = super().acquire(blocking, timeout)
        if blocking and self.is_due:
            _interrupt(threading.get_ident())
        return taken


def _interrupt(thread: int | None) -> None:
    assert thread
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(RequestTimeout))


def _is_free(lock: Lock) -> bool:
    """Whether another thread can have it."""
    answers: list[bool] = []

    def look() -> None:
        taken = lock.acquire(blocking=False)
        answers.append(taken)
        if taken:
            lock.release()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return answers[0]


def test_it_is_free_after_an_interruption() -> None:
    lock = _Interrupted()
    with pytest.raises(RequestTimeout), lock:
        pass
    assert _is_free(lock)


def test_who_had_it_before_still_has_it() -> None:
    lock = _Interrupted()
    lock.is_due = False
    with lock:
        lock.is_due = True
        with pytest.raises(RequestTimeout), lock:
            pass
        assert not _is_free(lock)
    assert _is_free(lock)


@pytest.mark.parametrize("kind", [Lock, SafeLock])
def test_only_one_thread_has_it(kind: type[Lock]) -> None:
    lock = kind()
    with lock, lock:
        assert not _is_free(lock)
    assert _is_free(lock)


@pytest.mark.parametrize("kind", [Lock, SafeLock])
def test_a_thread_that_is_interrupted_while_it_waits_leaves_it_free(kind: type[Lock]) -> None:
    lock, begun = kind(), threading.Event()

    def waits() -> None:
        with pytest.raises(RequestTimeout):
            begun.set()
            with lock:
                sum(range(1000))

    thread = threading.Thread(target=waits)
    with lock:
        thread.start()
        begun.wait()
        _interrupt(thread.ident)
    thread.join()
    assert _is_free(lock)
