"""Which HTTP methods a published object answers.

A function opts into its own list with an attribute: `save.methods = ["POST"]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType

from mod_python.constants import HTTP_METHOD_NOT_ALLOWED
from mod_python.errors import SERVER_RETURN
from mod_python.publisher.layers import layers
from mod_python.publisher.protocol import Request

METHODS = ("GET", "HEAD", "POST")


def allowed_methods(obj: object) -> tuple[str, ...]:
    """Return the methods `obj` answers: the attribute `methods` of a function, else GET, HEAD and POST.

    A function that answers GET answers HEAD (RFC 9110, 9.1). One method may be given as a plain `str`.
    """
    if type(obj) is FunctionType and not vars(obj):
        return METHODS
    lists = (getattr(layer, "methods", None) for layer in layers(obj) if isinstance(layer, FunctionType))
    listed = next((methods for methods in lists if methods is not None), METHODS)
    methods = {method.upper() for method in _each(listed)}
    return tuple(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def answered_by_method(req: Request, obj: object) -> bool:
    """Whether the method alone is the answer: OPTIONS gets the list of methods, without a body.

    Raises `SERVER_RETURN` with 405 and that list for a method that `obj` does not answer.
    """
    allowed = allowed_methods(obj)
    req.allow_methods(allowed, 1)
    if req.method in allowed:
        return False
    if req.method != "OPTIONS":
        raise SERVER_RETURN(HTTP_METHOD_NOT_ALLOWED)
    req.headers_out["Allow"] = ", ".join([*allowed, "OPTIONS"])
    return True


def _each(methods: str | Iterable[str]) -> Iterable[str]:
    return [methods] if isinstance(methods, str) else methods
