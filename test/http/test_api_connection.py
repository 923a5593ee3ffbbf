"""Connection objects, and the handlers that speak for themselves."""

import pytest
from remote import CONFIG, PATH, Remote, header, literal


class TestInARequest:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        return serve_class(CONFIG + "KeepAlive On\n", app="api", processes=1)

    @pytest.fixture
    def python(self, server):
        remote = Remote(server)
        return lambda code, **options: remote("c = req.connection\n" + code, **options)

    def test_both_ends_have_addresses(self, python, server):
        local, client = python("c.local_addr, c.client_addr")
        assert local == ("127.0.0.1", server.port)
        assert client[0] == "127.0.0.1"
        assert client[1] > 0
        assert python("c.local_ip, c.client_ip, c.local_host") == ("127.0.0.1", "127.0.0.1", None)

    @pytest.mark.parametrize(("old", "new"), [("remote_ip", "client_ip"), ("remote_addr", "client_addr")])
    def test_the_old_names_still_work_with_a_warning(self, python, server, old, new):
        server.expect_log(rf"\[python:warn\].*connection\.{old} is now called client_")
        assert python(f"c.{old} == c.{new}") is True

    def test_names_are_unknown_until_looked_up(self, python):
        assert python("c.remote_host, c.remote_logname, c.double_reverse") == (None, None, 0)

    def test_its_state(self, python):
        assert python("c.aborted, c.keepalives, type(c.id).__name__") == (0, 0, "int")

    def test_the_server_is_the_one_it_came_in_on(self, python):
        assert python("c.base_server is apache.main_server") is True

    def test_notes_are_a_table(self, python):
        assert python("c.notes['a'] = 'b'; c.notes['A'], str(type(c.notes))") == ("b", "<class 'mp_table'>")

    def test_there_are_no_connection_handlers(self, python):
        assert python("c.hlist") is None

    def test_keep_alive_can_be_ended(self, python, server):
        constants = "[apache.AP_CONN_UNKNOWN, apache.AP_CONN_CLOSE, apache.AP_CONN_KEEPALIVE]"
        assert python(f"c.keepalive in {constants}") is True
        with server.connect() as connection:
            code = header("req.connection.keepalive = apache.AP_CONN_CLOSE").encode()
            connection.send(b"GET /value HTTP/1.1\r\nHost: x\r\nX-Python: " + code + b"\r\n\r\n")
            assert b"Connection: close\r\n" in connection.receive_all()

    @pytest.mark.parametrize("value", ["None", "'1'", "1.0"])
    def test_keepalive_is_an_int(self, python, value):
        with pytest.raises(TypeError, match="keepalive must be an int"):
            python(f"c.keepalive = {value}")

    READ_ONLY = (
        "base_server local_addr client_addr remote_addr client_ip remote_ip remote_host remote_logname aborted "
        "double_reverse keepalives local_ip local_host id"
    )

    @pytest.mark.parametrize("name", READ_ONLY.split())
    def test_the_rest_is_read_only(self, python, name):
        with pytest.raises(AttributeError):
            python(f"c.{name} = 5")
        with pytest.raises(AttributeError):
            python(f"del c.{name}")

    def test_the_type_shows_its_name(self, python):
        assert python("str(type(c))") == "<class 'mp_conn'>"

    def test_a_message_carries_the_client(self, python, server):
        server.expect_log(r"\[python:error\].*\[client 127\.0\.0\.1:\d+\] by the connection")
        server.expect_log(r"\[python:info\].* quietly")
        python("c.log_error('by the connection'); c.log_error(b'quietly', apache.APLOG_INFO)")


