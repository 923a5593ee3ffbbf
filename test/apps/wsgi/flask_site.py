"""A small guest book with Flask: a form, a redirect, a session, an upload, JSON, a file and a stream."""

import flask

app = flask.Flask(__name__)
app.secret_key = "for tests only"


@app.get("/")
def index():
    return flask.render_template_string("<p>Hello, {{ name }}!</p>", name=flask.session.get("name", "stranger"))


@app.post("/name")
def name():
    flask.session["name"] = flask.request.form["name"]
    return flask.redirect(flask.url_for("index"))


@app.post("/upload")
def upload():
    file = flask.request.files["file"]
    return {"name": file.filename, "size": len(file.read())}


@app.post("/sum")
def total():
    return {"sum": sum(flask.request.get_json())}


@app.get("/source")
def source():
    return flask.send_file(__file__, mimetype="text/plain")


@app.get("/stream")
def stream():
    return flask.Response((f"{number}\n" for number in range(3)), mimetype="text/plain")


@app.get("/me")
def me():
    authorization = flask.request.authorization
    return authorization.username if authorization else "nobody"


@app.get("/fail")
def fail():
    raise LookupError("a page that fails")
