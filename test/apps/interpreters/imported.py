"""For PythonImport: remembers what was done to it."""

from mod_python import apache

calls = []


def one():
    calls.append("one")


def two():
    calls.append("two")


def fail():
    raise RuntimeError("not today")


def handler(req):
    req.write(f"{apache.interpreter}: {' '.join(calls)}")
    return apache.OK
