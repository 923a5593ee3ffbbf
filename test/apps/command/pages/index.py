def greet(req, name="World"):
    return f"Hello, {name}!"
