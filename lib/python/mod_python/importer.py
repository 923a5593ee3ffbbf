"""Finding and loading handler modules, and loading them again when their files change."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import itertools
import os
import sys
import threading
import zlib
from collections.abc import Iterable
from contextlib import nullcontext
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ClassVar, NamedTuple

from mod_python import interpreter, logs, namesakes
from mod_python.constants import APLOG_NOTICE, APLOG_WARNING
from mod_python.threadlock import Lock
from mod_python.tracebacks import explained, sites_part

Stamp = tuple[int, int] | None
"""Modification time in nanoseconds and size of a file; None: there is none."""

_OWN_PACKAGE = __name__.partition(".")[0] + "."


class _Loaded(NamedTuple):
    module: ModuleType
    file: str | None
    stamp: Stamp


_loaded: dict[tuple[str, str | None], _Loaded] = {}

_numbers = itertools.count(1)
loads = 0
"""Another number after each load, or try: while it stays the same, whatever was loaded is still the latest."""

_locks: dict[str, Lock] = {}
"""One for each name, so that it is known by the time another directory's handler asks for the same file."""

_thread = threading.local()
"""`loads`: whether this thread is loading a module."""


class _SourceLoader(importlib.machinery.SourceFileLoader):
    """Always compiles: a cached file would hide an edit made within the second of the last one."""

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)


def _stamp(file: str | None) -> Stamp:
    if file is None:
        return None
    try:
        status = os.stat(file)
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)


def import_module(module_name: str, autoreload: Any = 1, log: Any = 0, path: Iterable[str] | None = None) -> ModuleType:
    """The module called `module_name`, loaded on first use and again whenever its file has changed.

    Modules of the same name in different directories are different modules. Loading makes a new module object and
    replaces the old one when it has succeeded; while a changed file cannot be loaded, every call raises.

    Args:
        module_name: a dotted name, or the path of a file.
        autoreload: whether to look at the file's time and size.
        log: whether to say in the error log, at level notice, when a module is loaded.
        path: directories to search; None: `sys.path`.

    Raises:
        ImportError: there is no such module.
        Exception: whatever the module raises.

    Source: the manual of mod_python 3.5; decisions A13, A14, A15.
    """
    for directory in path or ():
        if os.sep in module_name or _file_in(module_name.partition(".")[0], directory):
            return _load(module_name, directory, autoreload, log)
    if path is not None and os.sep not in module_name:
        raise _missing(f"No module named {module_name!r}", path, module_name)
    return _load(module_name, None, autoreload, log)


def _is_missing_directory(place: object) -> bool:
    """Whether an entry of `sys.path` looks as if somebody had meant a directory that there is not."""
    is_directory = isinstance(place, str) and os.path.isabs(place) and not place.endswith(".zip")
    return is_directory and not os.path.exists(place)  # type: ignore[arg-type]


def _missing(what: str, places: Iterable[str], name: str) -> ModuleNotFoundError:
    """The error for a module that is in none of the places; what may be the reason stands behind it."""
    hints = [f"; {place} is not there" for place in places if _is_missing_directory(place)]
    module, _, rest = name.rpartition(".")
    if module in sys.modules and not hasattr(sys.modules[module], "__path__"):
        hints.append("; a module is named without the .py of its file" if rest == "py" else f"; write {module}::{rest}")
    return explained(ModuleNotFoundError(f"{what}, looking in {[*places]}{''.join(hints)}", name=name))


def current(module_name: str, directory: str | None, autoreload: bool) -> ModuleType | None:
    """What `import_handler` loaded for the same arguments, unless that is out of date; None: it has to be called."""
    loaded = _loaded.get((module_name, directory)) or _loaded.get((module_name, _home(module_name, directory)))
    return loaded.module if loaded and (not autoreload or _is_current(loaded)) else None


def _home(name: str, directory: str | None) -> str | None:
    """The directory to load from: the handler's, if it has such a file; None: search `sys.path`."""
    if directory is None or name.startswith(_OWN_PACKAGE):
        return None
    return directory if os.sep in name or _file_in(name.partition(".")[0], directory) else None


def import_handler(module_name: str, directory: str | None, autoreload: bool, log: bool) -> ModuleType:
    """As `import_module`, looking into the handler's `directory` first and then into `sys.path`."""
    return _load(module_name, _home(module_name, directory), autoreload, log)


def _load(name: str, directory: str | None, autoreload: Any, log: Any) -> ModuleType:
    loaded = _loaded.get((name, directory))
    if loaded and (not autoreload or _is_current(loaded)):
        return loaded.module
    module: ModuleType = interpreter.run_uninterruptible(_wait_and_load, (name, directory, autoreload, log))
    return module


def _wait_and_load(wanted: tuple[str, str | None, Any, Any]) -> ModuleType:
    """Waits for the thread that loads the same name, but not while loading: two threads could wait for each other.

    A load inside a load is left to Python's own import, which knows when modules import each other.
    """
    is_inner = getattr(_thread, "loads", False)
    with nullcontext() if is_inner else _locks.setdefault(wanted[0], Lock()):
        _thread.loads = True
        try:
            return _load_unless_current(*wanted)
        finally:
            _thread.loads = is_inner


def _load_unless_current(name: str, directory: str | None, autoreload: Any, log: Any) -> ModuleType:
    global loads  # noqa: PLW0603 - as the docstring says
    loaded = _loaded.get((name, directory))
    if loaded and (not autoreload or _is_current(loaded)):
        return loaded.module
    if log:
        verb = "reloading" if loaded else "loading"
        logs.log(APLOG_NOTICE, f"MP0120: {verb} {name}" + (f" from {directory}" if directory else ""))
    try:
        loaded = _load_now(name, directory, loaded)
    finally:
        loads = next(_numbers)
    if not _is_being_loaded(loaded.module):
        _loaded[name, directory] = loaded
        if loaded.file:
            for sentence in namesakes.sentences(loaded.module, loaded.file):
                logs.log(APLOG_WARNING, sentence)
    return loaded.module


