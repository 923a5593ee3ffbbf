"""The page of an image that nobody has given a site yet."""

PAGE = """<!DOCTYPE html>
<title>mod_python</title>
<h1>mod_python serves</h1>
<p>This page is <code>/srv/site/index.py</code> of the image. To serve your own site:</p>
<pre>docker run --publish 8080:8080 --volume "$PWD/site:/srv/site:ro" mod_python</pre>
"""


def index(req):
    """Answer with the page."""
    req.content_type = "text/html; charset=utf-8"
    return PAGE
