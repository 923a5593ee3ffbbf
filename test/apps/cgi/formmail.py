#!/usr/bin/env python3
"""Form mail: appends the posted form to the mailbox $MAILBOX (mail.txt by default), then sends the visitor on."""

import html
import os
import sys
import urllib.parse


def fail(text):
    print("Status: 400 Bad Form")
    print("Content-Type: text/html; charset=utf-8\n")
    print("<p>%s</p>" % html.escape(text))
    sys.exit(0)


def main():
    if os.environ["REQUEST_METHOD"] != "POST":
        fail("Please post the form.")
    body = sys.stdin.read(int(os.environ["CONTENT_LENGTH"]))
    form = dict(urllib.parse.parse_qsl(body))
    if "@" not in form.get("from", ""):
        fail("Not an address: " + form.get("from", ""))
    with open(os.environ.get("MAILBOX", "mail.txt"), "a", encoding="utf-8") as mailbox:
        for name in ("from", "subject", "message"):
            mailbox.write("%s: %s\n" % (name, form.get(name, "").replace("\n", " ")))
    print("Location: /thanks.html\n")


if __name__ == "__main__":
    main()
