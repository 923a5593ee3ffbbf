"""From a page to one of its objects, name by name, checking guards at every step.

What is never published, and what is published but not stepped through, are two lists of types.
"""

from __future__ import annotations

import re
import types

from mod_python.constants import HTTP_NOT_FOUND
from mod_python.errors import SERVER_RETURN
from mod_python.publisher.access import process_auth
from mod_python.publisher.guards import unguarded_function
from mod_python.publisher.locate import hidden
from mod_python.publisher.origin import Tree
from mod_python.publisher.protocol import Request, refuse

FORBIDDEN = (
    types.ModuleType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.CodeType,
    types.FrameType,
    types.TracebackType,
)
LEAVES = (type, types.FunctionType, types.MethodType)
_UNTRAVERSED = FORBIDDEN + LEAVES
_LISTS = (list, tuple, set, frozenset)

_SEPARATOR = re.compile(r"[/.]")


def find(req: Request, page: object, names: str) -> object:
    """Return the object that `names` names below `page`, past the guards of both; raises as `resolve_object`."""
    function = None if hidden(names) else unguarded_function(page, names)
    return function or resolve_object(req, page, names, *process_auth(req, page))


def resolve_object(  # noqa: PLR0913, PLR0917 - the documented signature
    req: Request,
    obj: object,
    object_str: str,
    realm: object = "unknown",
    user: str | None = None,
    passwd: str | None = None,
) -> object:
    """Return the object that `object_str` names below `obj`, normally a page.

    `object_str` is a series of names between slashes or dots. `realm`, `user` and `passwd` are what `process_auth`
    returned for `obj`. What the page's `__all__` names is published wherever it was defined.

    Raises `SERVER_RETURN` with 404 for what is missing, hidden or not to be published, and what `process_auth`
    raises. Source: the publishing algorithm of the manual; decisions A2 and A7, defects D47 and D48.
    """
    first, *names = _SEPARATOR.split(object_str)
    tree, trusted = Tree(req, obj), first in _listed(obj)
    target = _member(req, obj, first)
    if not trusted and not tree.exports(first, target):
        _refuse_foreign(req, first)
    realm, user, passwd = process_auth(req, target, realm, user, passwd)
    for name in names:
        if not traversable(target) or not (trusted or tree.defines(type(target))):
            refuse(req, f"MP0227: a {type(target).__name__} is not traversed, so there is no {name!r}")
        target = _member(req, target, name)
        if callable(target) and not (trusted or tree.defines(target)):
            _refuse_foreign(req, name)
        realm, user, passwd = process_auth(req, target, realm, user, passwd)
    return target


def traversable(obj: object) -> bool:
    """Whether attributes of `obj` may be reached: it is an instance of a class that somebody wrote."""
    return not isinstance(obj, _UNTRAVERSED) and type(obj).__module__ not in {"builtins", "types"}


def _member(req: Request, obj: object, name: str) -> object:
    if hidden(name):
        refuse(req, f"MP0226: the name {name!r} is hidden")
    try:
        member = getattr(obj, name)
    except AttributeError:
        raise SERVER_RETURN(HTTP_NOT_FOUND) from None
    if isinstance(member, FORBIDDEN):
        refuse(req, f"MP0228: {name!r} is a {type(member).__name__}, which is never published")
    return member


def _listed(page: object) -> list[str]:
    names = getattr(page, "__all__", ())
    return list(names) if isinstance(names, _LISTS) else []


def _refuse_foreign(req: Request, name: str) -> None:
    refuse(req, f"MP0229: {name!r} is defined outside the document tree; naming it in __all__ publishes it")
