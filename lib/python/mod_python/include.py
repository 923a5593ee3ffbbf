"""Server-side includes: what `<!--#python eval/exec -->` runs, and in which namespace."""

from __future__ import annotations

from typing import Any

from mod_python.filter import Filter
from mod_python.report import format_exception
from mod_python.request import Request


def _namespace(filter_: Filter, req: Request) -> dict[str, Any]:
    """`req.ssi_globals`: shared by all elements of the page; an earlier phase may have filled it."""
    namespace: dict[str, Any] = req.__dict__.setdefault("ssi_globals", {})
    namespace["filter"] = filter_
    namespace["__file__"] = req.filename
    return namespace


def run(filter_: Filter, req: Request, code: str, is_eval: bool) -> None:
    """Evaluates an expression and writes its value, unless that is None; or executes statements.

    Args:
        filter_: takes the output.
        req: the page's request.
        code: starts at column 0; line ends may be CRLF.
        is_eval: an expression.

    Raises whatever the code raises. Source: the manual of mod_python 3.5.
    """
    source = code.replace("\r\n", "\n").rstrip()
    namespace = _namespace(filter_, req)
    try:
        compiled = compile(source.strip() if is_eval else source, f"{req.filename}", "eval" if is_eval else "exec")
        value = eval(compiled, namespace)  # the page's author wrote it; IncludesNOEXEC forbids it
        if is_eval and value is not None:
            filter_.write(str(value))
    finally:
        namespace["filter"] = None


def show_error(filter_: Filter) -> None:
    """Puts the exception being handled in the element's place, for PythonDebug."""
    from html import escape  # noqa: PLC0415 - half a megabyte that pages without errors do without

    filter_.write(f"<pre>{escape(format_exception())}</pre>")
