"""`PythonHandler mod_python.publisher`: URLs become calls of the functions in the document tree.

locate (URL to file) · pages (file to module) · traverse (module to object, past its guards) · publish (object to
response).
"""

from __future__ import annotations

from mod_python.constants import APLOG_NOTICE, OK
from mod_python.publisher.access import process_auth
from mod_python.publisher.locate import locate
from mod_python.publisher.methods import answered_by_method
from mod_python.publisher.pages import get_page, page_cache, page_of
from mod_python.publisher.protocol import Request
from mod_python.publisher.publish import publish_object
from mod_python.publisher.traverse import find, resolve_object

__all__ = ["get_page", "handler", "page_cache", "process_auth", "publish_object", "resolve_object"]


def handler(req: Request) -> int:
    """Answer a request from the published object that its URL names.

    Returns `OK`. Raises `SERVER_RETURN` with 400, 401, 403, 404 or 405, and whatever published code raises.
    Source: the publisher handler of the manual, with the changes of docs/decisions.md.
    """
    place = locate(req)
    page = page_of(req, place.file)
    target = find(req, page, place.names)
    if not answered_by_method(req, target) and not publish_object(req, target):
        _note_silence(req)
    return OK


def _note_silence(req: Request) -> None:
    """With PythonDebug, say that a page sent nothing at all; it may have meant to."""
    if not req._bytes_queued and req.next is None and req._configuration.debug:
        req.log_error(f"MP0231: {req.filename} published nothing", APLOG_NOTICE)
