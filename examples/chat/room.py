"""A room: whoever is in it hears what the others say."""

import threading
from collections import deque

MOST_UNSENT = 100  # lines; a client that reads more slowly than others talk misses the oldest ones


class Outbox:
    """What is to be sent to one client, by a thread of its own: nobody waits for somebody else's slow network."""

    def __init__(self, write) -> None:
        self._write = write
        self._lines: deque[bytes] = deque(maxlen=MOST_UNSENT)
        self._changed = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def put(self, line: bytes) -> None:
        with self._changed:
            self._lines.append(line)
            self._changed.notify()

    def close(self) -> None:
        """Return once everything is sent, or cannot be."""
        with self._changed:
            self._is_open = False
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while data := self._next():
                self._write(data)
        except OSError:
            pass  # the client is gone; the thread that reads from it notices too

    def _next(self) -> bytes:
        """What there is to send, waiting for it; b"" when nothing more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or not self._is_open)
            data = b"".join(self._lines)
            self._lines.clear()
            return data


class Room:
    """The clients of this process, by their names."""

    def __init__(self) -> None:
        self._outboxes: dict[str, Outbox] = {}
        self._lock = threading.Lock()

    def enter(self, name: str, outbox: Outbox) -> list[str] | None:
        """Who else is here; None when somebody has that name already."""
        with self._lock:
            if name in self._outboxes:
                return None
            others = sorted(self._outboxes)
            self._outboxes[name] = outbox
            return others

    def leave(self, name: str) -> None:
        with self._lock:
            del self._outboxes[name]

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._outboxes)

    def tell(self, line: str, but: str) -> None:
        """Say it to everybody but one."""
        with self._lock:  # so that everybody hears everything in the same order
            for name, outbox in self._outboxes.items():
                if name != but:
                    outbox.put(line.encode() + b"\r\n")
