"""Server objects."""

import time

import pytest
from remote import CONFIG, Remote

from testenv.wait import until

HOSTS = """
ServerAdmin admin@example.org
ServerName localhost:48766
LogLevel python:info
Timeout 21
KeepAlive On
KeepAliveTimeout 7
MaxKeepAliveRequests 99
LimitRequestLine 8000
LimitRequestFieldSize 16000
LimitRequestFields 50
PythonOption main yes
PythonOption both main
PythonOption gone
PythonDebug On
<VirtualHost *>
    ServerName first.example.org:8080
    ServerAlias plain.example.org *.wild.example.org
    ServerAdmin other@example.org
    ErrorLog "${ROOT}/logs/first_log"
    LogLevel warn python:trace2
    ServerPath /first
    PythonOption both host
    PythonInterpreter of_first
    <Location /only>
        PythonOption inside 1
        PythonAutoReload Off
    </Location>
</VirtualHost>
<VirtualHost *>
    ServerName second.example.org
</VirtualHost>
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(HOSTS + CONFIG, app="api", processes=1)


@pytest.fixture
def python(server):
    """Code in the first virtual host, `s` being its server."""
    remote = Remote(server)
    return lambda code, **options: remote("s = req.server; main = apache.main_server\n" + code, **options)


class TestAttributes:
    @pytest.mark.parametrize(
        ("name", "host", "main"),
        [
            ("server_admin", "other@example.org", "admin@example.org"),
            ("server_hostname", "first.example.org", "localhost"),
            ("names", ("plain.example.org",), ()),
            ("wild_names", ("*.wild.example.org",), ()),
            ("port", 8080, 48766),
            ("loglevel", 9, 6),
            ("is_virtual", 1, 0),
            ("timeout", 21.0, 21.0),
            ("keep_alive_timeout", 7.0, 7.0),
            ("keep_alive_max", 99, 99),
            ("keep_alive", 1, 1),
            ("path", "/first", None),
            ("pathlen", 6, 0),
            ("limit_req_line", 8000, 8000),
            ("limit_req_fieldsize", 16000, 16000),
            ("limit_req_fields", 50, 50),
        ],
    )
    def test_each_says_what_the_configuration_does(self, python, name, host, main):
        assert python(f"s.{name}, main.{name}") == (host, main)

    def test_a_server_without_a_port_has_none(self, python):
        assert python("main.next.port") == 0

    def test_the_definition_is_a_file_and_a_line(self, python, server):
        lines = server.configuration.read_text().splitlines()
        file, line = python("s.defn_name, s.defn_line_number")
        assert (file, lines[line - 1]) == (str(server.configuration), "<VirtualHost *>")
        assert python("main.defn_name, main.defn_line_number") == (None, 0)

    def test_the_error_log_is_the_configured_one(self, python, server):
        assert python("s.error_fname") == str(server.root / "logs" / "first_log")

    def test_the_time_of_the_start_is_known(self, python):
        assert 0 <= time.time() - python("s.restart_time") < 600

    def test_the_generation_counts_restarts(self, serve):
        python = Remote(serve(CONFIG, app="api"))
        assert python("req.server.my_generation") == 0
        python.server.graceful()
        until(lambda: python("req.server.my_generation") == 1, 10, "an answer of a new child")

    @pytest.mark.parametrize("name", ["port", "names", "next", "loglevel", "my_generation"])
    def test_they_are_read_only(self, python, name):
        with pytest.raises(AttributeError):
            python(f"s.{name} = 5")
        with pytest.raises(AttributeError):
            python(f"del s.{name}")

    def test_others_can_be_added_and_last(self, python):
        python("s.mine = 5")
        assert python("s.mine") == 5

    def test_the_type_shows_its_name_and_makes_no_instances(self, python):
        assert python("str(type(s))") == "<class 'mp_server'>"


class TestIdentity:
    def test_next_leads_through_the_virtual_hosts(self, python):
        assert python("main.next is main.next, main.next.next is s, s.next") == (True, True, None)
        assert python("main.next.server_hostname") == "second.example.org"

    def test_a_server_is_one_object(self, python):
        assert python("s is req.server, req.connection.base_server is s, hash(s) == hash(s)") == (True, True, True)


class TestMethods:
    def test_the_configuration_is_that_outside_of_sections(self, python):
        assert sorted(python("s.get_config().keys()")) == ["PythonDebug", "PythonInterpreter", "PythonPath"]
        assert python(
            "[(c['PythonDebug'], c.get('PythonInterpreter')) for c in (s.get_config(), main.get_config())]"
        ) == [
            ("1", "of_first"),
            ("1", None),
        ]

    def test_the_configuration_is_a_copy(self, python):
        assert python("s.get_config().clear(); len(s.get_config())") == 3

    def test_options_are_those_outside_of_sections(self, python):
        assert python("s.get_options()['both'], s.get_options()['main'], 'inside' in s.get_options()") == (
            "host",
            "yes",
            False,
        )

    def test_an_emptied_option_stays_empty(self, python):
        assert python("main.get_options()['gone']") == ""

    def test_options_are_live(self, python):
        python("main.get_options()['set'] = 'at run time'")
        assert python("main.get_options()['set']") == "at run time"

    def test_a_message_goes_to_the_log_of_the_server(self, python, server):
        server.expect_log(r"\[python:error\].* to the main log")
        python("s.log_error('to the host', apache.APLOG_NOTICE); main.log_error('to the main log')")
        assert "to the host" in (server.root / "logs" / "first_log").read_text()
        assert "to the host" not in server.log.text

    def test_loglevel_counts(self, python, server):
        python("s.log_error('shown', 9); s.log_error('hidden', 10)")
        text = (server.root / "logs" / "first_log").read_text()
        assert "shown" in text
        assert "hidden" not in text
