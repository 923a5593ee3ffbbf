"""A connection handler: a key-value server that speaks enough of Redis' protocol for redis-cli.

A command is a line of words, or an array of strings as Redis' clients send it. The answers are Redis' too.
"""

import functools
import re

from store import Store

from mod_python import apache

LONGEST_LINE = 4096  # bytes; of a client that never sends a newline, no more is kept
LONGEST_VALUE = 1 << 20  # bytes
MOST_WORDS = 16


class CommandError(Exception):
    """What the client sent makes no sense; the connection goes on."""


class ProtocolError(Exception):
    """What the client sent cannot be followed any more; the connection ends."""


# -- the protocol -------------------------------------------------------------------------------------------


def read_line(conn):
    """A line without its end; None when the client has closed."""
    line = conn.readline(LONGEST_LINE)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise ProtocolError("too big inline request")
    return line.rstrip(b"\r\n")


def read_number(conn, sign, most):
    """The number of a line such as `*3` or `$5`."""
    line = read_line(conn) or b""
    if not re.fullmatch(re.escape(sign) + rb"\d{1,9}", line) or int(line[1:]) > most:
        raise ProtocolError(f"expected {sign.decode()} and a number up to {most}, got {line[:20]!r}")
    return int(line[1:])


def read_string(conn):
    missing = read_number(conn, b"$", LONGEST_VALUE) + len(b"\r\n")
    parts = []
    while missing:
        part = conn.read(missing)
        if part is None:
            raise ProtocolError("the client closed in the middle of a string")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)[:-2]


def read_command(conn):
    """The words of the next command; None when the client has closed."""
    line = read_line(conn)
    if line is None or not line.startswith(b"*"):
        return line if line is None else line.split()
    if not re.fullmatch(rb"\*\d{1,9}", line) or int(line[1:]) > MOST_WORDS:
        raise ProtocolError("invalid multibulk length")
    return [read_string(conn) for _ in range(int(line[1:]))]


def encode(answer):
    """An answer as Redis' protocol has it."""
    if isinstance(answer, int):
        return b":%d\r\n" % answer
    if isinstance(answer, str):
        return b"+%s\r\n" % answer.encode()
    if isinstance(answer, Exception):
        return b"-ERR %s\r\n" % str(answer).encode("utf-8", "backslashreplace")
    return b"$-1\r\n" if answer is None else b"$%d\r\n%s\r\n" % (len(answer), answer)


# -- the commands -------------------------------------------------------------------------------------------


def ping(store, text=None):
    return "PONG" if text is None else text


def set_value(store, key, value):
    store.set(key, value)
    return "OK"


def delete(store, *keys):
    return sum(store.delete(key) for key in keys)


def increment(store, key, amount=b"1"):
    old = store.get(key)
    if not all(re.fullmatch(rb"-?\d{1,18}", number) for number in (old or b"0", amount)):
        raise CommandError("value is not an integer or out of range")
    return store.add(key, int(amount))


COMMANDS = {
    b"PING": ping,
    b"ECHO": lambda store, text: text,
    b"GET": Store.get,
    b"SET": set_value,
    b"DEL": delete,
    b"INCR": functools.partial(increment, amount=b"1"),
    b"INCRBY": increment,
}


def run(store, words):
    name, *arguments = words
    command = COMMANDS.get(name.upper())
    if command is None:
        raise CommandError(f"unknown command {name[:40]!r}")
    try:
        return command(store, *arguments)
    except TypeError:
        raise CommandError(f"wrong number of arguments for {name.decode(errors='replace')!r}") from None


# -- the handler --------------------------------------------------------------------------------------------


@functools.cache
def open_store(path):
    return Store(path)


def connectionhandler(conn):
    store = open_store(conn.base_server.get_options()["keyvalue.database"])
    try:
        serve(conn, store)
    except ProtocolError as error:
        conn.write(encode(error))
    except OSError as error:  # the client went away, or said nothing for longer than Timeout
        conn.log_error(f"key-value client: {error}", apache.APLOG_DEBUG)
    return apache.OK


def serve(conn, store):
    while (words := read_command(conn)) is not None:
        if not words:
            continue
        if words[0].upper() == b"QUIT":
            conn.write(encode("OK"))
            return
        try:
            answer = run(store, words)
        except CommandError as error:
            answer = error
        conn.write(encode(answer))
