#!/usr/bin/env python3
"""Echoes the first uploaded file, bytes as they came, under its own content type."""

import email.parser
import email.policy
import os
import sys

body = sys.stdin.buffer.read(int(os.environ["CONTENT_LENGTH"]))
head = ("Content-Type: %s\r\n\r\n" % os.environ["CONTENT_TYPE"]).encode("latin-1")
form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
for part in form.iter_parts():
    if part.get_filename():
        data = part.get_payload(decode=True)
        print("Content-Type: %s" % part.get_content_type())
        print("Content-Length: %d" % len(data))
        print("X-Name: %s" % part.get_filename())
        print()
        sys.stdout.buffer.write(data)
        break
else:
    print("Status: 400 No File\n")
