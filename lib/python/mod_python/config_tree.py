"""`apache.config_tree()`: httpd's configuration, as it was read."""

from __future__ import annotations

from typing import Any

from mod_python.ffi import NULL, lib
from mod_python.fields import text_or_none


def config_tree() -> list[Any]:
    """The server configuration, without `.htaccess`, as a list in file order.

    Each directive is a pair `(name, arguments)` of `str`; the pair of a container, such as `("<Directory", "/srv>")`,
    is followed by the list of what it contains. A copy. Source: the manual of mod_python 3.5.
    """
    return _siblings(lib.ap_conftree)


def _siblings(directive: Any) -> list[Any]:
    tree: list[Any] = []
    while directive != NULL:
        tree.append((text_or_none(directive.directive) or "", text_or_none(directive.args) or ""))
        if directive.first_child != NULL:
            tree.append(_siblings(directive.first_child))
        directive = directive.next
    return tree
