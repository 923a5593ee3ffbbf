"""Find the WSGI application that `PythonOption mod_python.wsgi.application` names.

The value is `module`, `module::name`, `module::dotted.name` or `module::factory()`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from mod_python.threadlock import Lock
from mod_python.tracebacks import sites_part
from mod_python.wsgi_settings import Settings
from mod_python.wsgi_types import Application, ConfigurationError

DEFAULT_NAME = "application"
FACTORY_MARK = "()"

_fixed: dict[tuple[str | None, str | None], Application] = {}  # applications of sites that do not reload
_building = Lock()


class Target(NamedTuple):
    """A parsed value of the option."""

    module: str
    name: str
    find: Callable[[Any], Any]
    is_factory: bool


@lru_cache(maxsize=256)
def parse(value: str) -> Target:
    """Take `module[::dotted.name[()]]` apart; raises ConfigurationError when it has another form."""
    module, _, given = value.partition("::")
    name = given.removesuffix(FACTORY_MARK) if given else DEFAULT_NAME
    is_module = module and (":" not in module or os.sep in module)
    if not is_module or not all(part.isidentifier() for part in name.split(".")):
        raise ConfigurationError(
            f"MP0201: PythonOption mod_python.wsgi.application is {value!r}, but must be a module name,"
            " optionally followed by '::' and a callable or a factory with '()'"
        )
    return Target(module, name, attrgetter(name), given.endswith(FACTORY_MARK))


def resolve(settings: Settings) -> Application:
    """Return the configured application, importing or reloading its module as PythonAutoReload says.

    The module is looked for in the directory of the handler's directive first, as handlers are (decision A14).

    Raises ConfigurationError when there is no such callable, and whatever importing the module or calling the
    factory raises. With PythonAutoReload Off the answer is kept for the life of the interpreter.
    """
    if settings.autoreload:
        return _load(settings)
    key = settings.application, settings.directory
    application = _fixed.get(key)
    if application is None:
        application = _fixed[key] = _load(settings)
    return application


def _load(settings: Settings) -> Application:
    target = parse(settings.application or "")
    module = _importer()(target.module, settings.directory, settings.autoreload, settings.debug)
    try:
        found = target.find(module)
    except AttributeError as error:
        if sites_part(error.__traceback__):
            raise  # of a property
        hint = f"; another name is written as {target.module}::name" if target.name == DEFAULT_NAME else ""
        raise ConfigurationError(
            f"MP0202: module {target.module} has no WSGI application {target.name!r}{hint}"
        ) from None
    if target.is_factory and callable(found):
        found = _built(module, target, found)
    if not callable(found):
        raise ConfigurationError(
            f"MP0203: {target.module}::{target.name} is no WSGI application:"
            f" an object of type {type(found).__name__} cannot be called"
        )
    return found  # type: ignore[no-any-return]


@cache
def _importer() -> Callable[..., Any]:
    # Not imported with this module: `mod_python.importer` exists inside httpd only.
    return importlib.import_module("mod_python.importer").import_handler  # type: ignore[no-any-return]


def _built(module: Any, target: Target, factory: Any) -> Any:
    """Call `factory` once per version of its module, and return what it built.

    The product is kept in the module, so that it lives exactly as long; a reload makes a new factory object, by
    which the old product is recognised as stale.
    """
    products = vars(module).setdefault("__wsgi_products__", {})
    known, product = products.get(target.name, (None, None))
    if known is not factory:
        with _building:
            known, product = products.get(target.name, (None, None))
            if known is not factory:
                product = factory()
                products[target.name] = factory, product
    return product
