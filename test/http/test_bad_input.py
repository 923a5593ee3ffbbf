"""What clients, handlers and administrators do wrong: a clear message, the right status, and a child that goes on."""

import pytest

BASIC = """
<Directory "${DOCROOT}">
  SetHandler mod_python
  PythonHandler basic::%s
  %s
</Directory>
"""


@pytest.fixture
def run(serve):
    """Starts a server whose every page is one handler of test/apps/core/basic.py."""

    def run(function, *directives):
        return serve(BASIC % (function, "\n".join(directives)), app="core")

    return run


def assert_goes_on(server, path="/", status=200):
    assert server.get(path).status_code == status


class TestHandlersThatDoNotExist:
    @pytest.fixture
    def ask(self, serve):
        """Asks a handler that fails, and returns the server."""

        def ask(handler):
            server = serve(f"<Location />\nSetHandler mod_python\nPythonHandler {handler}\n"
                           "PythonPath \"sys.path + ['${DOCROOT}']\"\n</Location>", app="core")  # fmt: skip
            assert server.get("/").status_code == 500
            return server

        return ask

    @pytest.mark.parametrize(
        ("handler", "sentence"),
        [
            ("nosuch", r"ModuleNotFoundError: No module named 'nosuch', looking in \['.*htdocs"),
            ("basic.forever", "ModuleNotFoundError: .*; write basic::forever"),
            ("mod_python.nosuch", r"ModuleNotFoundError: No module named 'mod_python.nosuch', looking in \[[^]]*\]$"),
            ("basic::nosuch", "AttributeError: .*basic.py has no object 'nosuch'"),
            ("basic::handler.nosuch", "AttributeError: .* has no object 'handler.nosuch'"),
            ("/nosuch/file.py", "ModuleNotFoundError: No file /nosuch/file.py"),
            ("mod_python.wsgi", "mod_python.wsgi_types.ConfigurationError: MP0200: PythonOption .* is not set"),
        ],
    )
    def test_one_line_in_the_log_says_what_is_missing(self, ask, handler, sentence):
        ask(handler).expect_log(f"MP0100: PythonHandler {handler}: {sentence}")  # others would be errors of the test

    @pytest.mark.parametrize(
        ("handler", "message"),
        [
            ("basic::HTTPStatus", "ValueError: <.*> is not a valid HTTPStatus"),
            ("basic::__name__", "TypeError: 'str' object is not callable"),
        ],
    )
    def test_what_cannot_be_called_is_shown_with_its_traceback(self, ask, handler, message):
        server = ask(handler)
        server.expect_log(f"MP0100: PythonHandler {handler}: .*{message}")
        server.allow_log("MP0100")

    def test_a_syntax_error_is_shown_with_its_line(self, run):
        server = run("handler")
        server.write("basic.py", "def handler(req:\n    pass\n")
        server.expect_log(r"MP0100: PythonHandler basic::handler: .*basic.py., line 1")
        server.expect_log("MP0100: .*SyntaxError")
        server.allow_log("MP0100")
        assert server.get("/").status_code == 500

    def test_an_import_that_fails_is_tried_again(self, run):
        server = run("handler")
        server.write("basic.py", "raise RuntimeError('not yet')\n")
        server.allow_log("MP0100")
        assert [server.get("/").status_code for _ in range(2)] == [500, 500]
        server.write("basic.py", "def handler(req):\n    req.write('healed')\n    return 0\n")
        assert server.get("/").text == "healed"


IMPORTING = """
import settings


def index(req):
    return settings.SITE


def handler(req):
    req.write(settings.SITE)
    return 0
"""


