"""For PythonHandlerModule: functions for some of the phases."""

from mod_python import apache


def fixuphandler(req):
    req.text = "fixup"
    return apache.OK


def handler(req):
    req.write(f"{req.text} content\n")
    return apache.OK


def cleanuphandler(req):
    req.log_error("trail: cleanup", apache.APLOG_INFO)
    return apache.OK
