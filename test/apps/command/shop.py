"""A WSGI application whose answer is in a module that it imports."""

import goods


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{goods.NAME} at {environ['PATH_INFO']} by {environ['wsgi.url_scheme']}".encode()]


def create_app():
    return app