class TestSites:
    def test_without_a_handler_the_log_says_so(self, serve):
        server = serve('<Location "/x">\nSetHandler mod_python\n</Location>')
        server.expect_log("MP0023: SetHandler or AddHandler leads /x to mod_python, but no PythonHandler is in effect")
        assert server.get("/x").status_code == 404

    def test_what_sets_no_type_does_not_get_that_of_a_directory(self, run):
        assert "Content-Type" not in run("http_ok").get("/").headers

    def test_what_a_handler_says_of_a_file_that_it_leaves_to_httpd_counts(self, run):
        server = run("typed")
        server.write("page.txt", "page")
        response = server.get("/page.txt")
        assert (response.headers["Content-Type"], response.text) == ("application/x-mine", "page")

    @pytest.mark.parametrize("handler", ["page", "mod_python.publisher"])
    def test_an_import_that_finds_another_directory_s_module_is_told(self, serve, handler):
        server = serve(processes=1, threads=1)
        for site in ("one", "two"):
            server.write(f"{site}/.htaccess", f"SetHandler mod_python\nPythonHandler {handler}\n")
            server.write(f"{site}/settings.py", f"SITE = '{site}'\n")
            server.write(f"{site}/page.py", IMPORTING)
        assert server.get("/one/page").text == "one"
        server.expect_log("MP0121: .*/two/page.py has imported .*/one/settings.py, not .*/two/settings.py")
        assert server.get("/two/page").text == "one"


class TestResults:
    @pytest.mark.parametrize("result", ["none", "text", "true", "number", "early", "negative", "huge"])
    def test_what_is_no_result_is_an_error_that_names_the_handler(self, run, result):
        server = run("wrong")
        server.expect_log(
            "MP0100: PythonHandler basic::wrong: .*must return apache.OK, DECLINED, DONE or an HTTP status"
        )
        server.allow_log("MP0100")
        assert server.get(f"/?{result}").status_code == 500

    def test_an_http_status_of_the_standard_library_is_a_result(self, run):
        assert run("enum").get("/").status_code == 404

    def test_http_ok_is_ok(self, run):
        assert run("http_ok").get("/").text == "fine"

    @pytest.mark.parametrize(("raised", "status"), [("403", 403), ("404,0", 404), ("-2,410", 410)])
    def test_server_return_ends_a_handler(self, run, raised, status):
        assert run("leave").get(f"/?{raised}").status_code == status

    def test_server_return_without_a_result_is_an_error(self, run):
        server = run("leave_empty")
        server.allow_log("MP0100")
        assert server.get("/").status_code == 500


class TestExceptions:
    def test_the_client_sees_no_traceback(self, run):
        server = run("fail")
        server.expect_log("MP0100: PythonHandler basic::fail: ValueError: <script>")
        server.allow_log("MP0100")
        response = server.get("/")
        assert response.status_code == 500
        assert "ValueError" not in response.text

    def test_with_debug_it_sees_an_escaped_one(self, run):
        server = run("fail", "PythonDebug On")
        server.allow_log("MP0100")
        response = server.get("/", headers={"Accept": "text/html"})
        assert response.status_code == 500
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "ValueError: &lt;script&gt;" in response.text
        assert "<script>" not in response.text
        assert "dispatch.py" not in response.text

    def test_after_output_the_debug_page_follows_it(self, run):
        server = run("fail_late", "PythonDebug On")
        server.allow_log("MP0100")
        response = server.get("/")
        assert response.status_code == 200
        assert response.text.startswith("half of it\n<!DOCTYPE html>")  # it set no type, so that the browser guesses
        assert "PythonHandler basic::fail_late" in response.text

    @pytest.mark.parametrize("function", ["leave_process", "interrupt", "deep"])
    def test_no_exception_ends_the_child(self, run, function):
        server = run(function)
        server.allow_log("MP0100")
        children = server.children()
        assert [server.get("/").status_code for _ in range(2)] == [500, 500]
        assert server.children() == children

    def test_a_header_cannot_carry_another_one(self, run):
        server = run("header_injection")
        server.expect_log("MP0100: .*ValueError: value must not contain CR or LF")
        server.allow_log("MP0100")
        response = server.get("/")
        assert response.status_code == 500
        assert "Set-Cookie" not in response.headers


