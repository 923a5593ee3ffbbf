"""What a request knows about itself and its client."""

import pytest
from remote import CONFIG, PATH, Remote

AUTH = """
<Location "/value/auth">
    AuthType Basic
    AuthName "the realm"
    Require all granted
</Location>
<Location "/value/other-auth">
    AuthType Digest
    AuthName "x"
    Require all granted
</Location>
"""


@pytest.fixture(scope="module")
def python(serve_module):
    return Remote(serve_module(CONFIG + AUTH, app="api", processes=1))


class TestVariables:
    def test_common_ones_describe_client_and_server(self, python):
        code = "req.add_common_vars(); dict(req.subprocess_env.items())"
        shown = python(code, "/x?a=b", headers={"X-Test": "1", "Authorization": "Basic eA=="})
        assert shown["HTTP_X_TEST"] == "1"
        assert shown["SERVER_NAME"] == "127.0.0.1"
        assert shown["SERVER_PORT"] == str(python.server.port)
        assert shown["REMOTE_ADDR"] == "127.0.0.1"
        assert shown["DOCUMENT_ROOT"] == str(python.server.docroot)
        assert "HTTP_AUTHORIZATION" not in shown
        assert "GATEWAY_INTERFACE" not in shown

    def test_cgi_ones_describe_the_request_as_well(self, python):
        code = "req.add_cgi_vars(); e = req.subprocess_env; [e.get(n) for n in %r]"
        names = [
            "GATEWAY_INTERFACE",
            "SERVER_PROTOCOL",
            "REQUEST_METHOD",
            "QUERY_STRING",
            "REQUEST_URI",
            "PATH_TRANSLATED",
        ]
        shown = python(code % names, "/x%20y?a=b", method="POST")
        assert shown == ["CGI/1.1", "HTTP/1.1", "POST", "a=b", "/value/x%20y?a=b", None]
        assert python(code % ["QUERY_STRING"]) == [""]

    def test_script_name_and_path_info_make_up_the_uri(self, python):
        code = "req.add_cgi_vars(); e = req.subprocess_env; e['SCRIPT_NAME'] + e.get('PATH_INFO', '') == req.uri"
        assert python(code, "/x/y") is True


class TestServer:
    def test_the_document_root(self, python):
        assert python("req.document_root()") == str(python.server.docroot)

    def test_a_url_has_scheme_host_and_port(self, python):
        assert python("req.construct_url('/a?b=c')") == f"http://127.0.0.1:{python.server.port}/a?b=c"

    def test_a_default_port_is_left_out(self, serve):
        python = Remote(serve("UseCanonicalName On\nServerName example.org:80\n" + CONFIG, app="api"))
        assert python("req.construct_url('/caf\\xe9')") == "http://example.org/café"

    @pytest.mark.parametrize(("uri", "error"), [("None", TypeError), ("'a\\0'", ValueError)])
    def test_a_url_is_made_of_text(self, python, uri, error):
        with pytest.raises(error):
            python(f"req.construct_url({uri})")

    def test_without_tls_the_connection_is_plain(self, python):
        assert python("req.is_https(), req.ssl_var_lookup('SSL_PROTOCOL')") == (False, None)


class TestAuthentication:
    PASSWORD = "a = req.user, req.ap_auth_type; req.get_basic_auth_pw(), req.user, req.ap_auth_type, a"

    def test_type_and_name_are_the_configured_ones(self, python):
        assert python("req.auth_type(), req.auth_name()", "/auth") == ("Basic", "the realm")
        assert python("req.auth_type(), req.auth_name()") == (None, None)

    def test_the_password_comes_with_the_user(self, python):
        shown = python(self.PASSWORD, "/auth", auth=("eggs", "sp:am"))
        assert shown == ("sp:am", "eggs", "Basic", (None, None))

    @pytest.mark.parametrize("name", ["zoë", "日本"])
    def test_they_are_utf8_when_that_is_possible(self, python, name):
        assert python(self.PASSWORD, "/auth", auth=(name.encode(), name.encode()))[:2] == (name, name)

    def test_and_latin_1_when_not(self, python):
        assert python(self.PASSWORD, "/auth", auth=(b"zo\xeb", b"\xff"))[:2] == ("\xff", "zoë")

    @pytest.mark.parametrize("value", ["Bearer x", "Basic", "Basic !!!"])
    def test_other_credentials_are_none(self, python, value):
        python.server.allow_log("AH")
        shown = python(self.PASSWORD, "/auth", headers={"Authorization": value})
        assert not shown[0]

    def test_absent_ones_are_none_and_ask_for_them(self, python):
        code = "req.get_basic_auth_pw(), req.err_headers_out['WWW-Authenticate']"
        assert python(code, "/auth") == (None, 'Basic realm="the realm"')

    @pytest.mark.parametrize("where", ["", "/other-auth"])
    def test_without_authtype_basic_there_is_no_password(self, python, where):
        assert python("req.get_basic_auth_pw()", where, auth=("a", "b")) is None


