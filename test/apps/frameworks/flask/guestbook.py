"""A small site of Flask's."""

import hashlib

from flask import Flask, jsonify, redirect, render_template_string, request, session, url_for

PAGE = '<p>Hello, {{ name }}!</p><a href="{{ url_for("item", name="tea") }}">tea</a>'

app = Flask(__name__)
app.secret_key = "known to this test only"


@app.get("/")
def index():
    return render_template_string(PAGE, name=session.get("name", "stranger"))


@app.post("/name")
def name():
    session["name"] = request.form["name"]
    return redirect(url_for("index"))


@app.get("/item/<name>")
def item(name):
    return jsonify(item=name, query=request.args.get("q"), by=request.headers.get("X-By"))


@app.post("/upload")
def upload():
    file = request.files["file"]
    return jsonify(name=file.filename, digest=hashlib.sha256(file.read()).hexdigest())


@app.post("/sum")
def total():
    return jsonify(sum=sum(request.get_json()))


@app.get("/stream")
def stream():
    return (f"{number}\n" for number in range(3)), {"Content-Type": "text/plain"}


@app.get("/fail")
def fail():
    raise ValueError("a page that fails")


application = app
