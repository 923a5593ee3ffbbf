"""What the other scripts share; imported anew for each request."""

import os
import urllib.parse


def greeting(name):
    return "Hello, %s!" % name


def query():
    return dict(urllib.parse.parse_qsl(os.environ.get("QUERY_STRING", ""), keep_blank_values=True))
