#!/usr/bin/env python3
"""Prints its environment, one NAME=value a line."""

import os

print("Content-Type: text/plain; charset=iso-8859-1")
print()
for name in sorted(os.environ):
    print("%s=%s" % (name, os.environ[name]))
