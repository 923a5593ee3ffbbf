"""A handler with a mistake in it. Find it, save the file, and load the page again."""

from mod_python import apache


def handler(req):
    req.content_type = "text/plain; charset=utf-8"
    req.write(f"{len(req.headers_in)} headers, on average {average(req.headers_out):.0f} characters long.\n")
    return apache.OK


def average(headers):
    return sum(len(value) for value in headers.values()) / len(headers)
