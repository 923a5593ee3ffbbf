"""The configuration of a server, from its settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mod_python import httpdconf as conf
from mod_python import version
from mod_python.command import httpd
from mod_python.command.certificate import certificate_in, key_in
from mod_python.command.errors import CommandError
from mod_python.command.settings import NOWHERE, TERMINAL, TERMINAL_FILES, Settings
from mod_python.command.target import Kind
from mod_python.confbasic import load_mod_python, load_module, mime_types
from mod_python.conftree import Node

_COMMON_LOG: Final = r'"%h %l %u %t \"%r\" %>s %b" common'
_SHORT_FORMAT: Final = '"[%{c}t] [%m:%l] %M"'

# The first one of a process, because some packages do not work in others.
_INTERPRETER: Final = "main_interpreter"

_INDEX: Final = {
    Kind.PUBLISHER: "index.py",
    Kind.PSP: "index.psp index.html",
    Kind.PAGES: "index.psp index.py index.html",
}

# What only Python is to read, and what editors leave of it.
_COPY: Final = "(~|[.](bak|old|orig|rej|sw[op]))"
_SOURCES: Final = f"[.](inc|psp_?|pyc?){_COPY}?$"
_SOURCES_BESIDE_PAGES: Final = f"[.](inc|pyc?)$|[.](inc|psp|pyc?){_COPY}$"

# What no line of httpd's configuration can say: it expands ${…}, and is written in UTF-8.
_UNNAMEABLE: Final = re.compile(r"[\r\n\\\udc80-\udcff]|\$\{")

# What a page refers to, and is never a secret; everything else below a publisher's directory is the publisher's.
_ASSETS: Final = r"\.(css|gif|html?|ico|jpe?g|js|mjs|pdf|png|svg|webp|woff2?)$"


def configuration(settings: Settings) -> conf.Container:
    """All that httpd has to know.

    Raises CommandError when this httpd lacks a module that the settings need, or cannot be told the name of a file.
    """
    _check_names(settings)
    return conf.Container(
        conf.Comment(f"{settings.target}, written by mod_python {version.version}"),
        *_modules(settings),
        *_server(settings),
        *_sizes(settings),
        *_logs(settings),
        *_tls(settings),
        *_files(settings),
        *_python(settings),
        *_application(settings),
        *_aliases(settings),
        *(conf.Include(path) for path in settings.includes),
    )


def _check_names(settings: Settings) -> None:
    aliased = (path for _, path in settings.aliases)
    paths = (settings.root, settings.document_root, *settings.python_path, *aliased, *settings.includes)
    for path in (*map(str, paths), settings.access_log, settings.error_log):
        if _UNNAMEABLE.search(path):
            raise CommandError(
                f"{path!r} cannot stand in httpd's configuration: give it a name without line breaks, backslashes, ${{,"
                " and bytes that are not UTF-8"
            )


# -- the server -----------------------------------------------------------------------------------------------


def _modules(settings: Settings) -> Iterator[Node]:
    yield conf.Comment("Modules")
    wanted = {
        f"mpm_{settings.mpm}": settings.mpm not in httpd.built_in(),
        **dict.fromkeys(("unixd", "authz_core", "mime", "dir", "log_config"), True),
        "alias": bool(settings.aliases),
        "socache_shmcb": settings.https,
        "ssl": settings.https,
        "http2": settings.http2,
    }
    for name in (name for name, is_wanted in wanted.items() if is_wanted and name not in httpd.built_in()):
        if not httpd.has_module(name):
            raise CommandError(f"httpd has no module {name} in {version.LIBEXECDIR}, which this server needs")
        yield load_module(version.LIBEXECDIR, name)
    try:
        yield from load_mod_python()
    except FileNotFoundError as error:
        raise CommandError(str(error)) from error


def _server(settings: Settings) -> Iterator[Node]:
    yield conf.Comment("The server")
    yield conf.ServerRoot(settings.root)
    yield conf.DefaultRuntimeDir("logs")
    yield conf.PidFile(os.path.join("logs", settings.pid_file.name))
    yield conf.ServerName("localhost")
    yield conf.Listen(f"{settings.address} https" if settings.https else settings.address)
    yield conf.TypesConfig(mime_types() or os.devnull)
    yield conf.GracefulShutdownTimeout(10)
    if settings.account:
        yield conf.User(settings.account.pw_name)
        yield conf.Group(f"#{settings.account.pw_gid}")
    if settings.http2:
        yield conf.Protocols("h2" if settings.https else "h2c", "http/1.1")


def _sizes(settings: Settings) -> Iterator[Node]:
    """Directives under which httpd neither adds nor removes a process for want of work."""
    workers = settings.processes * settings.threads
    yield conf.StartServers(settings.processes)
    # Room for the processes of before a graceful restart, which finish what they have.
    yield conf.ServerLimit(2 * settings.processes)
    yield conf.MaxRequestWorkers(workers)
    if settings.mpm == "prefork":
        yield conf.MinSpareServers(1)
        yield conf.MaxSpareServers(workers + 1)
    else:
        yield conf.ThreadLimit(settings.threads)
        yield conf.ThreadsPerChild(settings.threads)
        yield conf.MinSpareThreads(1)
        yield conf.MaxSpareThreads(workers)


def _logs(settings: Settings) -> Iterator[Node]:
    yield conf.Comment("Logs")
    yield conf.ErrorLog(_log_file(settings.error_log, "error_log"))
    yield conf.LogLevel("warn", "core:notice")
    if settings.error_log == TERMINAL:
        yield conf.ErrorLogFormat(_SHORT_FORMAT)
    if settings.access_log != NOWHERE:
        yield conf.LogFormat(_COMMON_LOG)
        yield conf.CustomLog(_log_file(settings.access_log, "access_log"), "common")


def _log_file(wanted: str, name: str) -> str:
    return TERMINAL_FILES[name] if wanted == TERMINAL else wanted


def _tls(settings: Settings) -> Iterator[Node]:
    if settings.https:
        yield conf.Comment("HTTPS")
        yield conf.SSLEngine("On")
        yield conf.SSLSessionCache("shmcb:logs/ssl_cache")
        yield conf.SSLCertificateFile(certificate_in(settings.root))
        yield conf.SSLCertificateKeyFile(key_in(settings.root))


# -- the site -------------------------------------------------------------------------------------------------


def _files(settings: Settings) -> Iterator[Node]:
    """What httpd itself may send: files of the document root, but nothing hidden and no sources."""
    yield conf.Comment("Files")
    yield conf.DocumentRoot(settings.document_root)
    yield conf.DirectoryIndex(_INDEX.get(settings.target.kind, "index.html"))
    yield conf.Directory("/", _denied())
    yield from _opened(settings.document_root)
    yield conf.FilesMatch(r"^\.", _denied())
    if not settings.target.kind.publishes:
        yield conf.FilesMatch(_SOURCES_BESIDE_PAGES, _denied())


def _denied() -> Node:
    return conf.Directive("Require", "all denied")


def _opened(directory: Path) -> Iterator[Node]:
    yield conf.Directory(directory, conf.Options("FollowSymLinks"), conf.Directive("Require", "all granted"))
    yield conf.DirectoryMatch(f"^{re.escape(str(directory))}(/.*)?/\\.", _denied())


def _python(settings: Settings) -> Iterator[Node]:
    switch = "On" if settings.reload else "Off"
    yield conf.Comment("Python")
    yield conf.PythonInterpreter(_INTERPRETER)
    yield conf.PythonPath(f"{[str(path) for path in settings.python_path]!r} + sys.path")
    yield conf.PythonAutoReload(switch)
    yield conf.PythonDebug("On" if settings.reload and settings.is_local else "Off")


def _application(settings: Settings) -> Iterator[Node]:
    yield conf.Comment(f"The {settings.target.kind.value}")
    if settings.target.is_directory:
        yield from _pages(settings)
    else:
        # Loaded when a child starts: then a mistake shows at once, and no request waits.
        yield conf.PythonImport(settings.target.name.partition("::")[0], _INTERPRETER)
        yield _everything(settings)


def _everything(settings: Settings) -> Node:
    """Every URL, except those of files in a document root that the user has named."""
    handlers = list(_handlers(settings))
    if settings.docroot is not None:
        handlers = [conf.If("\"! -f '%{DOCUMENT_ROOT}%{REQUEST_URI}'\"", *handlers)]
    return conf.ContainerTag("Location", "/", handlers)


def _handlers(settings: Settings) -> Iterator[Node]:
    name = settings.target.name
    yield conf.SetHandler("mod_python")
    if settings.target.kind is Kind.HANDLER:
        yield conf.PythonHandler([name])
    else:
        yield conf.PythonHandler("mod_python.wsgi")
        yield conf.PythonOption("mod_python.wsgi.application", name)
        yield conf.PythonOption("mod_python.wsgi.pass_authorization", "On")


def _pages(settings: Settings) -> Iterator[Node]:
    kind = settings.target.kind
    if kind is not Kind.PUBLISHER:
        # With an underscore behind its name a page shows its source, where PythonDebug is on.
        extensions = ".psp .psp_" if settings.reload else ".psp"
        yield conf.AddHandler(f"mod_python {extensions}")
        yield conf.PythonHandler(f"mod_python.psp | {extensions}")
    if kind.publishes:
        yield conf.SetHandler("mod_python")
        yield conf.PythonHandler("mod_python.publisher")
        yield conf.FilesMatch(_ASSETS, conf.SetHandler("None"))


def _aliases(settings: Settings) -> Iterator[Node]:
    for url, path in settings.aliases:
        yield conf.Comment(f"{url} is {path}")
        yield conf.Alias(url, path)
        yield from _opened(path if path.is_dir() else path.parent)
        # In an <If>, since the application may be in one, and those count more than the sections around them.
        yield conf.Location(
            url,
            conf.If("true", conf.SetHandler("None")),
            conf.If(f'"%{{REQUEST_FILENAME}} =~ /{_SOURCES}/"', _denied()),
        )
