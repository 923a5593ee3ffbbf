"""httpd configuration in Python: every directive and section under its name, as `Location("/app", SetHandler("x"))`.

`print` gives text for httpd, `repr` the Python again. Names that are not in `__all__` are there as attributes, too.
"""

from __future__ import annotations

import re
from typing import Any, Final

from mod_python import httpdnames
from mod_python.confbasic import write_basic_config
from mod_python.conftree import (
    MODULES,
    Comment,
    Container,
    ContainerTag,
    Directive,
    Node,
    httpd_version,
    quote,
    quote_if_space,
)

__all__ = [
    "Comment",
    "Container",
    "ContainerTag",
    "Directive",
    "httpd_version",
    "quote",
    "quote_if_space",
    "write_basic_config",
]
__all__ += [*MODULES, *sorted(httpdnames.DIRECTIVES | httpdnames.CONTAINERS)]  # noqa: PLE0604 - they are strings

_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]*")


class NamedDirective(Directive):
    """A directive by the name of its class. One text is written as it is; several words, or one list, are quoted."""

    def __init__(self, *words: Any, flipslash: int = 1) -> None:
        name = type(self).__name__
        words = words or httpdnames.DEFAULTS.get(name, ())
        if not words:
            raise TypeError(f"{name} needs an argument")
        super().__init__(name, words[0] if len(words) == 1 else words, flipslash)


class NamedSection(ContainerTag):
    """A section by the name of its class: its argument, if it has one, and then its contents."""

    def __init__(self, *args: Any, flipslash: int = 1) -> None:
        has_attr = bool(args) and not isinstance(args[0], Node)
        attr, contents = (args[0], args[1:]) if has_attr else (None, args)
        super().__init__(type(self).__name__, attr, contents, flipslash)


def __getattr__(name: str) -> Any:
    """Make the class for a directive or section when it is first asked for."""
    if name in MODULES:
        return MODULES[name]
    if not _NAME.fullmatch(name):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    base = NamedSection if name in httpdnames.CONTAINERS else NamedDirective
    made = globals()[name] = type(name, (base,), {"__module__": __name__})
    return made
