"""What this site demonstrates: the list behind the index page, and the files that /source may show."""

from pathlib import Path
from typing import NamedTuple

SITE = Path(__file__).resolve().parents[1]


class Demo(NamedTuple):
    """One demonstration; conf.d/NAME.conf configures it."""

    name: str
    url: str
    title: str
    summary: str
    files: tuple[str, ...]
    login: str = ""

    def sources(self):
        """Yield the path, below the site, and the text of each file."""
        for path in (f"conf.d/{self.name}.conf", *self.files):
            yield path, (SITE / path).read_text("utf-8")


GROUPS = {
    "Write pages": (
        Demo(
            "handler",
            "/handler/",
            "A handler",
            "A function that gets the request and writes the answer. Everything else builds on it.",
            ("public/handler/hello.py",),
        ),
        Demo(
            "psp",
            "/psp/",
            "Python Server Pages",
            "HTML with Python inside: a loop, expressions, an include, and a session that counts your visits.",
            ("public/psp/index.psp", "parts/head.html", "parts/foot.html"),
        ),
        Demo(
            "ssi",
            "/ssi/",
            "Server-side includes",
            "Python expressions and statements inside pages of mod_include.",
            ("public/ssi/index.shtml",),
        ),
    ),
    "Ask visitors": (
        Demo(
            "publisher",
            "/publisher/",
            "Publisher and forms",
            "URLs become function calls, form fields their arguments: texts, repeated fields and an upload.",
            ("public/publisher/index.py", "public/publisher/form.html", "public/publisher/greeting.html"),
        ),
        Demo(
            "upload",
            "/upload/",
            "Upload with progress",
            "A file goes to a function, and a bar shows how far it is. Without JavaScript it arrives just the same.",
            (
                "public/upload/index.py",
                "public/upload/form.html",
                "public/upload/received.html",
                "public/upload/upload.js",
            ),
        ),
        Demo(
            "login",
            "/login/",
            "Login and sessions",
            "A form of the site's own asks for name and password, and a session remembers who has come in.",
            ("public/login/index.py", "public/login/login.html", "lib/accounts.py"),
            "eggs / spam",
        ),
    ),
    "Run applications": (
        Demo(
            "wsgi",
            "/wsgi/any/path?colour=blue",
            "WSGI",
            "A plain PEP 3333 application below a Location, showing the environment it is given.",
            ("lib/environ_app.py",),
        ),
        Demo(
            "flask",
            "/flask/",
            "Flask",
            "A Flask application in the same server, if Flask is installed; otherwise how to install it.",
            ("lib/flask_app.py", "lib/flask_site.py"),
        ),
        Demo(
            "cgi",
            "/cgi/environment.cgi",
            "CGI",
            "An old script runs as it is, in the server's process instead of one of its own.",
            ("public/cgi/environment.cgi",),
        ),
    ),
    "Guard the door": (
        Demo(
            "members",
            "/members/",
            "PythonAuthenHandler",
            "A Python function checks the password; what it protects is an ordinary page.",
            ("lib/doorman.py", "lib/accounts.py", "public/members/index.psp"),
            "eggs / spam",
        ),
        Demo(
            "vault",
            "/vault/",
            "Publisher guards",
            "A published page that guards itself with __auth__ and __access__. Joe (joe / eoj) stays outside.",
            ("public/vault/index.py", "lib/accounts.py"),
            "eggs / spam",
        ),
        Demo(
            "staff",
            "/staff/",
            "Providers",
            "httpd's own Basic authentication and Require ask Python functions: who is it, and may they enter?",
            ("lib/accounts.py", "public/staff/index.psp"),
            "eggs / spam",
        ),
    ),
    "Reach into the server": (
        Demo(
            "phases",
            "/phases/",
            "Phases of a request",
            "Python takes part in every phase, not only in the answer: this page lists those it went through.",
            ("public/phases/trail.py",),
        ),
        Demo(
            "filter",
            "/filter/",
            "Output filter",
            "A static HTML file, to which a filter written in Python adds a footer on its way out.",
            ("lib/footer.py", "public/filter/index.html"),
        ),
        Demo(
            "htaccess",
            "/htaccess/",
            ".htaccess",
            "A directory that configures itself, without access to the server's own files.",
            ("public/htaccess/.htaccess", "public/htaccess/here.py"),
        ),
        Demo(
            "debug",
            "/debug/",
            "The debug page",
            "A handler that fails, and what PythonDebug shows then. Edit it and load again: no restart.",
            ("public/debug/oops.py",),
        ),
        Demo(
            "test",
            "/test",
            "The test page",
            "Is everything as it should be? Versions, paths, options and the configuration that is in effect.",
            (),
        ),
    ),
}

INDEX = Demo(
    "psp",
    "/",
    "This site",
    "The page that lists the demonstrations, and what all of them share.",
    ("site.conf", "public/index.psp", "lib/demos.py", "lib/source.py", "parts/source.html"),
)

DEMOS = {"index": INDEX} | {demo.name: demo for group in GROUPS.values() for demo in group}
