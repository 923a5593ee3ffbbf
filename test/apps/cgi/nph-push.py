#!/usr/bin/env python3
"""A non-parsed-header script: says the status line itself, and pushes its lines one by one."""

import os
import sys

sys.stdout.write("%s 203 Non-Authoritative\r\n" % os.environ["SERVER_PROTOCOL"])
sys.stdout.write("Content-Type: text/plain\r\nServer: my own\r\n\r\n")
for number in (1, 2, 3):
    print("line", number, flush=True)
