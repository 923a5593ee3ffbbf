"""An output filter that numbers the lines of what passes through it.

A filter is called for each piece of a response, and pieces end anywhere, also in the middle of a line. So what has to
be known in the next call is kept on the request.
"""

from dataclasses import dataclass


@dataclass
class Numbering:
    """Where one response stands."""

    line: int = 0
    in_line: bool = False


def outputfilter(filter):
    req = filter.req
    if not hasattr(req, "numbering"):
        req.numbering = Numbering()
        forget_the_file(req)
    while line := filter.readline():
        filter.write(number(req.numbering, line))
    if line is None:  # the end; empty would mean that more will come
        filter.close()


def number(numbering, line):
    """`line`, or part of one, with a number if it is the beginning of one."""
    if numbering.in_line:
        prefix = b""
    else:
        numbering.line += 1
        prefix = b"%6d  " % numbering.line
    numbering.in_line = not line.endswith(b"\n")
    return prefix + line


def forget_the_file(req):
    """What httpd says of the file is not true of what the client gets. The length httpd has forgotten itself."""
    for header in ("ETag", "Last-Modified"):
        req.headers_out.pop(header, None)
