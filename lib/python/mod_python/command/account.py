"""The account that httpd's children run as, and what it may do."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mod_python.command.errors import CommandError, UsageError
from mod_python.confbasic import server_account

Account = pwd.struct_passwd


def account_for(name: str | None) -> Account | None:
    """Whom the children of a server that this process starts become.

    Args:
        name: of the account wanted; None: the usual one for web servers.

    Returns:
        None when they stay who we are, since only root can become another user.

    Raises UsageError for a name that does not exist, and for any name unless we are root; CommandError when we are
    root, and there is no usual account.
    """
    is_root = os.geteuid() == 0
    if name is None:
        account = server_account() if is_root else None
        if is_root and account is None:
            raise CommandError("root has to name the account that requests are served by: --user NAME")
        return account
    if not is_root:
        raise UsageError(f"only root can run a server as another user, so --user {name} has to go, or root to come")
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise UsageError(f"there is no user {name!r}") from None


def run_as(account: Account | None, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a program as `account` (None: as we are), without its groups beyond the first, and with its output caught."""
    identity = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **identity)  # type: ignore[call-overload, no-any-return]


def can_read(account: Account | None, path: Path) -> bool:
    """Whether `account` may read a file or list a directory and enter it."""
    if account is None:
        return os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK)
    ways: list[str | Path] = ["-r", path, "-a", "-x", path] if path.is_dir() else ["-r", path]
    return run_as(account, ["test", *ways]).returncode == 0


def closed_directory(account: Account, path: Path) -> Path | None:
    """The outermost directory on the way to `path` that `account` may not enter; None: there is none."""
    outermost_first = [*reversed(path.parents), *([path] if path.is_dir() else [])]
    return next((each for each in outermost_first if run_as(account, ["test", "-x", each]).returncode), None)
