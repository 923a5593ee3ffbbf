"""Users and their groups in an SQLite database; as a program, adds a user to it.

python3 users.py DATABASE NAME [GROUP ...]     (asks for the password)
"""

import getpass
import hashlib
import hmac
import os
import sqlite3
import sys
from contextlib import closing

TABLE = "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, salt BLOB, password BLOB, groups TEXT)"
NOBODY = (bytes(16), bytes(64), "")


def check_password(req, user, password):
    """Tell httpd whether this is the user's password; None when there is no such user."""
    found = _find(req, user)
    salt, known, _ = found or NOBODY  # so that an unknown user takes as long as a known one
    is_right = hmac.compare_digest(known, _hash(password, salt))
    return is_right if found else None


def in_group(req, *groups):
    """Tell httpd whether the user belongs to one of the groups that the Require line names."""
    found = req.user and _find(req, req.user)
    return bool(found) and not set(groups).isdisjoint(found[2].split())


def _find(req, name):
    database = req.get_options()["users.database"]
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT salt, password, groups FROM users WHERE name = ?", (name,)).fetchone()


def _hash(password, salt):
    return hashlib.scrypt(password.encode("utf-8", "surrogateescape"), salt=salt, n=16384, r=8, p=1)


def add(database, name, password, groups):
    """Add a user, or give an existing one a new password and new groups."""
    salt = os.urandom(16)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(TABLE)
        row = (name, salt, _hash(password, salt), " ".join(groups))
        connection.execute("REPLACE INTO users VALUES (?, ?, ?, ?)", row)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    add(sys.argv[1], sys.argv[2], password, sys.argv[3:])
