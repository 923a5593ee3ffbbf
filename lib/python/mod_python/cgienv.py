"""The CGI environment, emulated: variables, and a process that looks like the one a CGI script would have.

All of it is process-wide, so callers of `setup_cgi` hold a lock until `restore_nocgi`; `cgihandler` does.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final, NamedTuple, TextIO

from mod_python.cgireply import CGIError
from mod_python.cgistreams import CGIStdin, CGIStdout, NullIO
from mod_python.options import switched_on

__all__ = ["CGIError", "CGIStdin", "CGIStdout", "NullIO", "build_cgi_env", "restore_nocgi", "setup_cgi"]

AUTHORIZATION: Final = "mod_python.cgi.authorization"


class _Saved(NamedTuple):
    argv: list[str]
    environ: dict[str, str]
    stdin: CGIStdin  # kept because it closes its buffer when it is collected, and scripts wrap the buffer anew
    stdout: CGIStdout


# os.environ while a script runs, a copy of the real one otherwise. Always the same object, since modules that are
# imported meanwhile and stay may have kept it.
_environ: Final[dict[str, str]] = {}

# More than one deep when a script's output includes another script's.
_running: Final[list[_Saved]] = []


def build_cgi_env(req: Any) -> Any:
    """Return the CGI variables of a request as a table of its own.

    Values are native strings as in PEP 3333: every character is one byte, as Latin-1. To httpd's variables come
    `SCRIPT_NAME` (the URI less `PATH_INFO`), `GATEWAY_INTERFACE` (`Python-CGI/1.1`), `REQUEST_URI` (as the client
    sent it, escaped, with the query) and, unless `PythonOption mod_python.cgi.authorization` is off,
    `HTTP_AUTHORIZATION`. Source: RFC 3875, section 4; decision T4.

    RFC 3875 advises against handing on credentials. They are on by default because the scripts this emulation is for
    were written for a handler that did, and one that checks passwords itself would refuse everybody without.
    """
    req.add_cgi_vars()
    env = req.subprocess_env.copy()
    for name, value in {**dict(env.items()), **_own_variables(req)}.items():
        env[name] = _native(value)
    return env


def _own_variables(req: Any) -> dict[str, str | None]:
    variables: dict[str, str | None] = {
        "SCRIPT_NAME": (req.uri or "").removesuffix(req.path_info or ""),
        "GATEWAY_INTERFACE": "Python-CGI/1.1",
        "REQUEST_URI": _first_request(req).unparsed_uri,
    }
    credentials = req.headers_in.get("Authorization")
    if credentials and switched_on(req, AUTHORIZATION, default=True):
        variables["HTTP_AUTHORIZATION"] = credentials
    return variables


def _first_request(req: Any) -> Any:
    """The one the client sent, before internal redirects and inclusions."""
    while (earlier := req.prev or req.main) is not None:
        req = earlier
    return req


def _native(text: str | None) -> str:
    return (text or "").encode("utf-8", "surrogateescape").decode("latin-1")


def setup_cgi(req: Any) -> tuple[Any, TextIO, TextIO]:
    """Make this process look like the one of a CGI script, and return what `restore_nocgi` wants.

    `os.environ` becomes a plain dictionary: the server's environment and the CGI variables. Nothing of it reaches
    the real environment, so programs started from here do not see it. `sys.stdin` and `sys.stdout` become the request
    body and the response, `sys.argv` empty.
    """
    server = _running[0].environ if _running else os.environ
    environ = {**server, **dict(build_cgi_env(req).items())}
    stdin, stdout = CGIStdin(req), CGIStdout(req)
    saved = os.environ, sys.stdin, sys.stdout
    _running.append(_Saved(sys.argv, dict(os.environ), stdin, stdout))
    _become(environ)
    os.environ = _environ  # type: ignore[assignment]  # noqa: B003 - replaced, not cleared
    sys.stdin, sys.stdout, sys.argv = stdin, stdout, []
    return saved


def restore_nocgi(env: Any, stdin: TextIO, stdout: TextIO) -> bool:
    """Undo the last `setup_cgi` with what it returned, and send what the script left in its buffers.

    Returns whether the script printed anything. Raises `RuntimeError` without a `setup_cgi`, `CGIError` (a
    `ValueError`) when something was printed that is no CGI response, and the errors of `req.write`; by then
    everything is back in its place.
    """
    if not _running:
        raise RuntimeError("restore_nocgi() without setup_cgi()")
    saved, last = _running.pop(), sys.stdout
    os.environ, sys.stdin, sys.stdout, sys.argv = env, stdin, stdout, saved.argv
    _become(saved.environ)
    return saved.stdout.finish(last)


def _become(environ: dict[str, str]) -> None:
    _environ.clear()
    _environ.update(environ)
