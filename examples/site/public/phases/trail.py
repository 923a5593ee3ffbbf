"""A function for each phase that a directory can take part in. DECLINED means: httpd goes on as without me."""

from html import escape
from time import perf_counter

from mod_python import apache

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Phases of a request</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
<header><a href="/">mod_python</a> <a href="/source/phases">See the source</a></header>
<main>
<h1>Phases of a request</h1>
<p>On its way to this page, your request was seen by Python in these phases:</p>
<table>
{rows}
</table>
<p>One more follows when the answer is sent: PythonLogHandler, which here writes a line to the error log.</p>
</main>
"""


def note(req):
    trail = req.trail = getattr(req, "trail", [])  # a request keeps what handlers put on it
    trail.append((req.phase, perf_counter()))
    return apache.DECLINED


inithandler = headerparserhandler = accesshandler = typehandler = fixuphandler = note


def handler(req):
    note(req)
    begin = req.trail[0][1]
    rows = (f"<tr><th>{escape(phase)}</th><td>{(when - begin) * 1000:.3f} ms</td></tr>" for phase, when in req.trail)
    req.content_type = "text/html; charset=utf-8"
    req.write(PAGE.format(rows="\n".join(rows)))
    return apache.OK


def loghandler(req):
    req.log_error(f"{req.uri} took {len(req.trail)} phases", apache.APLOG_INFO)
    return apache.DECLINED
