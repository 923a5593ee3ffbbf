"""What is configured where a request is: read once, if it is the same for many requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mod_python import interpreter
from mod_python.ffi import ffi, lib
from mod_python.fields import packed, text_or_none
from mod_python.hlist import Handler, read_handlers
from mod_python.text import decode


class Configuration:
    """The options of one merged configuration. `lasts` says that its address stands for it from now on."""

    __slots__ = ("_options", "autoreload", "debug", "derived", "handlers", "lasts", "options", "python_path", "runner")

    def __init__(self, address: int) -> None:
        config = ffi.cast("mp_config *", address)
        flags = lib.mp_config_flags(config)
        self.autoreload = bool(flags & lib.MP_AUTO_RELOAD)
        self.debug = bool(flags & lib.MP_DEBUG)
        self.runner = _runner(flags)
        self.python_path = text_or_none(lib.mp_config_path(config))
        texts = decode(packed(lib.mp_config_options, config)).split("\0")
        self.options = tuple(zip(texts[:-1:2], texts[1::2], strict=True))
        self._options = {name.lower(): value for name, value in self.options}
        self.lasts = bool(lib.mp_config_lasts(config))
        self.handlers = _HandlerLists()
        self.derived: dict[Any, Any] = {}
        """What others make of these options and keep here, each by a key of its own."""

    def option(self, name: str) -> str | None:
        """The value of a PythonOption, whose `name` is in lower case; None when it is not set."""
        return self._options.get(name)


class _HandlerLists(dict[int, tuple[Handler, ...]]):
    """The handlers of a configuration's C lists, by their address; 0: none."""

    def __missing__(self, address: int) -> tuple[Handler, ...]:
        handlers = self[address] = read_handlers(address)
        return handlers


class _Configurations(dict[int, Configuration]):
    """What is configured, by the address of its C structure; kept if that lasts."""

    def __missing__(self, address: int) -> Configuration:
        configuration = Configuration(address)
        if configuration.lasts:
            self[address] = configuration
        return configuration


configurations = _Configurations()


def _runner(flags: int) -> Callable[[Callable[[Any], Any], Any], Any] | None:
    """What calls functions of the site with their argument; None: a plain call will do."""
    if flags & lib.MP_ENABLE_PDB:
        from mod_python.debugger import run_in_debugger  # noqa: PLC0415 - pdb is slow to load, and rarely wanted

        return run_in_debugger
    return interpreter.run_interruptible if flags & lib.MP_INTERRUPTIBLE else None


def configuration_of(config: Any) -> Configuration:
    """The configuration behind an `mp_config *`."""
    return configurations[int(ffi.cast("uintptr_t", config))]
