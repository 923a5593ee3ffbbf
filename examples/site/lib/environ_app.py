"""A WSGI application that shows its environment."""

from html import escape

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WSGI</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
<header><a href="/">mod_python</a> <a href="/source/wsgi">See the source</a></header>
<main>
<h1>WSGI</h1>
<p>This application was called with the following environment.</p>
<table>
{rows}
</table>
</main>
"""


def application(environ, start_response):
    rows = "\n".join(
        f"<tr><th>{escape(name)}</th><td>{escape(repr(value))}</td></tr>" for name, value in sorted(environ.items())
    )
    body = PAGE.format(rows=rows).encode()
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