class TestOddBytes:
    """One byte that is not UTF-8 killed the child of the original."""

    def test_bytes_that_are_not_utf8_can_be_read_everywhere(self, run):
        server = run("text")
        answer = server.raw(
            b"GET /%E9x?a=%FF&b=\xe9 HTTP/1.0\r\nHost: x\r\nX-Odd: caf\xe9\r\nCookie: a=\xff\xfe\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 200 ") or answer.startswith(b"HTTP/1.1 400 ")
        assert_goes_on(server)

    def test_they_come_as_surrogates(self, run):
        server = run("text")
        answer = server.raw(b"GET /%E9x?a=%FF HTTP/1.0\r\nHost: x\r\nX-Odd: caf\xe9\r\nCookie: a=\xff\r\n\r\n")
        assert rb"'/\udce9x', 'a=%FF', '', 'caf\udce9', 'a=\udcff'" in answer

    def test_they_go_back_as_they_came(self, run):
        server = run("headers")
        answer = server.raw(b"GET / HTTP/1.0\r\nHost: x\r\nX-Odd: caf\xe9 \xc3\xa9\r\n\r\n")
        assert b"X-Odd: caf\xe9 \xc3\xa9\n" in answer

    def test_an_escaped_nul_is_refused_by_httpd(self, run):
        server = run("text")
        assert server.get("/a%00b").status_code in {400, 404}
        assert_goes_on(server)

    def test_an_oversized_header_is_refused_by_httpd(self, run):
        server = run("headers")
        assert server.get("/", headers={"X-Big": "x" * 9000}).status_code == 400
        assert_goes_on(server)


