"""A small site of Pyramid's; `make` is its factory, as Pyramid's own documentation has it."""

import hashlib
from html import escape

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory


def index(request):
    name = escape(request.session.get("name", "stranger"))
    return Response(f'<p>Hello, {name}!</p><a href="{request.route_path("item", name="tea")}">tea</a>')


def name(request):
    request.session["name"] = request.POST["name"]
    return HTTPFound(request.route_path("index"))


def item(request):
    return {
        "item": request.matchdict["name"],
        "query": request.GET.get("q"),
        "by": request.headers.get("X-By"),
    }


def upload(request):
    file = request.POST["file"]
    return {"name": file.filename, "digest": hashlib.sha256(file.file.read()).hexdigest()}


def total(request):
    return {"sum": sum(request.json_body)}


def stream(request):
    return Response(app_iter=(b"%d\n" % number for number in range(3)), content_type="text/plain", charset="utf-8")


def fail(request):
    raise ValueError("a page that fails")


def make():
    with Configurator(session_factory=SignedCookieSessionFactory("known to this test only")) as config:
        for view, path, method in (
            (index, "/", "GET"),
            (name, "/name", "POST"),
            (item, "/item/{name}", "GET"),
            (upload, "/upload", "POST"),
            (total, "/sum", "POST"),
            (stream, "/stream", "GET"),
            (fail, "/fail", "GET"),
        ):
            config.add_route(view.__name__, path, request_method=(method, "HEAD") if method == "GET" else method)
            renderer = "json" if view in {item, upload, total} else None
            config.add_view(view, route_name=view.__name__, renderer=renderer)
        return config.make_wsgi_app()
