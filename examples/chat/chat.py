"""A connection handler: a chat of lines. The first line is one's name; then each line goes to all the others."""

import re

from room import Outbox, Room

from mod_python import apache

LONGEST_LINE = 1000  # bytes; of a client that never sends a newline, no more is kept
ROOM = Room()


def connectionhandler(conn):
    outbox = Outbox(conn.write)
    try:
        visit(conn, outbox)
    except OSError as error:  # the client went away, or said nothing for longer than Timeout
        conn.log_error(f"chat client: {error}", apache.APLOG_DEBUG)
    finally:
        outbox.close()
    return apache.OK


def visit(conn, outbox):
    outbox.put(b"* your name?\r\n")
    name = choose_name(conn, outbox)
    if name is None:
        return
    ROOM.tell(f"* {name} joins", but=name)
    try:
        talk(conn, outbox, name)
    finally:
        ROOM.leave(name)
        ROOM.tell(f"* {name} leaves", but=name)


def choose_name(conn, outbox):
    """The name with which the client has entered; None when it has closed."""
    while (name := read_line(conn)) is not None:
        if not re.fullmatch(r"\w{1,20}", name):
            outbox.put(b"* a name has 1 to 20 letters, digits and underscores\r\n")
        elif (others := ROOM.enter(name, outbox)) is None:
            outbox.put(b"* somebody has that name\r\n")
        else:
            outbox.put(f"* hello {name}; here are {', '.join(others) or 'no others'}\r\n".encode())
            return name
    return None


def talk(conn, outbox, name):
    while (line := read_line(conn)) not in (None, "/quit"):
        if line == "/who":
            outbox.put(f"* here are {', '.join(ROOM.names())}\r\n".encode())
        elif line:
            ROOM.tell(f"<{name}> {line}", but=name)


def read_line(conn):
    """What the client says, in one line and without what could control a terminal; None when it has closed."""
    line = conn.readline(LONGEST_LINE)
    if not line:
        return None
    text = line.decode("utf-8", "replace").strip()
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