class TestRemoteHost:
    def test_an_address_is_always_known(self, python):
        assert python("req.get_remote_host(apache.REMOTE_NOLOOKUP)") == "127.0.0.1"
        assert python("req.get_remote_host(apache.REMOTE_NAME, 1)") == ("127.0.0.1", 1)

    def test_without_lookups_there_is_no_name(self, python):
        assert python("req.get_remote_host(apache.REMOTE_HOST), req.get_remote_host(apache.REMOTE_HOST, 1)") == (
            None,
            None,
        )

    def test_with_lookups_there_is(self, serve):
        python = Remote(serve("HostnameLookups On\n" + CONFIG, app="api"))
        assert python("req.get_remote_host(apache.REMOTE_HOST, 1)") == ("localhost", 0)
        assert python("req.get_remote_host()") == "localhost"
        assert python("req.get_remote_host(apache.REMOTE_HOST); req.connection.remote_host") == "localhost"

    def test_a_name_can_be_verified(self, python):
        code = "req.get_remote_host(apache.REMOTE_DOUBLE_REV), req.connection.double_reverse"
        assert python(code) in (("localhost", 1), (None, -1))
        assert python("req.connection.double_reverse") == 0

    def test_behind_a_proxy_it_is_the_user_agent_s(self, serve):
        lines = "RemoteIPHeader X-Client\nRemoteIPInternalProxy 127.0.0.1\n"
        python = Remote(serve(lines + CONFIG, app="api", modules=("remoteip",)))
        code = """
        name = req.get_remote_host(apache.REMOTE_NOLOOKUP)
        name, req.useragent_ip, req.useragent_addr[0], req.connection.client_ip
        """
        assert python(code, headers={"X-Client": "192.0.2.7"}) == ("192.0.2.7",) * 3 + ("127.0.0.1",)

    def test_an_unknown_rule_is_that_for_names(self, python):
        assert python("req.get_remote_host(77, 1)") == ("127.0.0.1", 1)

    @pytest.mark.parametrize("arguments", ["'x'", "None", "1, 2, 3"])
    def test_a_rule_is_an_int(self, python, arguments):
        with pytest.raises(TypeError):
            python(f"req.get_remote_host({arguments})")


class TestLog:
    def test_a_message_carries_the_request(self, python):
        python.server.expect_log(r"\[python:error\].*\[client 127\.0\.0\.1:\d+\] by the request")
        python("req.log_error('by the request')")

    @pytest.mark.parametrize(("level", "name"), [("EMERG", "emerg"), ("WARNING", "warn"), ("INFO", "info")])
    def test_at_its_level(self, python, level, name):
        python.server.expect_log(rf"\[python:{name}\].*at its level")
        python(f"req.log_error('at its level', apache.APLOG_{level})")

    def test_none_is_no_message_and_a_level_is_an_int(self, python):
        assert python("req.log_error(None)") is None
        with pytest.raises(TypeError):
            python("req.log_error('x', 'y')")


