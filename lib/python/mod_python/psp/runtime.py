"""PSP pages at work: the `PSP` object, its services (form, session, error page), and `psp` as the page sees it.

What needs httpd, or what a page may not need at all, is imported when a page runs.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib import import_module
from types import CodeType, SimpleNamespace, TracebackType
from typing import Any, Final, NamedTuple

from mod_python import constants
from mod_python.errors import SERVER_RETURN
from mod_python.psp import listing, pages

CONTENT_TYPE: Final = "text/html; charset=utf-8"
_IGNORED_OPTIONS: Final = ("mod_python.psp.cache_database_filename", "PSPDbmCache")
_ignored: Final[set[str]] = set()

_ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class _Settings(NamedTuple):
    """The options of PSP: the directory that includes must lie in, if any, and what they may have in characters."""

    root: str
    largest: int


class PSP:
    """A PSP page, compiled and ready to run.

    `filename` is the page's file, relative to the directory of `req.filename`, and `req.filename` itself by default;
    `string` is a page given as `str` or `bytes` instead. `vars` are global variables of the page.

    Raises `ValueError` when both are given, `SERVER_RETURN(HTTP_NOT_FOUND)` when there is no such regular file, and
    what `pages.load` raises for a page with errors. Source: the psp chapter of the manual.
    """

    dbmcache = None

    def __init__(
        self,
        req: Any,
        filename: str | None = None,
        string: str | bytes | None = None,
        vars: Mapping[str, Any] | None = None,
    ) -> None:
        if filename and string is not None:
            raise ValueError("a PSP page comes from a file or from a string, not from both")
        self.req = req
        self.string = string
        self.filename = _find(req, filename) if string is None else None
        self.vars = {} if vars is None else vars
        self._page = pages.load(*_source(req, self.filename, string), reload=req._configuration.autoreload)

    @property
    def code(self) -> CodeType:
        """The compiled page."""
        return self._page.code

    def run(self, vars: Mapping[str, Any] | None = None, flush: object = 0) -> None:
        """Run the page, with more global variables; then save the session, and send what was written if `flush`.

        An exception is answered by the page's error page, with status 500, and logged; without an error page it
        passes, and the session is not saved. `SERVER_RETURN` always passes (decision A8).
        """
        with _session(self.req) if "session" in self._page.names else nullcontext():
            interface = self._interface()
            try:
                self._execute(interface, vars)
            except SERVER_RETURN:
                raise
            except Exception:
                if interface.error_page is None:
                    raise
                interface.error_page._answer(sys.exc_info())
            else:
                _save_session(self.req)
            if flush:
                self.req.flush()

    def display_code(self) -> None:
        """Write the page and the Python program it became to the client, side by side, as an HTML table."""
        self.req.write(listing.table(_translation(self.req, self.filename, self.string)), 0)

    def __str__(self) -> str:
        """Run the page as HTML and return `""`, so that a published function can return a PSP object."""
        self.req.content_type = CONTENT_TYPE
        self.run()
        return ""

    def _interface(self) -> PSPInterface:
        form = _form_of(self.req) if "form" in self._page.names else None
        return PSPInterface(self.req, self.filename or self.req.filename, form)

    def _execute(self, interface: PSPInterface, vars: Mapping[str, Any] | None) -> None:
        namespace = {
            **_modules(),
            "__name__": "mod_python.psp",
            "__file__": self.req.filename,
            "req": self.req,
            "psp": interface,
            "form": interface.form,
            "session": _session_of(self.req),
            **self.vars,
            **(vars or {}),
        }
        self._page.program.execute(self._page.code, namespace)

    def _answer(self, failure: _ExcInfo) -> None:
        """Run as the error page of another page. Its own failure passes, so error pages cannot chase each other."""
        for line in traceback.format_exception(*failure):
            for part in line.rstrip().split("\n"):
                self.req.log_error(f"MP0240: PSP page failed, {self.filename} answers: {part}", constants.APLOG_ERR)
        self.req.status = constants.HTTP_INTERNAL_SERVER_ERROR
        with _session(self.req) if "session" in self._page.names else nullcontext():
            self._execute(self._interface(), {"exception": failure})


def display_code(req: Any, filename: str) -> None:
    """Answer with the listing of a page that need not compile. Raises as the constructor of `PSP` does."""
    req.write(listing.page(_translation(req, _find(req, filename), None)), 0)


class PSPInterface:
    """The object `psp` of a running page.

    `req` is the request, `filename` the page's file, `form` the form if the page mentions it, `error_page` a `PSP`.
    """

    def __init__(self, req: Any, filename: str, form: Any = None) -> None:
        self.req = req
        self.filename = filename
        self.form = form
        self.error_page: PSP | None = None

    def set_error_page(self, page: str) -> None:
        """Let another page answer when this one fails; it finds `sys.exc_info()` in its variable `exception`.

        `page` is below the document root if it starts with `/`, otherwise in the directory of this page. It is
        compiled at once, so a missing or broken error page is found before it is needed.
        """
        directory = self.req.document_root() if page.startswith("/") else os.path.dirname(self.filename) + "/"
        self.error_page = PSP(self.req, directory + page)

    def apply_data(self, object: Any, **keywords: Any) -> Any:
        """Call `object` with the fields of the form and `keywords`; see `util.apply_fs_data`."""
        if self.form is None:
            self.form = _form_of(self.req)
        return import_module("mod_python.util").apply_fs_data(object, self.form, **{"req": self.req, **keywords})

    def redirect(self, location: str, permanent: object = 0) -> None:
        """End the page with a redirection; see `util.redirect`. Nothing may have been sent before."""
        import_module("mod_python.util").redirect(self.req, location, permanent)


def _find(req: Any, filename: str | None) -> str:
    path = os.path.join(os.path.dirname(req.filename), filename) if filename else req.filename
    if not os.path.isfile(path):
        raise SERVER_RETURN(constants.HTTP_NOT_FOUND)
    return str(path)


def _source(
    req: Any, filename: str | None, string: str | bytes | None
) -> tuple[str, str | bytes | None, str, str, int]:
    """Return what `pages.load` and `pages.Translation` want: name, text, and directory, root and size of includes."""
    directory = os.path.dirname(filename or req.filename or "")
    return filename or pages.STRING_PAGE, string, directory, *_settings_of(req)


def _settings_of(req: Any) -> _Settings:
    """Return what is configured for `req`, which is understood once for each distinct configuration."""
    config = req._configuration
    settings: _Settings | None = config.derived.get(_Settings)
    if settings is None:
        _warn_of_ignored_options(req)
        root = config.option("mod_python.psp.include_root") or ""
        settings = config.derived[_Settings] = _Settings(root, _largest(config.option("mod_python.psp.max_size")))
    return settings


def _largest(text: str | None) -> int:
    if text is None:
        return pages.LARGEST
    if text.isascii() and text.isdecimal():
        return int(text)
    raise ValueError(f"PythonOption mod_python.psp.max_size is a number, not {text!r}")


def _translation(req: Any, filename: str | None, string: str | bytes | None) -> pages.Translation:
    return pages.Translation(*_source(req, filename, string))


@cache
def _modules() -> Mapping[str, Any]:
    """Return what pages find without importing it."""
    return {
        "os": os,
        "sys": sys,
        "apache": _apache(),
        "util": import_module("mod_python.util"),
        "Session": import_module("mod_python.Session"),
        "PSP": PSP,
        "PSPInterface": PSPInterface,
    }


def _apache() -> Any:
    """Return `mod_python.apache`; outside httpd, in somebody's tests, its constants and `SERVER_RETURN`."""
    try:
        return import_module("mod_python.apache")
    except ImportError:
        return SimpleNamespace(**vars(constants), SERVER_RETURN=SERVER_RETURN)


def _form_of(req: Any) -> Any:
    if getattr(req, "form", None) is None:
        req.form = import_module("mod_python.util").FieldStorage(req, keep_blank_values=1)
    return req.form


def _session_of(req: Any) -> Any:
    return getattr(req, "session", None)


def _save_session(req: Any) -> None:
    session = _session_of(req)
    if session is not None:
        session.save()


@contextmanager
def _session(req: Any) -> Iterator[None]:
    """Give the request a session if it has none, and take that one back afterwards."""
    if _session_of(req) is not None:
        yield
        return
    req.session = session = import_module("mod_python.Session").Session(req)
    try:
        yield
    finally:
        session.unlock()
        if _session_of(req) is session:
            del req.session


def _warn_of_ignored_options(req: Any) -> None:
    """Say once that the code caches on disk are gone: they would run code that others may have written."""
    for name in _IGNORED_OPTIONS:
        if name not in _ignored and req._configuration.option(name.lower()) is not None:
            _ignored.add(name)
            req.log_error(f"MP0241: PythonOption {name} is ignored, pages stay in memory", constants.APLOG_WARNING)
