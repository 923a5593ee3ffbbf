"""Wrong ways to add a handler."""


def past(req):
    req.add_handler("PythonTransHandler", "adding")


def cleanup(req):
    req.add_handler("PythonCleanupHandler", "adding")


def nonsense(req):
    req.add_handler("PythonHandler", None)
