"""A Flask application; nothing in it is particular to mod_python."""

from flask import Flask, render_template_string, request

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flask</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
<header><a href="/">mod_python</a> <a href="/source/flask">See the source</a></header>
<main>
<h1>Hello, {{ name }}!</h1>
<p>Flask answers below <code>{{ request.script_root }}</code>.</p>
<p>Try <a href="{{ url_for('hello', name='Eve & Adam') }}">another name</a>.</p>
</main>
"""

app = Flask(__name__)


@app.route("/")
@app.route("/hello/<name>")
def hello(name="World"):
    return render_template_string(PAGE, name=name, request=request)
