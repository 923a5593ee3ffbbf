"""A handler: a function that is given the request and answers it."""

from mod_python import apache


def handler(req):
    req.content_type = "text/plain; charset=utf-8"
    req.write("Hello, World!\n\n")
    req.write(f"You asked for {req.unparsed_uri} with {req.method}, from {req.useragent_ip}, and sent:\n\n")
    for name, value in req.headers_in.items():
        req.write(f"  {name}: {value}\n")
    return apache.OK
