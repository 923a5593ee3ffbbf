"""Ways to say something; the query names one."""

import contextvars
import logging
import signal
import sys
import threading
import warnings
from pathlib import Path

from mod_python import apache

log = logging.getLogger("site.shop")
log.setLevel(logging.DEBUG)
HERE = Path(__file__).parent


def handler(req):
    req.write("said")
    return globals()[req.args](req) or apache.OK


def prints(req):
    print("one\ntwo", end="")
    print(" and more")
    print("without an end", end="")


def errors(req):
    sys.stderr.write("to stderr\n")


def warns(req):
    warnings.warn("old ways", stacklevel=1)


def levels(req):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        log.log(level, "at %d", level)


def exception(req):
    try:
        1 / 0  # noqa: B018 - that is the point
    except ZeroDivisionError:
        log.exception("caught")


def misfit(req):
    log.warning("%d", "no number")


class Failing(logging.Handler):
    def emit(self, record):
        try:
            raise ValueError("nowhere to write to")
        except ValueError:
            self.handleError(record)


def handler_fails(req):
    failing = Failing()
    log.addHandler(failing)
    log.info("lost")
    log.removeHandler(failing)


def basic(req):
    logging.basicConfig(level=logging.INFO, format="%(levelname)s <%(message)s>")
    logging.info("configured")


def basic_stream(req):
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="on a stream: %(message)s")
    logging.info("configured")


def root(req):
    logging.warning("from the root")


def odd(req):
    print("nul \0 tab \t escape \x1b é \udcff lone \ud83d end")


def long(req):
    print("x" * 20000 + "end")


def log_error(req):
    req.log_error("by req", apache.APLOG_NOTICE)
    req.server.log_error("by server", apache.APLOG_NOTICE)
    apache.log_error("by apache", apache.APLOG_NOTICE)


def raises(req):
    raise ValueError("half a character: \ud83d")


def thread(req):
    thread = threading.Thread(target=print, args=("from a thread",))
    thread.start()
    thread.join()


def thread_with_context(req):
    thread = threading.Thread(target=contextvars.copy_context().run, args=(print, "from a helper"))
    thread.start()
    thread.join()


outlived = threading.Event()


def thread_that_outlives(req):
    context = contextvars.copy_context()

    def speak():
        outlived.wait()
        context.run(print, "from an outliving thread")

    threading.Thread(target=speak).start()


def let_go(req):
    outlived.set()


def signals(req):
    before = signal.getsignal(signal.SIGTERM)
    after = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    req.write(f" {before == after == signal.getsignal(signal.SIGTERM)}")