class TestHandler:
    """A protocol of its own: a line of code, perhaps data, an answer."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        return serve_class(PATH + "PythonConnectionHandler evaluate\nTimeout 5\n", app="api")

    @pytest.fixture
    def ask(self, server):
        def ask(code, data=b"", **options):
            return literal(server.raw(header(code).encode() + b"\n" + data, **options).decode())

        return ask

    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("conn.readline(), conn.readline()", (b"one\n", b"two\r\n")),
            ("conn.readline(2), conn.readline(2), conn.readline(100)", (b"on", b"e\n", b"two\r\n")),
            ("conn.read(2), conn.read(1), conn.readline()", (b"on", b"e", b"\n")),
            ("conn.readline(2), conn.read(2)", (b"on", b"e\n")),
            ("conn.read(-1)", b"one\ntwo\r\nthree"),
            ("conn.readline(), conn.read(-1), conn.read(-1)", (b"one\n", b"two\r\nthree", None)),
            ("[conn.readline() for _ in range(5)]", [b"one\n", b"two\r\n", b"three", b"", b""]),
            ("conn.read(-1), conn.read(), conn.read(5), conn.readline()", (b"one\ntwo\r\nthree", None, None, b"")),
        ],
    )
    def test_reading(self, ask, code, value):
        assert ask(code, b"one\ntwo\r\nthree", half_close=True) == value

    @pytest.mark.parametrize("arguments", ["", "0", "100"])
    def test_a_read_gives_what_is_there(self, server, arguments):
        with server.connect() as connection:
            code = f"a = conn.read({arguments}); conn.write('|'); b = conn.read({arguments}); a, b"
            connection.send(header(code).encode() + b"\n")
            connection.send(b"first")
            assert connection.receive_until(b"|") == b"|"
            connection.send(b"second")
            a, b = literal(connection.receive_all().decode())
        assert (a + b).startswith(b"first")

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            ("read(-2)", ValueError),
            ("read('1')", TypeError),
            ("read(1, 2)", TypeError),
            ("write(None)", TypeError),
            ("write(5)", TypeError),
            ("write()", TypeError),
        ],
    )
    def test_what_is_refused(self, ask, call, error):
        with pytest.raises(error):
            ask(f"conn.{call}")

    @pytest.mark.parametrize(
        ("data", "sent"),
        [("'caf\\xe9'", "café".encode()), ("b'\\0\\xff'", b"\0\xff"), ("bytearray(b'ab')", b"ab"), ("''", b"")],
    )
    def test_writing(self, server, data, sent):
        answer = server.raw(header(f"conn.write({data}); None").encode() + b"\n")
        assert answer == sent + b"('value', None)"

    def test_a_peer_that_is_gone_is_an_os_error(self, server, ask):
        code = """
        try:
            while True:
                conn.write('x' * 100000)
        except OSError as error:
            apache.log_error(f'gone: {error!r}, aborted {conn.aborted}', apache.APLOG_INFO)
        """
        server.expect_log("gone: ClientGone.*, aborted 1$")
        server.allow_log("MP0101")
        with server.connect() as connection:
            connection.send(header(code).encode() + b"\n")
            connection.receive()
            connection.abort()
        server.log.wait("gone: ")

    def test_the_handler_list_is_that_of_the_directive(self, ask):
        assert ask("conn.hlist.handler, conn.hlist.directory, conn.hlist.silent") == ("evaluate", None, 0)

    def test_what_a_silent_peer_costs_is_limited(self, server):
        """Timeout holds for reading."""
        code = header("try: conn.read(1)\nexcept OSError as error: result = type(error).__name__\nresult").encode()
        with server.connect() as connection:
            connection.send(code + b"\n")
            assert connection.receive_all() == b"('value', 'ClientGone')"


class TestStack:
    def test_declined_leaves_it_to_the_next_and_to_httpd(self, serve):
        python = Remote(serve(CONFIG + "PythonConnectionHandler evaluate::declines\n", app="api"))
        assert python("req.connection.notes['declined'], req.connection.hlist") == ("evaluate::declines", None)

    def test_the_second_handler_takes_over(self, serve):
        server = serve(PATH + "PythonConnectionHandler evaluate::declines evaluate\n", app="api")
        assert (
            server.raw(b"conn.notes['declined'],%20conn.hlist.handler\n")
            == b"('value', ('evaluate::declines', 'evaluate'))"
        )

    def test_a_class_in_its_name_is_made_with_the_connection(self, serve):
        server = serve(PATH + "PythonConnectionHandler evaluate::Instance.connectionhandler\n", app="api")
        assert server.raw(b"conn.notes['same']\n") == b"('value', 'True')"

    def test_an_error_is_logged_and_ends_the_connection(self, serve):
        server = serve(PATH + "PythonConnectionHandler evaluate::no_such_function\n", app="api")
        server.expect_log("MP0100: PythonConnectionHandler evaluate::no_such_function")
        server.allow_log("MP0100")
        assert server.raw(b"x") == b""
