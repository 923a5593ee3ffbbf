"""A form that sends mail; here the mail goes to a file."""

# ruff: noqa: UP031, SIM115 - written as in 2013

FORM = """\
<html><body>
<form action="contact.py/email" method="POST">
Name: <input type="text" name="name"><br>
Address: <input type="text" name="address"><br>
Message: <textarea name="message"></textarea><br>
<input type="submit">
</form>
</body></html>
"""


def index():
    return FORM


def email(req, name, address, message="(none)"):
    if not (name and address):
        return "A name and an address are needed."
    mail = "From: %s <%s>\n\n%s\n.\n" % (_line(name), _line(address), message)
    mailbox = open(req.get_options()["contact.mailbox"], "ab")
    mailbox.write(mail.encode("utf-8"))
    mailbox.close()

    req.content_type = "text/html"
    req.write("<html><body>")
    req.write("Thank you, %s!" % name.replace("&", "&amp;").replace("<", "&lt;"))
    return "</body></html>"


def _line(text):
    return " ".join(text.split())
