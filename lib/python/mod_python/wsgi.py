"""Serve WSGI applications (PEP 3333): `PythonHandler mod_python.wsgi`.

The application is named by `PythonOption mod_python.wsgi.application`, as `module::callable`.
"""

from __future__ import annotations

from collections.abc import Callable

from mod_python.constants import DECLINED
from mod_python.wsgi_application import resolve
from mod_python.wsgi_environ import environment
from mod_python.wsgi_head import Head, with_length
from mod_python.wsgi_response import respond, response_to
from mod_python.wsgi_settings import APPLICATION, settings_of
from mod_python.wsgi_types import ConfigurationError, Environ, ExcInfo, GatewayRequest

__all__ = ["ConfigurationError", "build_wsgi_env", "handler", "wsgi_start_response"]

GIVEN_HEAD = "_wsgi_head"


def handler(req: GatewayRequest) -> int:
    """Answer `req` with the configured application: OK, or DECLINED when the URI is outside the base URI.

    Options: `mod_python.wsgi.application` (`module`, `module::name`, `module::dotted.name` or `module::factory()`),
    `mod_python.wsgi.base_uri` (SCRIPT_NAME; without it, the path of the Location section around the directive) and
    `mod_python.wsgi.pass_authorization` (On or Off, the default: whether the application sees HTTP_AUTHORIZATION).

    Raises ConfigurationError, answered with status 500, when an option is missing or cannot be used (decision A6),
    and whatever importing or running the application raises.
    """
    settings = settings_of(req)
    if not settings.application:
        raise ConfigurationError(f"MP0200: PythonOption {APPLICATION} is not set, so there is nothing to run")
    environ = environment(req, settings)
    if environ is None:
        return DECLINED
    return respond(req, resolve(settings), environ)


def build_wsgi_env(req: GatewayRequest) -> Environ | None:
    """Return the WSGI environment of `req`, or None when its URI is outside the base URI.

    This is `req.build_wsgi_env()`. Raises ConfigurationError, a ValueError, when the base URI option is unusable.
    """
    return environment(req, settings_of(req))


def wsgi_start_response(
    req: GatewayRequest, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
) -> Callable[..., object]:
    """Set status and headers of `req` at once and return `req.write`.

    This is `req.wsgi_start_response`, for handlers that call an application themselves and write its output with
    `req.write`. Arguments and errors are those of PEP 3333's start_response; a call with `exc_info` replaces the
    headers of the earlier call.
    """
    response = response_to(req, is_head_request=False)
    response.head = earlier = getattr(req, GIVEN_HEAD, None)
    response.begun = req.sent_bodyct > 0
    response.start_response(status, headers, exc_info)
    if response.head is not None:
        _replace(req, earlier, response.head)
    return req.write


def _replace(req: GatewayRequest, earlier: Head | None, head: Head) -> None:
    for name in _names(earlier) if earlier else ():
        if name in req.headers_out:
            del req.headers_out[name]
    status, line, content_type, length, headers = head
    req.send_response(status, line, content_type, with_length(headers, length))
    setattr(req, GIVEN_HEAD, head)


def _names(head: Head) -> list[str]:
    return with_length(head[4], head[3]).decode("latin-1").split("\0")[:-1:2]
