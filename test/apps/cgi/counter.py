#!/usr/bin/env python3
"""A page counter: the count is kept in a file of the working directory, or in the one $COUNTER names."""

import os

path = os.environ.get("COUNTER", "counter.txt")
try:
    with open(path) as f:
        count = int(f.read())
except FileNotFoundError:
    count = 0
count += 1
with open(path, "w") as f:
    f.write(str(count))

print("Content-Type: text/html\n")
print("<p>You are visitor number <b>%d</b>.</p>" % count)
