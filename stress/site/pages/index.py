"""A published function."""


def greet(req, name="nobody"):
    return f"Hello, {name}!"
