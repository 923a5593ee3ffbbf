"""A small site of Falcon's."""

import hashlib
from html import escape

import falcon


class Index:
    def on_get(self, req, resp):
        name = escape(falcon.uri.decode(req.cookies.get("name", "stranger")))
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f'<p>Hello, {name}!</p><a href="{req.root_path}/item/tea">tea</a>'

    on_head = on_get


class Name:
    def on_post(self, req, resp):
        resp.set_cookie("name", falcon.uri.encode_value(req.get_media()["name"]), secure=False)
        raise falcon.HTTPFound(f"{req.root_path}/")


class Item:
    def on_get(self, req, resp, name):
        resp.media = {"item": name, "query": req.get_param("q"), "by": req.get_header("X-By")}


class Upload:
    def on_post(self, req, resp):
        for part in req.get_media():
            if part.name == "file":
                resp.media = {"name": part.filename, "digest": hashlib.sha256(part.stream.read()).hexdigest()}


class Sum:
    def on_post(self, req, resp):
        resp.media = {"sum": sum(req.get_media())}


class Stream:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = (b"%d\n" % number for number in range(3))


class Fail:
    def on_get(self, req, resp):
        raise ValueError("a page that fails")


application = falcon.App()
for path, resource in {
    "/": Index(),
    "/name": Name(),
    "/item/{name}": Item(),
    "/upload": Upload(),
    "/sum": Sum(),
    "/stream": Stream(),
    "/fail": Fail(),
}.items():
    application.add_route(path, resource)