class TestWSGI:
    def test_the_environment_is_a_dict_with_the_keys_of_pep_3333(self, python):
        code = """
        e = req.build_wsgi_env()
        e['REQUEST_METHOD'], e['wsgi.version'], e['wsgi.input'].read(), [k for k in e if k[:4] == 'wsgi']
        """
        keys = "errors file_wrapper input multiprocess multithread run_once url_scheme version".split()
        shown = python(code, method="POST", data=b"abc")
        assert shown[:3] == ("POST", (1, 0), b"abc")
        assert set(shown[3]) >= {f"wsgi.{key}" for key in keys if key != "file_wrapper"}

    def test_start_response_sets_status_and_headers_and_returns_write(self, python):
        code = "req.wsgi_start_response('299 Odd', [('X-A', '1'), ('X-A', '2')])(b'body')"
        response = python.run(code)
        assert (response.status_code, response.reason, response.text) == (299, "Odd", "body")
        assert response.raw.headers.getlist("X-A") == ["1", "2"]

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ("'200 OK', ()", TypeError),
            ("'200 OK', [5]", TypeError),
            ("'200 OK', [(1, 2)]", TypeError),
            ("'99 x', []", ValueError),
        ],
    )
    def test_and_refuses_what_pep_3333_does(self, python, arguments, error):
        with pytest.raises(error):
            python(f"req.wsgi_start_response({arguments})")


REQUIRES = """
<Location "/anybody">
    Require all granted
</Location>
<Directory "${DOCROOT}/a">
    Require user joe ann
    Require valid-user
</Directory>
<Directory "${DOCROOT}/a/deep">
    Require group staff
    <Files "*.secret">
        Require user boss
    </Files>
    <FilesMatch "^x[0-9]+$">
        Require user numbers
    </FilesMatch>
</Directory>
<Directory "${DOCROOT}/*/wild">
    <RequireAll>
        Require host example.org
        <RequireNone>
            Require ip 10
        </RequireNone>
    </RequireAll>
</Directory>
<DirectoryMatch "/match(ed)?">
    AuthMerging Or
    Require user matched
</DirectoryMatch>
<Directory "${DOCROOT}/methods">
    <Limit POST>
        Require user poster
    </Limit>
    <LimitExcept GET POST>
        Require user others
    </LimitExcept>
</Directory>
<Location "/located/inside">
    Require user "by location"
</Location>
<Location ~ "^/by/[a-z]+">
    Require user by-regex
</Location>
<VirtualHost *>
    <Directory "${DOCROOT}/a">
        Require user of-first-host
    </Directory>
    <Location "/first">
        Require user first
    </Location>
</VirtualHost>
<VirtualHost *>
    ServerName second.example.org
    <Location "/second">
        Require user second
    </Location>
</VirtualHost>
"""


class TestRequires:
    """Asked before the Require lines are judged; the server's own Directory grants all."""

    @pytest.fixture(scope="class")
    @classmethod
    def requires(cls, serve_class):
        config = "PythonHeaderParserHandler evaluate::value_and_done\n"
        remote = Remote(serve_class(PATH + config + REQUIRES, app="api"))
        for name in ("a/deep/x.secret", "any/wild/x", "any/matched/x"):
            remote.server.write(name, "")
        return lambda path, **options: remote.at(path, "req.requires()", **options)

    @pytest.mark.parametrize(
        ("path", "lines"),
        [
            ("/elsewhere", ("all granted",)),
            ("/a/x", ("user of-first-host",)),
            ("/ab/x", ("all granted",)),
            ("/a/deep/x", ("group staff",)),
            ("/a/deep/x.secret", ("user boss",)),
            ("/a/deep/x12", ("user numbers",)),
            ("/any/wild/x", ("host example.org", "ip 10")),
            ("/any/matched/x", ("all granted", "user matched")),
            ("/methods/x", ("all granted",)),
            ("/located/inside/x", ('user "by location"',)),
            ("/located/insider", ("all granted",)),
            ("/by/name", ("user by-regex",)),
            ("/by/9", ("all granted",)),
            ("/first", ("user first",)),
            ("/second", ("all granted",)),
        ],
    )
    def test_they_are_those_of_the_most_specific_section(self, requires, path, lines):
        assert requires(path) == lines

    @pytest.mark.parametrize(("method", "line"), [("POST", "user poster"), ("PUT", "user others")])
    def test_limits_on_methods_count(self, requires, method, line):
        assert requires("/methods/x", method=method) == (line,)

    def test_each_virtual_host_has_its_own(self, requires):
        headers = {"Host": "second.example.org"}
        assert requires("/second", headers=headers) == ("user second",)
        assert requires("/first", headers=headers) == ("all granted",)
        assert requires("/a/x", headers=headers) == ("user joe ann", "valid-user")
