"""examples/chat, as its configuration and its README say: what one client says, the others hear."""

from contextlib import ExitStack, contextmanager, suppress

import pytest

from testenv.client import Connection
from testenv.httpd import REPOSITORY
from testenv.ports import lease

EXAMPLE = REPOSITORY / "examples" / "chat"

# Who talks with each other must be threads of one process.
pytestmark = [pytest.mark.local_only, pytest.mark.mpm("event", "worker")]

CLIENTS = 20


def configuration(port):
    return f'Define CHAT "{EXAMPLE}"\nDefine CHAT_PORT {port}\nInclude "{EXAMPLE}/chat.conf"'


@pytest.fixture(scope="module")
def port():
    with lease() as leased:
        yield leased.port


@pytest.fixture(scope="module")
def server(serve_module, port):
    return serve_module(configuration(port), threads=CLIENTS + 4, modules=("reqtimeout",))


@pytest.fixture
def visit(server, port):
    """Enter the chat: `with visit("ada") as ada`; `ada.says(line)`, and `ada.hears()`, the next line."""
    server.allow_log("AH00484|AH00286|AH00161")
    return lambda name: visit_at(port, name)


@contextmanager
def visit_at(port, name):
    with Connection(("127.0.0.1", port), 20) as connection:
        visitor = Visitor(connection)
        assert visitor.hears() == "* your name?"
        visitor.says(name)
        visitor.greeting = visitor.hears()
        yield visitor
        with suppress(OSError):  # wait until the visit has ended for the server too
            connection.half_close()
            connection.receive_all()


class Visitor:
    def __init__(self, connection):
        self.connection = connection
        self.heard = b""

    def says(self, line):
        self.connection.send(line.encode() + b"\r\n")

    def hears(self):
        """The next line; "" at the end."""
        while b"\r\n" not in self.heard and (more := self.connection.receive()):
            self.heard += more
        line, _, self.heard = self.heard.partition(b"\r\n")
        return line.decode()


class TestTwo:
    @pytest.fixture
    def both(self, visit):
        with visit("ada") as ada, visit("grace") as grace:
            assert ada.greeting == "* hello ada; here are no others"
            assert (grace.greeting, ada.hears()) == ("* hello grace; here are ada", "* grace joins")
            yield ada, grace

    def test_they_hear_each_other_talk_and_leave(self, both):
        ada, grace = both
        grace.says("good morning \N{SUN BEHIND CLOUD}")
        assert ada.hears() == "<grace> good morning \N{SUN BEHIND CLOUD}"
        ada.says("/who")
        assert ada.hears() == "* here are ada, grace"
        grace.says("/quit")
        assert (grace.hears(), ada.hears()) == ("", "* grace leaves")

    def test_one_that_dies_leaves_too(self, both):
        ada, grace = both
        grace.connection.abort()
        assert ada.hears() == "* grace leaves"

    def test_no_terminal_is_controlled_by_others(self, both):
        ada, grace = both
        grace.connection.send(b"\x1b[2Jred\rforged \xff\n")
        assert ada.hears() == "<grace> \ufffd[2Jred\ufffdforged \ufffd"

    def test_a_line_that_does_not_end_is_cut(self, both):
        ada, grace = both
        grace.connection.send(b"x" * 1500 + b"\n")
        assert [len(ada.hears()), len(ada.hears())] == [len("<grace> ") + 1000, len("<grace> ") + 500]

    def test_a_name_is_one_s_own(self, both, visit):
        ada, grace = both
        with visit("ada") as other:
            assert other.greeting == "* somebody has that name"
            other.says("two words")
            assert other.hears() == "* a name has 1 to 20 letters, digits and underscores"
            other.says("Zo\xeb")
            assert (other.hears(), ada.hears()) == ("* hello Zo\xeb; here are ada, grace", "* Zo\xeb joins")


class TestMany:
    def test_everybody_hears_everybody_in_the_same_order(self, visit):
        names = [f"client{number}" for number in range(CLIENTS)]
        with ExitStack() as stack:
            visitors = {name: stack.enter_context(visit(name)) for name in names}
            for index, visitor in enumerate(visitors.values()):  # each has heard of those who came later
                later = names[index + 1 :]
                assert [visitor.hears() for _ in later] == [f"* {name} joins" for name in later]
            for name, visitor in visitors.items():
                visitor.says(f"I am {name}")
            heard = {name: [visitor.hears() for _ in names[1:]] for name, visitor in visitors.items()}
        first = heard[names[0]]
        for name, lines in heard.items():
            assert {*lines, f"<{name}> I am {name}"} == {f"<{other}> I am {other}" for other in names}
            assert [line for line in lines if line in first] == [line for line in first if line in lines]

    def test_one_that_does_not_read_holds_up_nobody(self, visit):
        with visit("ada") as ada, visit("deaf"), visit("eve") as eve:
            assert [ada.hears(), ada.hears()] == ["* deaf joins", "* eve joins"]
            for _ in range(150):  # 15 MB: more than the system keeps for a client that does not read
                eve.connection.send((b"x" * 990 + b"\n") * 100)
                ada.says("go on")
                assert eve.hears() == "<ada> go on"
                eve.says("enough")
                while ada.hears() != "<eve> enough":
                    pass


class TestEnd:
    def test_a_server_that_stops_waits_for_nobody(self, serve):
        with lease() as leased:
            server = serve(configuration(leased.port), modules=("reqtimeout",))
            with visit_at(leased.port, "ada") as ada, visit_at(leased.port, "grace"):
                assert ada.hears() == "* grace joins"
                server.stop()
                assert ada.connection.receive_all() in {b"", b"* grace leaves\r\n"}
