#!/usr/bin/env python3
"""Goes wrong in the way the query says: exception, exit, header, nothing, or late (after some output was sent)."""

import os
import sys

how = os.environ["QUERY_STRING"]
if how == "header":
    print("<p>I forgot the header.</p>")
elif how != "nothing":
    print("Content-Type: text/plain\n")
    print("some output")
if how == "late":
    sys.stdout.flush()
if how == "exit":
    sys.exit(3)
if how in ("exception", "late"):
    raise RuntimeError("on purpose")