def _is_being_loaded(module: ModuleType) -> bool:
    """Whether a module is not complete. It may still fail, so that only those who import in a circle may have it."""
    return bool(getattr(module.__spec__, "_initializing", False))


def _is_current(loaded: _Loaded) -> bool:
    return loaded.file is None or _stamp(loaded.file) == loaded.stamp


def _load_now(name: str, directory: str | None, before: _Loaded | None) -> _Loaded:
    if os.sep in name:
        return _load_file(_file_path(name, directory))
    if directory:
        return _load_from(name, directory)
    return _load_by_name(name, before)


# -- by path of a file ----------------------------------------------------------------------------------------


def _file_path(name: str, directory: str | None) -> str:
    return os.path.realpath(os.path.join(directory or os.sep, name))


def _load_file(file: str) -> _Loaded:
    stem = os.path.splitext(os.path.basename(file))[0]
    return _loaded_from(f"{stem}__{_digest(file)}", file, None)


# -- by name, in the handler's directory ----------------------------------------------------------------------


def _file_in(root: str, directory: str) -> str | None:
    """The file of the top-level module or package `root` in `directory`, if it is there."""
    for file in (os.path.join(directory, root, "__init__.py"), os.path.join(directory, root + ".py")):
        if os.path.isfile(file):
            return file
    return None


def _digest(text: str) -> str:
    return format(zlib.crc32(text.encode("utf-8", "surrogateescape")), "08x")


def _is_elsewhere(root: str, file: str) -> bool:
    """Whether another file already goes by the name `root`."""
    known = getattr(sys.modules.get(root), "__file__", None)
    return root in sys.modules and (known is None or os.path.realpath(known) != os.path.realpath(file))


def _load_from(name: str, directory: str) -> _Loaded:
    root, _, rest = name.partition(".")
    file = _file_in(root, directory)
    if file is None:
        raise _missing(f"No module named {root!r}", [directory], root)
    own = f"{root}__{_digest(directory)}" if _is_elsewhere(root, file) else root
    if not rest:
        return _loaded_from(own, file, _package_path(file))
    if own not in sys.modules:
        _execute(own, file, _package_path(file))
    return _load_by_name(f"{own}.{rest}", _loaded.get((name, directory)))


def _package_path(file: str) -> list[str] | None:
    return [os.path.dirname(file)] if os.path.basename(file) == "__init__.py" else None


def _loaded_from(name: str, file: str, package_path: list[str] | None) -> _Loaded:
    """The module `name` from `file`: the one that everybody has who loaded it before, unless the file has changed."""
    earlier = [loaded for loaded in list(_loaded.values()) if loaded.file == file and loaded.module.__name__ == name]
    up_to_date = next(filter(_is_current, earlier), None)
    if up_to_date is not None:
        return up_to_date
    known = sys.modules.get(name)
    if known is not None and (not earlier or _is_being_loaded(known)):  # other code has imported it, or is about to
        __import__(name)  # waits until it is complete, but not for a thread that waits for this one
        if (known := sys.modules.get(name)) is not None:
            return _Loaded(known, file, _stamp(file))
    return _execute(name, file, package_path)


class _Finder:
    """Leads Python's own import, which makes other threads wait until the module is complete, to the file wanted."""

    wanted: ClassVar[dict[str, ModuleSpec]] = {}

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return cls.wanted.get(fullname)


sys.meta_path.insert(0, _Finder)


def _execute(name: str, file: str, package_path: list[str] | None) -> _Loaded:
    """Loads `file` as a new module `name`; the old one, if any, is back in its place if that fails."""
    stamp = _stamp(file)
    loader = _SourceLoader(name, file)
    spec = importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=package_path)
    if spec is None or stamp is None:
        raise explained(ModuleNotFoundError(f"No file {file}", name=name))
    before = sys.modules.get(name)
    try:
        _Finder.wanted[name] = spec
        sys.modules.pop(name, None)
        return _Loaded(importlib.import_module(name), file, stamp)
    except BaseException:
        if before is not None:
            sys.modules.setdefault(name, before)
        raise
    finally:
        _Finder.wanted.pop(name, None)  # unless another thread, having waited for this one, has done so


# -- by name, in sys.path -------------------------------------------------------------------------------------


def _import(name: str) -> ModuleType:
    """Python's own import, which does not say where it has looked."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}.") or sites_part(error.__traceback__):
            raise  # of what it imports
        parent = sys.modules.get(error.name.rpartition(".")[0])
        raise _missing(str(error), getattr(parent, "__path__", sys.path), error.name) from None


def _load_by_name(name: str, before: _Loaded | None) -> _Loaded:
    known = sys.modules.get(name)
    if known is None or before is None:
        known = _import(name)
    file = _source_file(known)
    if file is None or name.startswith(_OWN_PACKAGE):
        return _Loaded(known, file, _stamp(file))
    return _loaded_from(name, file, list(known.__path__) if hasattr(known, "__path__") else None)


def _source_file(module: ModuleType) -> str | None:
    file = getattr(module, "__file__", None)
    return file if file and file.endswith(".py") else None


def module_mtime(module: ModuleType) -> float:
    """When the file of `module` was last changed, in seconds since the epoch; 0 when there is none."""
    stamp = _stamp(_source_file(module))
    return stamp[0] / 1e9 if stamp else 0
