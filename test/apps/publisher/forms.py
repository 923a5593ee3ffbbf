"""What published functions are called with."""

import hashlib


def echo(req, name, color="blue"):
    return repr((name, color))


def everything(req, **fields):
    return repr(sorted(fields.items()))


def typed(number: int, flag: bool = False):
    return repr((number, flag))


def fields(req):
    return repr([(field.name, field.value) for field in req.form.list])


def upload(req, file, note=""):
    digest = hashlib.sha256(file.file.read()).hexdigest()
    return repr((file.filename, file.type, digest, note))


def save(req, value):
    return "saved %s" % value


save.methods = ["POST"]
