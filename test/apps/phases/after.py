"""What happens once the response is out."""

from trail import cleanuphandler  # noqa: F401 - configured to run after the registered ones

from mod_python import apache


def fail(req):
    return 1 / 0


def say(req, what):
    req.log_error(f"trail: {what}", apache.APLOG_INFO)


def handler(req):
    req.register_cleanup(lambda data: say(req, f"first {data}"), "data")
    req.register_cleanup(fail)
    req.register_cleanup(lambda data: say(req, f"second {data}"), ("a", "tuple"))
    req.register_cleanup(lambda data: say(req, f"third {data}"))
    req.write("registered")
    return apache.OK
