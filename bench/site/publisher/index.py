"""The work, as published functions."""


def hello(req):
    return "Hello, World!"


def form(req, field0, field1, field2, field3, field4, field5, field6, field7, field8, field9):
    fields = (field0, field1, field2, field3, field4, field5, field6, field7, field8, field9)
    return "%d fields" % len(fields)
