"""The work as a function that is given no request object, but functions of C."""


def hello(set_type, write):
    set_type("text/plain")
    write("Hello, World!")