class TestBodies:
    def test_a_chunked_body_is_decoded(self, run):
        server = run("echo_body")
        assert server.post("/", data=iter([b"one ", b"two"])).text == "one two"

    def test_a_large_body_passes(self, run):
        server = run("body_length")
        assert server.post("/", data=b"line\n" * 1_000_000).text == "5000000"

    def test_a_truncated_body_is_a_client_that_went_away(self, run):
        server = run("echo_body")
        server.expect_log("MP0101: PythonHandler basic::echo_body: .*the client went away")
        answer = server.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this", half_close=True)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert_goes_on(server)

    def test_a_bad_chunk_is_a_bad_request(self, run):
        server = run("echo_body")
        answer = server.raw(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert_goes_on(server)

    def test_a_body_over_the_limit_is_too_large(self, run):
        server = run("echo_body", "LimitRequestBody 1000")
        assert server.post("/", data=b"x" * 2000).status_code == 413

    def test_a_chunked_body_over_the_limit_is_too_large(self, run):
        server = run("echo_body", "LimitRequestBody 1000")
        assert server.post("/", data=iter([b"x" * 2000])).status_code == 413

    def test_a_failed_body_does_not_end_as_a_whole_one(self, run):
        assert run("read_twice", "LimitRequestBody 1000").post("/", data=b"x" * 2000).text == "413 413 "

    def test_a_client_that_leaves_while_it_is_written_to_ends_the_handler(self, run):
        server = run("forever")
        server.expect_log("MP0101: PythonHandler basic::forever: .*write")
        connection = server.connect()
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.receive(1000)
        connection.abort()


class TestConfiguration:
    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ("PythonHandler", "PythonHandler: no handler is named"),
            ("PythonHandler a..b", "PythonHandler: 'a..b' is not a module name"),
            ("PythonHandler m:f", "PythonHandler: 'm:f' is not a module name; write module, package.module or"),
            ("PythonHandler m::f()", "PythonHandler: 'f()' is not an object name"),
            ("PythonHandler ::f", "PythonHandler: '::f' does not name a module"),
            ("PythonHandler m::", "PythonHandler: '' is not an object name"),
            ("PythonHandler m | py", "PythonHandler: 'py' is not a file extension; write it with its dot"),
            ("PythonHandler m | .a | .b", "PythonHandler: '|' may stand only once"),
            ("PythonHandler m.py::f", "PythonHandler: 'm.py' is no module; write it without .py, or with the path"),
            ("PythonHandler m |", "PythonHandler: no file extension follows '|'"),
            ("PythonTransHandler m | .a", "PythonTransHandler: '| .extension' is not possible here"),
            ("PythonConnectionHandler m | .a", "PythonConnectionHandler: '| .extension' is not possible here"),
            ("PythonHandlerModule", "PythonHandlerModule: no handler is named"),
            ("PythonOutputFilter", "PythonOutputFilter takes 1-2 arguments"),
            ("PythonOutputFilter 'a b'", "PythonOutputFilter: name one handler, and then optionally a name"),
            ("PythonPath a b", "PythonPath takes one argument"),
            ("PythonInterpreter ''", "PythonInterpreter takes one argument"),
            ("PythonOption ''", "PythonOption takes 1-2 arguments"),
            ("PythonDebug maybe", "PythonDebug must be On or Off"),
            ("PythonImport m", "PythonImport takes two arguments"),
            ("PythonOption mod_python.mutex_locks many", "must be a number from 2 to 65536"),
            ("PythonOption mod_python.wsgi_application m", "no such option; did you mean mod_python.wsgi.appl"),
            ("PythonOption mod_python.wsgi.application shop:app", "it must be module, module::callable or module::fac"),
            ("PythonOption mod_python.sessions.type x", "did you mean mod_python.session.session_type?"),
            ("PythonOption mod_python. x", "PythonOption mod_python.: there is no such option"),
            ("PythonOption Mod_Python.Debug.Locals maybe", "it must be On or Off, not 'maybe'"),
            ("PythonOption mod_python.wsgi.base_uri /", "it must be a path that begins with / and does not end with"),
            ("PythonOption mod_python.form.max_fields -1", "it must be a whole number, 0 or more, not '-1'"),
            ("PythonOption mod_python.session.lock_timeout soon", "it must be a number, 0 or more, not 'soon'"),
            ("PythonOption mod_python.session.session_type Fast", "it must be MemorySession, DbmSession, FileSess"),
            ("<Location />\nPythonOption mod_python.mutex_locks 9\n</Location>", "mutex_locks cannot stand in a sect"),
            ("<Directory />\nPythonTransHandler m\n</Directory>", "PythonTransHandler cannot stand in a section"),
            ("<Files x>\nPythonConnectionHandler m\n</Files>", "PythonConnectionHandler cannot stand in a section"),
            ("<VirtualHost *:1>\nPythonOptimize On\n</VirtualHost>", "PythonOptimize cannot stand in <VirtualHost>"),
            ("<Location /x>\nPythonHome /usr\n</Location>", "PythonHome cannot stand in a section"),
        ],
    )
    def test_a_wrong_line_is_refused_at_the_start(self, config_error, line, sentence):
        assert sentence in config_error(line)

    def test_a_reserved_option_may_be_right_unset_or_of_old(self, serve):
        lines = (
            "mod_python.debug.locals YES",
            "MOD_PYTHON.SESSION.LOCK_TIMEOUT 1.5e1",
            "mod_python.wsgi.base_uri /a",
            "mod_python.wsgi.base_uri",
            'mod_python.form.separators "&;"',
            "mod_python.session.session_type DbmSession",
            "mod_python.legacy.importer *",
            "mod_python.importer.path /srv",
            "mod_pythonic anything",
        )
        server = serve("".join(f"PythonOption {line}\n" for line in lines))
        server.write("page.txt", "page")
        assert server.get("/page.txt").text == "page"

    def test_a_wrong_line_in_htaccess_is_a_500_for_its_directory_only(self, serve):
        server = serve()
        server.write("bad/.htaccess", "PythonPostReadRequestHandler x\n")
        server.write("bad/page.txt", "page")
        server.write("page.txt", "page")
        server.expect_log("PythonPostReadRequestHandler cannot stand in a section or in .htaccess")
        assert server.get("/bad/page.txt").status_code == 500
        assert server.get("/page.txt").text == "page"

    def test_allowoverride_says_what_htaccess_may_hold(self, serve):
        overrides = {
            "none": ("AllowOverride None", 200),  # httpd does not look at the file
            "other": ("AllowOverride None\nAllowOverrideList PythonHandler", 500),
            "named": ("AllowOverride None\nAllowOverrideList PythonOption PythonDebug", 200),
            "limit": ("AllowOverride Limit", 200),
            "indexes": ("AllowOverride Indexes", 200),
        }
        server = serve(
            "\n".join(
                f'<Directory "${{DOCROOT}}/{name}">\n{lines}\n</Directory>' for name, (lines, _) in overrides.items()
            )
        )
        server.expect_log("PythonOption not allowed here")
        for name in overrides:
            server.write(f"{name}/.htaccess", "PythonOption a b\nPythonDebug On\n")
            server.write(f"{name}/page.txt", "page")
        statuses = {name: server.get(f"/{name}/page.txt").status_code for name in overrides}
        assert statuses == {name: status for name, (_, status) in overrides.items()}
