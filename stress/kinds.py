"""The kinds of requests: what is asked for, what must be answered, and who asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stress import clients
from stress.clients import ENDLESS, UPLOAD, Ask
from testenv.server import Server

CONFIGURATION = """
MaxKeepAliveRequests 0
PythonPath "['${DOCROOT}'] + sys.path"
PythonOption mod_python.session.database_directory "${ROOT}/tmp/sessions"
PythonInputFilter work::upper UPPER
PythonOutputFilter work::upper UPPER
<Directory "${DOCROOT}/pages">
    SetHandler mod_python
    PythonHandler mod_python.publisher
</Directory>
<Directory "${DOCROOT}/psp">
    SetHandler mod_python
    PythonHandler mod_python.psp
</Directory>
<Directory "${DOCROOT}/ssi">
    Options Includes
    SetOutputFilter INCLUDES
</Directory>
<Directory "${DOCROOT}/cgi">
    SetHandler mod_python
    PythonHandler mod_python.cgihandler
</Directory>
<Location "/wsgi">
    SetHandler mod_python
    PythonHandler mod_python.wsgi
    PythonOption mod_python.wsgi.application work::application
</Location>
<Location "/protected">
    SetHandler mod_python
    PythonHandler work::hello
    AuthType Basic
    AuthName "protected"
    AuthBasicProvider python
    PythonAuthProvider work
    Require valid-user
</Location>
<Location "/filters">
    SetHandler mod_python
    PythonHandler work::echo
    SetInputFilter UPPER
    SetOutputFilter UPPER
</Location>
Listen 127.0.0.2:${PORT}
<VirtualHost 127.0.0.2:${PORT}>
    ServerName localhost
    PythonConnectionHandler work::talk
</VirtualHost>
""" + "".join(
    f'<Location "/{path}">\n    SetHandler mod_python\n    PythonHandler work::{function}\n</Location>\n'
    for path, function in {
        "handler": "hello",
        "fail": "fail",
        "upload": "upload",
        "session": "session",
        "redirect": "redirect",
        "endless": "endless",
    }.items()
)


@dataclass(frozen=True)
class Kind:
    """One kind of request.

    path    what is asked for
    answer  how the body begins
    send    makes so many requests and returns how many it made; raises Failure for a wrong answer
    ask     method, body and headers
    status  of the answer
    logs    regular expressions of what the error log may say
    """

    path: str
    answer: bytes
    send: Callable[[Server, "Kind", int], int] = clients.wrk
    ask: Ask = field(default_factory=Ask)
    status: int = 200
    logs: tuple[str, ...] = ()


GREETING = b"Hello, World!"
GIVEN_UP = ("MP0101",)  # at the end of a load, the client does not wait for the last answers

KINDS: Mapping[str, Kind] = {
    "handler": Kind("/handler", GREETING),
    "publisher": Kind("/pages/greet?name=World", GREETING),
    "psp": Kind("/psp/page.psp", GREETING),
    "wsgi": Kind("/wsgi", GREETING),
    "cgi": Kind("/cgi/script.py", GREETING),
    "ssi": Kind("/ssi/page.shtml", GREETING),
    "subrequests": Kind("/ssi/parts.shtml", GREETING + b" " + GREETING),
    "redirects": Kind("/redirect", GREETING),
    "filters": Kind("/filters", b"HELLO" * 20, ask=Ask("POST", b"hello" * 20)),
    "upload": Kind("/upload", UPLOAD.digest, ask=Ask("POST", UPLOAD.body, UPLOAD.headers)),
    "session": Kind("/session", b"visit ", clients.wrk_with_cookie),
    "authentication": Kind("/protected", GREETING, ask=Ask(headers={"Authorization": "Basic ZWdnczpzcGFt"})),
    "exceptions": Kind("/fail", b"", status=500, logs=("MP0100: PythonHandler work::fail: ValueError: as ordered",)),
    "aborted": Kind(ENDLESS, b"x", clients.abort),
    "connections": Kind("", b"you said ", clients.talk),
}
