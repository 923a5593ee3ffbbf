"""A small site of Bottle's."""

import hashlib

from bottle import Bottle, redirect, request, response, template

PAGE = '<p>Hello, {{name}}!</p><a href="{{root}}item/tea">tea</a>'
SECRET = "known to this test only"

application = Bottle()


@application.get("/")
def index():
    name = request.get_cookie("name", "stranger", secret=SECRET)
    return template(PAGE, name=name, root=request.script_name)


@application.post("/name")
def name():
    response.set_cookie("name", request.forms.getunicode("name"), secret=SECRET)
    redirect(request.script_name, 302)


@application.get("/item/<name>")
def item(name):
    return {"item": name, "query": request.query.getunicode("q"), "by": request.get_header("X-By")}


@application.post("/upload")
def upload():
    file = request.files.get("file")
    return {"name": file.raw_filename, "digest": hashlib.sha256(file.file.read()).hexdigest()}


@application.post("/sum")
def total():
    return {"sum": sum(request.json)}


@application.get("/stream")
def stream():
    response.content_type = "text/plain"
    for number in range(3):
        yield f"{number}\n"


@application.get("/fail")
def fail():
    raise ValueError("a page that fails")
