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
    @pytest.mark.parametrize(
        ("handler", "message"),
        [
            ("nosuch", r"No module named 'nosuch' in \['.*htdocs"),
            ("basic::nosuch", "basic.py has no object 'nosuch'"),
            ("basic::handler.nosuch", "has no object 'handler.nosuch'"),
            ("basic::HTTPStatus", "ValueError: <.*> is not a valid HTTPStatus"),
            ("basic::__name__", "TypeError: 'str' object is not callable"),
            ("/nosuch/file.py", "No file /nosuch/file.py"),
        ],
    )
    def test_the_log_names_what_is_missing(self, serve, handler, message):
        server = serve(f"<Location />\nSetHandler mod_python\nPythonHandler {handler}\n"
                       "PythonPath \"sys.path + ['${DOCROOT}']\"\n</Location>", app="core")  # fmt: skip
        server.expect_log(f"MP0100: PythonHandler {handler}: .*{message}")
        server.allow_log("MP0100")
        assert server.get("/").status_code == 500

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


class TestResults:
    @pytest.mark.parametrize("result", ["none", "text", "true", "number", "negative", "huge"])
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
        assert response.text.startswith("half of it\nPythonHandler basic::fail_late\nTraceback")

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
            ("<Directory />\nPythonTransHandler m\n</Directory>", "PythonTransHandler cannot stand in a section"),
            ("<Files x>\nPythonConnectionHandler m\n</Files>", "PythonConnectionHandler cannot stand in a section"),
            ("<VirtualHost *:1>\nPythonOptimize On\n</VirtualHost>", "PythonOptimize cannot stand in <VirtualHost>"),
            ("<Location /x>\nPythonHome /usr\n</Location>", "PythonHome cannot stand in a section"),
        ],
    )
    def test_a_wrong_line_is_refused_at_the_start(self, config_error, line, sentence):
        assert sentence in config_error(line)

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
