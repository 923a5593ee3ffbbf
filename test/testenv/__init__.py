r"""The live-server harness: a real httpd per test, on this machine or in a container, judged by its error log.

A test asks the `serve` fixture for a `Server`, talks to it and announces what its error log will say; everything
else that is logged at level error or worse, a crashed child, a leaked process or descriptor fails that test.

    def test_a_failing_handler_is_reported(serve):
        server = serve("SetHandler mod_python\nPythonHandler page", app="failing")  # test/apps/failing
        server.expect_log("MP0100: .*ZeroDivisionError")
        assert server.get("/").status_code == 500

`serve_class` and `serve_module` start servers that several tests share; `config_error(config)` returns why httpd
refuses a configuration. Files that httpd shall read belong below `server.root`, all that a container sees of this
machine.
"""

from testenv.client import Connection
from testenv.config import Config
from testenv.server import Server, StartError

__all__ = ["Config", "Connection", "Server", "StartError"]
