"""Runs old CGI scripts, unchanged, inside the server: `PythonHandler mod_python.cgihandler`.

One script at a time runs in one process, so this is a bridge for migration rather than a place to stay.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePath
from types import ModuleType
from typing import Any, Final

from mod_python import interpreter, paths
from mod_python.cgienv import CGIError, restore_nocgi, setup_cgi
from mod_python.constants import HTTP_INTERNAL_SERVER_ERROR, HTTP_NOT_FOUND, HTTP_SERVICE_UNAVAILABLE, OK
from mod_python.options import switched_on
from mod_python.sessions import locks
from mod_python.threadlock import Lock

__all__ = ["handler"]

RELOAD: Final = "mod_python.cgihandler.reload"
SUFFIXES: Final = ("", ".py", ".cgi")

# os.environ and the standard streams belong to the interpreter: one script at a time. Re-entrant, because an output
# filter may include another script in a script's page.
_lock = Lock()

# Seconds that a script waits for one in another interpreter: the working directory belongs to the whole process.
PATIENCE: Final = 300

# Modules whose functions have os.environ as a default argument: imported anew by each script that wants them.
_BOUND_TO_ENVIRON: Final = ("cgi",)

_INSTALLED: Final = frozenset(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_PACKAGES: Final = frozenset(("site-packages", "dist-packages"))


def handler(req: Any) -> int:
    """Run the script that the request is mapped to, as `__main__`, in its own directory.

    Returns `OK`, 404 when there is no such script, 503 when another interpreter's script does not end, or 500 with the
    reason in the log: nothing printed, no valid CGI header, or an exit code other than 0. The script's exceptions are
    passed on, unless it set `sys.excepthook` (as cgitb does). Modules it imported from its own directory, or from
    directories it added to `sys.path`, are forgotten afterwards, so that edits count;
    `PythonOption mod_python.cgihandler.reload Off` keeps them.
    """
    script = _find_script(req)
    if script is None:
        return HTTP_NOT_FOUND
    status: int = interpreter.run_uninterruptible(_in_turn, (req, script))
    return status


def _in_turn(work: tuple[Any, str]) -> int:
    with _lock:
        return _take_turn(*work)


def _take_turn(req: Any, script: str) -> int:
    # A session that the request holds may be under the same mutex of httpd's: `hold` waits only for other requests.
    hold = locks.hold(req, locks.server_locks(req.server), f"cgi-{os.getpid()}", PATIENCE)
    if hold is None:
        req.log_error(f"MP0311: another interpreter has been running a CGI script for {PATIENCE} seconds ({script})")
        return HTTP_SERVICE_UNAVAILABLE
    try:
        return _serve(req, script)
    finally:
        hold.release()


def _find_script(req: Any) -> str | None:
    # A subrequest starts with a copy of its parent's variables: there, SCRIPT_FILENAME is the parent's.
    override = None if req.main else req.subprocess_env.get("SCRIPT_FILENAME")
    script = override or req.filename
    if not script or not _is_script(script):
        return None
    if not _lies_in(script, [os.path.dirname(script)]):
        req.log_error(f"MP0301: not run, since it is a link out of its directory: {script}")
        return None
    return str(script)


def _is_script(path: str) -> bool:
    name = os.path.basename(path)
    return not name.startswith(".") and os.path.splitext(name)[1] in SUFFIXES and os.path.isfile(path)


def _lies_in(path: str, directories: Iterable[str]) -> bool:
    real = PurePath(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(directory)) for directory in directories)


def _serve(req: Any, script: str) -> int:
    try:
        _run_with_streams(req, script)
    except CGIError as problem:
        req.log_error(f"{problem} ({script})")
        return HTTP_INTERNAL_SERVER_ERROR
    return OK


def _run_with_streams(req: Any, script: str) -> None:
    saved = setup_cgi(req)
    stdout: Any = sys.stdout
    try:
        _run(req, script)
    except BaseException:
        stdout.abandon()
        raise
    finally:
        printed = restore_nocgi(*saved)
    if not printed:
        raise CGIError("MP0308: the CGI script printed nothing")


def _run(req: Any, script: str) -> None:
    main = ModuleType("__main__")
    main.__dict__.update(__file__=script, __builtins__=builtins)
    excepthook = sys.excepthook
    with _process(script, main), _modules(script, switched_on(req, RELOAD, default=True)):
        try:
            _execute(script, main)
        except Exception as error:
            if sys.excepthook is excepthook or isinstance(error, CGIError):
                raise
            sys.excepthook(type(error), error, error.__traceback__)
            reason = traceback.format_exception_only(error)[-1].strip()
            req.log_error(f"MP0309: the CGI script's own sys.excepthook answered for {reason} ({script})")


def _execute(script: str, main: ModuleType) -> None:
    with io.open_code(script) as file:
        code = compile(file.read(), script, "exec", dont_inherit=True)
    try:
        interpreter.run_interruptible(partial(exec, code), main.__dict__)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise CGIError(f"MP0307: the CGI script ended with exit code {end.code!r}") from None


@contextlib.contextmanager
def _process(script: str, main: ModuleType) -> Iterator[None]:
    """Lend the script the process-wide things that Python sets for a program, and its working directory."""
    directory, path, excepthook, stderr = os.getcwd(), sys.path, sys.excepthook, sys.stderr
    applied = paths.applied
    server_main, server_path = sys.modules["__main__"], list(path)
    os.chdir(os.path.dirname(script))
    try:
        sys.modules["__main__"], sys.argv = main, [script]
        path.insert(0, os.path.dirname(script))
        yield
    finally:
        sys.modules["__main__"], sys.excepthook, sys.stderr = server_main, excepthook, stderr
        sys.path, path[:] = path, server_path
        paths.resume(applied)
        os.chdir(directory)


@contextlib.contextmanager
def _modules(script: str, reload: bool) -> Iterator[None]:
    """Forget, afterwards, the modules that came with the script."""
    outside = {name: sys.modules.pop(name) for name in _BOUND_TO_ENVIRON if name in sys.modules}
    before, path = set(sys.modules), set(sys.path)
    try:
        yield
    finally:
        own = [os.path.dirname(script), *(entry for entry in sys.path if isinstance(entry, str) and entry not in path)]
        for name, module in list(sys.modules.items()):
            if name in _BOUND_TO_ENVIRON or (reload and name not in before and _came_from(module, own)):
                del sys.modules[name]
        sys.modules.update(outside)


def _came_from(module: object, directories: list[str]) -> bool:
    place = _place(module)
    return place is not None and not _is_installed(place) and _lies_in(place, directories)


def _place(module: object) -> str | None:
    """The file of a module, the first directory of a namespace package, or None for what has neither."""
    attributes = module.__dict__ if isinstance(module, ModuleType) else {}
    return attributes.get("__file__") or next(iter(attributes.get("__path__", ())), None)


def _is_installed(path: str) -> bool:
    return not _PACKAGES.isdisjoint(PurePath(path).parts) or _lies_in(path, _INSTALLED)
