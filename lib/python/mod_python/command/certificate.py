"""A certificate that a server signs itself: for trying HTTPS, since browsers warn of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from mod_python.command.errors import CommandError

_DAYS: Final = 365


def certificate_in(root: Path) -> Path:
    """The certificate of the server whose directory is `root`."""
    return root / "conf" / "server.crt"


def key_in(root: Path) -> Path:
    """The private key of the server whose directory is `root`."""
    return root / "conf" / "server.key"


def make_certificate(root: Path, host: str) -> None:
    """Make certificate and key for localhost and `host`, unless they are there; needs the program openssl.

    Raises CommandError when that is missing or fails.
    """
    if certificate_in(root).exists() and key_in(root).exists():
        return
    kind = "IP" if host.replace(".", "").isdigit() or ":" in host else "DNS"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-days", str(_DAYS), "-subj", "/CN=localhost"]
    command += [
        "-addext",
        f"subjectAltName=DNS:localhost,{kind}:{host}",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]
    command += ["-keyout", str(key_in(root)), "-out", str(certificate_in(root))]
    before = os.umask(0o077)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CommandError(f"--https-self-signed needs the program openssl: {error.strerror}") from error
    finally:
        os.umask(before)
    if done.returncode:
        raise CommandError(f"openssl made no certificate:\n{done.stderr.strip()}")
