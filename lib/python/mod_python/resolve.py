"""From `module::object.path` to something to call."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any

from mod_python.tracebacks import explained, sites_part


@lru_cache(maxsize=1024)
def split_handler(text: str, default: str) -> tuple[str, str]:
    """Module and object of a handler specification; `default` is the object when none is named."""
    module, separator, name = text.partition("::")
    return module, name if separator else default


def resolve_object(module: ModuleType, obj_str: str, arg: Any = None, silent: Any = 0) -> Any:
    """The object that the dotted path `obj_str` names in `module`.

    A class met on the way is instantiated with `arg`, and the next name is looked up in the instance; a class at the
    end of the path is returned as it is.

    Args:
        module: where the path starts.
        obj_str: names separated by dots.
        arg: the request, connection or filter.
        silent: return None for a missing object instead of raising.

    Raises:
        AttributeError: a name is missing; the message names the module's file and the path.

    Source: the manual of mod_python 3.5.
    """
    found: Any = module.__dict__.get(obj_str)
    if found is not None:
        return found
    found = module
    for name in obj_str.split("."):
        if isinstance(found, type):
            found = found(arg)
        try:
            found = vars(module)[name] if found is module else getattr(found, name)
        except (AttributeError, KeyError) as error:
            if silent:
                return None
            if sites_part(error.__traceback__):
                raise  # of a property
            file = getattr(module, "__file__", None) or module.__name__
            missing = AttributeError(f"{file} has no object {obj_str!r}", name=name, obj=found)
            raise explained(missing) from None
    return found
