"""Build the WSGI environment: httpd's CGI variables from one packed block, and the `wsgi.*` keys of PEP 3333.

All text is Latin-1 native strings (PEP 3333, decision T4), so any bytes a client sends are kept.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache, lru_cache

from mod_python.constants import AP_MPMQ_IS_FORKED, AP_MPMQ_IS_THREADED, APLOG_WARNING
from mod_python.wsgi_file import FileWrapper
from mod_python.wsgi_settings import Settings
from mod_python.wsgi_types import Environ, GatewayRequest

_LONGEST = 4096  # bytes of packed names that are remembered


def environment(req: GatewayRequest, settings: Settings) -> Environ | None:
    """Return the environment of `req` for a WSGI application, or None when its URI lies outside the base URI."""
    block = req.wsgi_environ_block(settings.packed_base_uri, settings.pass_authorization)
    if block is None:
        base = settings.base_uri
        req.log_error(f"MP0213: {req.uri} is outside the WSGI base URI {base}, so it is left to others", APLOG_WARNING)
        return None
    names, values = block
    known, skeleton = _known(names) if len(names) <= _LONGEST else _understand(names)
    environ = skeleton.copy()
    environ.update(zip(known, values.split("\0")))  # noqa: B905 - one empty text follows the last NUL
    environ["wsgi.input"] = req.body
    environ["wsgi.errors"] = sys.stderr
    environ["wsgi.url_scheme"] = _url_scheme(req, environ)
    return environ


def _understand(packed: bytes) -> tuple[list[str], Environ]:
    """Return the names and an environment that has all keys already, so that it need not grow with each request."""
    names = packed.decode("latin-1").split("\0")[:-1]
    return names, dict.fromkeys(names) | _template()


_known = lru_cache(maxsize=64)(_understand)  # few and short ones, since clients choose what headers they send


@cache
def _template() -> Environ:
    """The keys that are the same for every request of this process."""
    mpm_query = importlib.import_module("mod_python.apache").mpm_query  # exists inside httpd only
    return {
        "wsgi.version": (1, 0),
        "wsgi.multithread": mpm_query(AP_MPMQ_IS_THREADED) > 0,
        "wsgi.multiprocess": mpm_query(AP_MPMQ_IS_FORKED) > 0,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }


def _url_scheme(req: GatewayRequest, environ: Environ) -> str:
    # The variable comes first: behind a proxy that ends TLS, administrators set it by SetEnvIf.
    https = environ.get("HTTPS")
    if https is not None:
        return "http" if https.lower() in ("", "off") else "https"
    return environ.get("REQUEST_SCHEME") or ("https" if req.is_https() else "http")
