"""Handlers for tests of dispatch: each does one thing."""

from http import HTTPStatus

from mod_python import apache


def handler(req):
    req.content_type = "text/plain"
    req.write(f"basic handled {req.uri}")
    return apache.OK


def where(req):
    req.content_type = "text/plain"
    req.write(f"{req.interpreter} {req.hlist.directory} {req.hlist.is_location} {req.extension}")
    return apache.OK


def echo_body(req):
    req.write(req.read())
    return apache.OK


def body_length(req):
    req.write(str(sum(len(line) for line in req)))
    return apache.OK


def read_twice(req):
    for _ in range(2):
        try:
            req.write(f"{req.read()} ")
        except apache.SERVER_RETURN as error:
            req.write(f"{error} ")
    return apache.OK


def headers(req):
    req.content_type = "text/plain"
    for name, value in req.headers_in.items():
        req.write(f"{name}: {value}\n", 0)
    return apache.OK


def text(req):
    req.content_type = "text/plain"
    req.write(repr([req.uri, req.args, req.path_info, req.headers_in.get("X-Odd"), req.headers_in.get("Cookie")]))
    return apache.OK


def forever(req):
    while True:
        req.write(b"x" * 65536)


def wrong(req):
    results = {"none": None, "text": "OK", "true": True, "number": 42, "early": 103, "negative": -7, "huge": 10**30}
    return results[req.args]


def enum(req):
    return HTTPStatus.NOT_FOUND


def http_ok(req):
    req.write("fine")
    return apache.HTTP_OK


def leave(req):
    raise apache.SERVER_RETURN(*(int(part) for part in req.args.split(",")))


def leave_empty(req):
    raise apache.SERVER_RETURN


def fail(req):
    message = "<script>alert(1)</script>"
    raise ValueError(message)


def fail_late(req):
    req.write("half of it")
    raise ValueError("too late")


def leave_process(req):
    raise SystemExit(3)


def interrupt(req):
    raise KeyboardInterrupt


def deep(req):
    return deep(req)


def header_injection(req):
    req.headers_out["X-Test"] = "a\r\nSet-Cookie: b=1"
    return apache.OK


def typed(req):
    req.content_type = "application/x-mine"
    return apache.DECLINED
