"""The Flask application, or a page that says how to get Flask: mod_python itself does not need it."""

ADVICE = b"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flask</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
<header><a href="/">mod_python</a> <a href="/source/flask">See the source</a></header>
<main>
<h1>Flask is not installed</h1>
<p>Install it into the Python that this server uses, then start the server again:</p>
<pre>.venv/bin/python -m pip install flask</pre>
</main>
"""


def advice(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(ADVICE)))])
    return [ADVICE]


try:
    from flask_app import app as application
except ModuleNotFoundError:
    application = advice
