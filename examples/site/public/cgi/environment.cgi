#!/usr/bin/python3
"""An ordinary CGI script, which any web server could run."""

import os

print("Content-Type: text/plain; charset=utf-8")
print()
print("A CGI script finds the request in its environment:\n")
for name in "REQUEST_METHOD", "SCRIPT_NAME", "QUERY_STRING", "REMOTE_ADDR", "HTTP_USER_AGENT":
    print(f"  {name:15} = {os.environ.get(name, '')}")
