"""PythonEnablePdb: handlers, filters and connection handlers under the debugger, in single-process mode only."""

import subprocess

import pytest

from testenv.client import Connection
from testenv.ports import lease
from testenv.wait import until

MODULE = """
from mod_python import apache


def handler(req):
    req.write("handled")
    return apache.OK


def outputfilter(flt):
    flt.pass_on()


def connectionhandler(conn):
    conn.write(conn.readline().upper())
    return apache.OK
"""

SITE = """
PythonPath "sys.path + ['${DOCROOT}']"
<Location /handled>
    SetHandler mod_python
    PythonHandler stopped
    PythonEnablePdb On
</Location>
PythonOutputFilter stopped STOPPED
<Location /page.txt>
    SetOutputFilter STOPPED
    PythonEnablePdb On
</Location>
"""

LINE_PROTOCOL = """
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    PythonEnablePdb On
    PythonConnectionHandler stopped
</VirtualHost>
"""


class Terminal:
    """httpd as a developer starts it, in the foreground; what is typed is there before pdb asks for it."""

    def __init__(self, server, mode):
        self.server = server
        self.command = [*server.command, *mode]
        self.shown = ""

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, env=self.server.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        until(self._is_up, 10, "httpd in the foreground")
        return self

    def _is_up(self):
        try:
            self.server.connect().close()
        except ConnectionRefusedError:
            return False
        return True

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def __exit__(self, *exception):
        self.process.terminate()
        self.shown = self.process.communicate(timeout=10)[0]


@pytest.fixture
def debug(serve):
    """Stops the server, and starts it again in single-process mode."""

    def debug(*lines, mode=("-X",)):
        server = serve("\n".join([SITE, *lines]))
        server.allow_log("MP0060")
        server.write("stopped.py", MODULE)
        server.write("page.txt", "text")
        server.stop()
        return server, Terminal(server, mode)

    return debug


def test_with_more_processes_it_is_announced_and_off(serve):
    server = serve(SITE)
    server.write("stopped.py", MODULE)
    server.expect_log("MP0060: PythonEnablePdb is On, but has no effect: start httpd in single-process mode, with -X")
    assert server.log.everything.count("MP0060") == 1
    assert server.get("/handled").text == "handled"


@pytest.mark.local_only
class TestSingleProcess:
    @pytest.mark.parametrize("mode", [["-X"], ["-DONE_PROCESS", "-DNO_DETACH"]])
    def test_a_handler_stops_at_its_first_line(self, debug, mode):
        server, terminal = debug(mode=mode)
        with terminal:
            terminal.type("p req.uri\nc\n")
            assert server.get("/handled").text == "handled"
        assert "stopped.py" in terminal.shown
        assert "(Pdb) '/handled'" in terminal.shown

    def test_leaving_is_an_error(self, debug):
        server, terminal = debug()
        server.allow_log("MP0100: PythonHandler stopped: ")
        with terminal:
            terminal.type("q\n")
            assert server.get("/handled").status_code == 500

    def test_a_filter_stops_at_each_call(self, debug):
        server, terminal = debug()
        with terminal:
            terminal.type("p flt.name\nc\n" * 9)
            assert server.get("/page.txt").text == "text"
        assert "(Pdb) 'stopped'" in terminal.shown

    def test_a_connection_handler_stops_too(self, debug):
        with lease() as leased:
            _, terminal = debug(LINE_PROTOCOL.format(port=leased.port))
            with terminal:
                terminal.type("p conn.local_addr\nc\n")
                with Connection(("127.0.0.1", leased.port), 20) as connection:
                    connection.send(b"line\n")
                    assert connection.receive_all() == b"LINE\n"
        assert f"(Pdb) ('127.0.0.1', {leased.port})" in terminal.shown
