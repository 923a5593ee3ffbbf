"""Every phase of a request: where its handlers may stand, in which order they run, and what their results do."""

import pytest

SERVER_PHASES = "PostReadRequest Trans MapToStorage".split()
SECTION_PHASES = "Init HeaderParser Access Authen Authz Type Fixup".split()
REQUEST_ORDER = "Init PostReadRequest Trans MapToStorage HeaderParser Access Authen Authz Type Fixup".split()
AFTERWARDS = "Log Cleanup".split()
PATH = "PythonPath \"sys.path + ['${DOCROOT}']\""
AUTH = "AuthType Basic\nAuthName test\nRequire valid-user"


def lines(*directives):
    return "\n".join(directives)


def section(name, *directives):
    return lines(f"<{name}>", *directives, f"</{name.partition(' ')[0]}>")


def handlers(phases, words="trail"):
    return lines(*(f"Python{phase}Handler {words}" for phase in phases))


DOCROOT = 'Directory "${DOCROOT}"'
HERE = lines("SetHandler mod_python", "PythonHandler trail", AUTH, handlers(SECTION_PHASES + AFTERWARDS))


def trail(response):
    return response.headers.get("Trail", "").split()


def assert_logged(server, *names):
    """The phases after the response ran, in this order."""
    server.log.wait(r"[\s\S]*".join(f"trail: {name}" for name in names))


class TestContexts:
    """Every phase from each place of the configuration where its handlers may stand."""

    def assert_all_ran(self, server, path, phases=SECTION_PHASES):
        response = server.get(path)
        assert response.status_code == 200
        assert trail(response) == phases
        assert_logged(server, *AFTERWARDS)

    @pytest.mark.parametrize("context", ["%s", "<VirtualHost *>\n%s\n</VirtualHost>"], ids=["server", "vhost"])
    def test_server_and_virtual_host(self, serve, context):
        everything = handlers(SERVER_PHASES + SECTION_PHASES + AFTERWARDS)
        content = section(DOCROOT, "SetHandler mod_python", "PythonHandler trail", AUTH)
        server = serve(lines(context % lines(PATH, everything), content), app="phases")
        self.assert_all_ran(server, "/x", [*REQUEST_ORDER, "Handler"])

    @pytest.mark.parametrize(
        "name",
        [
            'Directory "${DOCROOT}"',
            'Directory "${DOCROOT}*"',
            'DirectoryMatch "/htdocs"',
            "Location /x",
            "LocationMatch ^/x",
            "Files x",
            'FilesMatch "^x$"',
            "If \"%{REQUEST_URI} == '/x'\"",
        ],
    )
    def test_section(self, serve, name):
        server = serve(section(name, HERE, PATH), app="phases")
        server.write("x", "static")
        self.assert_all_ran(server, "/x", [*SECTION_PHASES, "Handler"])

    def test_htaccess(self, serve):
        server = serve(app="phases")
        server.write(".htaccess", HERE)
        self.assert_all_ran(server, "/x", [*SECTION_PHASES, "Handler"])

    def test_a_static_file_has_all_phases_but_the_content_handler(self, serve):
        server = serve(section(DOCROOT, AUTH, handlers(SECTION_PHASES + AFTERWARDS)), app="phases")
        server.write("page.txt", "static")
        self.assert_all_ran(server, "/page.txt")

    def test_an_extension_limits_any_phase_that_knows_the_file(self, serve):
        phases = SECTION_PHASES + AFTERWARDS
        server = serve(
            section(DOCROOT, AUTH, "PythonAuthenHandler trail", handlers(phases, "trail | .a")), app="phases"
        )
        for name in ("x.a", "x.b"):
            server.write(name, "static")
        self.assert_all_ran(server, "/x.a")
        assert trail(server.get("/x.b")) == ["Authen"]


class TestStacks:
    """Which results let the next handler of a stack run: the client scripts two handlers of each phase."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        early = handlers(SERVER_PHASES, "trail::first trail::second")
        rest = handlers(SECTION_PHASES + ["", *AFTERWARDS], "trail::first trail::second")
        return serve_class(lines(PATH, early, section(DOCROOT, "SetHandler mod_python", AUTH, rest)), app="phases")

    OK, DECLINED, DONE, FORBIDDEN = "0", "-1", "-2", "403"
    BOTH = {OK, DECLINED}
    RUN_ALL = "PostReadRequest Init HeaderParser Access Fixup Handler".split()
    RUN_FIRST = "Trans MapToStorage Authen Authz Type".split()

    def ran(self, server, phase, results):
        directive = "PythonHandler" if phase == "Handler" else f"Python{phase}Handler"
        return [mark for mark in trail(server.get("/x", headers={directive: results})) if mark[:-1] == phase]

    @pytest.mark.parametrize("phase", RUN_ALL)
    def test_ok_and_declined_go_on(self, server, phase):
        for result in (self.OK, self.DECLINED):
            assert self.ran(server, phase, f"{result} 0") == [f"{phase}1", f"{phase}2"]
        for result in (self.DONE, self.FORBIDDEN):
            assert self.ran(server, phase, f"{result} 0") == [f"{phase}1"]

    @pytest.mark.parametrize("phase", RUN_FIRST)
    def test_only_declined_goes_on(self, server, phase):
        assert self.ran(server, phase, "-1 -1") == [f"{phase}1", f"{phase}2"]
        for result in (self.OK, self.DONE, self.FORBIDDEN):
            assert self.ran(server, phase, f"{result} 0") == [f"{phase}1"]

    @pytest.mark.parametrize(
        ("phase", "result", "goes_on"),
        [
            ("Log", "0", True),
            ("Log", "-1", True),
            ("Log", "-2", False),
            ("Cleanup", "0", True),
            ("Cleanup", "-1", False),
        ],
    )
    def test_after_the_response(self, server, phase, result, goes_on):
        server.get("/x", headers={f"Python{phase}Handler": f"{result} 0"})
        assert_logged(server, f"{phase}1")
        server.get("/x", headers={"PythonTypeHandler": "0"})  # what the first one still had to log is there now
        assert (f"trail: {phase}2" in server.log.text) is goes_on


class TestInit:
    def test_a_server_level_list_runs_once_before_the_request_is_mapped(self, serve):
        content = section(DOCROOT, "SetHandler mod_python", "PythonHandler trail", "PythonHandler trail | .none")
        server = serve(lines(PATH, handlers(["Init", "Trans"]), content), app="phases")
        assert trail(server.get("/x")) == ["Init", "Trans", "Handler"]

    def test_a_section_s_list_runs_too_before_the_header_parsers(self, serve):
        inner = section(DOCROOT, handlers(["HeaderParser"]), "PythonInitHandler trail::added")
        server = serve(lines(PATH, handlers(["Init"]), inner), app="phases")
        assert trail(server.get("/")) == ["Init", "Init-name", "HeaderParser"]

    def test_what_a_server_level_one_refuses_goes_no_further(self, serve):
        server = serve(lines(PATH, "PythonInitHandler trail::first", handlers(["PostReadRequest"])), app="phases")
        response = server.get("/", headers={"PythonInitHandler": "403"})
        assert (response.status_code, trail(response)) == (403, ["Init1"])

    def test_what_it_refuses_goes_no_further(self, serve):
        server = serve(section(DOCROOT, "PythonInitHandler trail::first", handlers(["HeaderParser"])), app="phases")
        response = server.get("/", headers={"PythonInitHandler": "403"})
        assert (response.status_code, trail(response)) == (403, ["Init1"])


class TestAddHandler:
    """`req.add_handler` in every phase, by name and with a callable."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        content = section(DOCROOT, "SetHandler mod_python", "PythonHandler trail", AUTH, handlers(["Authen"]))
        early = "PythonPostReadRequestHandler trail::add"
        per_directive = section(
            "Location /directive",
            "PythonInterpPerDirective On",
            "PythonHeaderParserHandler trail::add",
            "SetHandler mod_python",
            "PythonHandler trail",
        )
        return serve_class(lines(PATH, early, content, per_directive), app="phases")

    @pytest.mark.parametrize("phase", [*REQUEST_ORDER, "Handler", "Log"])
    def test_in_every_phase(self, server, phase):
        directive = "PythonHandler" if phase == "Handler" else f"Python{phase}Handler"
        ran = trail(server.get("/x", headers={"Add": directive}))
        if phase == "Log":
            assert_logged(server, "Log-name", "Log-callable")
        elif phase == "Authen":  # the configured handler has answered
            assert f"{phase}-name" not in ran
        else:
            assert ran[ran.index(f"{phase}-name") + 1] == f"{phase}-callable"

    def test_what_was_added_comes_after_what_is_configured(self, server):
        ran = trail(server.get("/x", headers={"Add": "PythonHandler"}))
        assert ran[-3:] == ["Handler", "Handler-name", "Handler-callable"]

    def test_it_runs_in_the_interpreter_that_added_it(self, server):
        ran = trail(server.get("/directive", headers={"Add": "PythonFixupHandler"}))
        assert ran.count("Fixup-name") == ran.count("Fixup-callable") == 2  # one pair from each interpreter

    @pytest.mark.parametrize(
        ("function", "error"),
        [("past", "PythonTransHandler is over"), ("cleanup", "not a phase"), ("nonsense", "neither")],
    )
    def test_what_cannot_be_added_is_an_error(self, serve, function, error):
        server = serve(section(DOCROOT, f"PythonFixupHandler adding::{function}"), app="phases")
        server.expect_log(f"MP0100: .*{error}")
        assert server.get("/").status_code == 500


class TestHandlerModule:
    @pytest.mark.parametrize("name", ['Directory "${DOCROOT}"', "Location /", "Files x", "VirtualHost *"])
    def test_it_serves_the_phases_it_has_functions_for(self, serve, name):
        path = "" if "Directory" in name else PATH
        server = serve(section(name, path, "SetHandler mod_python", "PythonHandlerModule partial"), app="phases")
        assert server.get("/x").text == "fixup content\n"
        assert_logged(server, "cleanup")

    def test_an_extension_limits_it(self, serve):
        server = serve(section(DOCROOT, "SetHandler mod_python", "PythonHandlerModule partial | .page"), app="phases")
        server.write("x.txt", "static")
        assert [server.get(path).text for path in ("/x.page", "/x.txt")] == ["fixup content\n", "static"]

    def test_one_without_any_function_declines(self, serve):
        server = serve(section(DOCROOT, "SetHandler mod_python", "PythonHandlerModule empty"), app="phases")
        server.write("empty.py", "")
        server.write("page.txt", "static")
        assert server.get("/page.txt").text == "static"

    def test_its_directory_is_searched_for_imports(self, serve):
        server = serve(section(DOCROOT, "SetHandler mod_python", "PythonHandlerModule partial"), app="phases")
        server.write("partial.py", "import neighbour\ndef handler(req): req.write(neighbour.TEXT); return 0\n")
        server.write("neighbour.py", "TEXT = 'imported'\n")
        assert server.get("/x").text == "imported"

    def test_an_error_inside_it_is_not_a_missing_function(self, serve):
        server = serve(section(DOCROOT, "SetHandler mod_python", "PythonHandlerModule partial"), app="phases")
        server.write("partial.py", "def handler(req): return req.nosuch\n")
        server.expect_log("MP0100: PythonHandler partial: .*nosuch")
        assert server.get("/x").status_code == 500


class TestLocation:
    """A Location whose content is ours needs no file (decision A25); where there are files, what guards them counts."""

    WHERE = lines(PATH, "SetHandler mod_python", "PythonHandler where")

    def test_the_file_name_is_the_translated_one(self, serve):
        server = serve(section("Location /app", self.WHERE), app="phases")
        assert server.get("/app/a/b").text == f"{server.docroot}/app/a/b"

    @pytest.mark.parametrize("first", [(), ("python",), ("alias",)])
    def test_alias_counts_whatever_the_order_of_modules(self, serve, first):
        granted = section('Directory "${ROOT}/elsewhere"', "Require all granted")
        alias = lines('Alias /app "${ROOT}/elsewhere"', granted, section("Location /app", self.WHERE))
        server = serve(alias, app="phases", first=first)
        (server.root / "elsewhere").mkdir()
        assert server.get("/app/a").text == f"{server.root}/elsewhere/a"

    def test_for_a_url_without_files_no_directory_is_looked_at(self, serve):
        content = lines(section("Location /app", self.WHERE), section(DOCROOT, "Header always set Directory yes"))
        response = serve(content, app="phases").get("/app/x")
        assert (response.status_code, "Directory" in response.headers) == (200, False)

    @pytest.mark.parametrize("path", ["/app/x", "/app/deeper/x", "/app/file.txt", "/app/file.txt/info"])
    def test_what_protects_a_directory_protects_it_from_the_handler(self, serve, path):
        server = serve(section("Location /app", self.WHERE), app="phases")
        server.write("app/.htaccess", "Require all denied")
        server.write("app/file.txt", "secret")
        server.expect_log("AH01630: client denied by server configuration")
        assert server.get(path).status_code == 403

    def test_when_the_handler_declines_a_file_is_a_file(self, serve):
        server = serve(
            section("Location /app", PATH, "SetHandler mod_python", "PythonHandler where::decline"), app="phases"
        )
        server.write("app/file.txt", "static")
        assert server.get("/app/file.txt").text == "static"
        assert server.get("/virtual/file.txt").status_code == 404

    def test_without_sethandler_files_are_files(self, serve):
        content = section("Location /app", PATH, "AddHandler mod_python .page", "PythonHandler where")
        server = serve(content, app="phases")
        server.write("app/file.txt", "static")
        assert server.get("/app/file.txt").text == "static"
        assert server.get("/app/x.page").text == f"{server.docroot}/app/x.page"

    def test_other_modules_see_a_file_name(self, serve):
        server = serve(
            lines(section("Location /app", self.WHERE), "CustomLog ${ROOT}/logs/access_log %f"), app="phases"
        )
        server.get("/app/a")
        assert server.access_log.wait(f"^{server.docroot}/app/a$")


class TestAfterTheResponse:
    """PythonLogHandler, PythonCleanupHandler and req.register_cleanup: errors are logged and hurt nobody."""

    def test_a_cleanup_handler_alone_runs(self, serve):
        server = serve(section(DOCROOT, handlers(["Cleanup"])), app="phases")
        server.write("page.txt", "static")
        assert server.get("/page.txt").text == "static"
        assert_logged(server, "Cleanup")

    @pytest.mark.parametrize("debug", ["On", "Off"])
    @pytest.mark.parametrize("phase", AFTERWARDS)
    def test_an_error_is_only_logged(self, serve, phase, debug):
        server = serve(section(DOCROOT, f"Python{phase}Handler after::fail", f"PythonDebug {debug}"), app="phases")
        server.write("page.txt", "static")
        server.expect_log(f"MP0100: Python{phase}Handler after::fail: .*ZeroDivisionError")
        with server.session() as session:  # kept alive: nothing may come between two answers
            assert [session.get(f"{server.url}/page.txt").text for _ in range(2)] == ["static", "static"]
        server.access_log.wait("GET /page.txt.* 200 6")

    def test_registered_cleanups_run_last_first_and_before_the_handler(self, serve):
        server = serve(
            section(DOCROOT, "SetHandler mod_python", "PythonHandler after", handlers(["Cleanup"])), app="phases"
        )
        server.expect_log("MP0100: register_cleanup .*ZeroDivisionError")
        assert server.get("/").text == "registered"
        assert_logged(server, "third None", r"second \('a', 'tuple'\)", "first data", "Cleanup")

    def test_a_request_that_never_got_a_handler_is_logged_and_cleaned_up(self, serve):
        server = serve(lines(PATH, handlers(AFTERWARDS)), app="phases")
        assert server.raw(b"GET / HTTP/1.1\r\nNo-Host: x\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert_logged(server, *AFTERWARDS)
        server.get("/")


class TestRelatedRequests:
    """Internal redirects, error documents and subrequests: who is `prev`, `next` and `main` of whom."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        content = section(
            DOCROOT,
            "AddHandler mod_python .page",
            "Options +Includes",
            "AddOutputFilter INCLUDES .shtml",
            "PythonHandler related",
            "DirectoryIndex index.page",
            "ErrorDocument 404 /error.page",
            "ErrorDocument 403 /error.page",
        )
        server = serve_class(
            lines(content, section("Location /", PATH, handlers(["Init"], "related::init"))), app="phases"
        )
        server.write("page.shtml", '<!--#include virtual="part.page" -->')
        server.write("index.page", "")
        return server

    def test_an_internal_redirect(self, server):
        answer = server.get("/redirect.page").text
        assert answer == "/target.page from /redirect.page, which goes on to /target.page and said hello; main None"

    def test_an_error_document_of_httpd_s_error(self, server):
        response = server.get("/missing.txt")
        assert response.status_code == 404
        assert response.text == "/error.page from /missing.txt, which goes on to /error.page and said init; main None"

    def test_an_error_document_of_a_handler_s_result(self, server):
        response = server.get("/forbidden.page")
        assert response.status_code == 403
        assert response.text.startswith("/error.page from /forbidden.page, ")

    def test_a_subrequest(self, server):
        assert server.get("/page.shtml").text == "/part.page from None; main /page.shtml, which said init"

    def test_a_directory_index(self, server):
        assert server.get("/").text.startswith("/index.page from None")


class TestResults:
    """What a result means in a phase before the content handler."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        content = section(DOCROOT, "SetHandler mod_python", "PythonHandler results", "PythonFixupHandler results")
        return serve_class(content, app="phases")

    @pytest.mark.parametrize(
        ("name", "status", "text"),
        [
            ("own_page", 402, "own page"),  # DONE after writing a page
            ("own_status", 404, "own page"),  # OK from the content handler, with a status of its own
            ("status_and_result", 403, "Forbidden"),  # the result counts, not req.status
            ("redirect", 302, "href"),
            ("server_return", 410, "Gone"),
            ("server_return_status", 402, "own page"),
        ],
    )
    def test_result(self, server, name, status, text):
        response = server.get(f"/?{name}")
        assert response.status_code == status
        assert text in response.text

    def test_headers_of_an_error(self, server):
        response = server.get("/?headers")
        assert (response.headers.get("X-Err"), "X-Out" in response.headers) == ("kept", False)


class TestEffects:
    """What a result means for httpd's own modules, which are asked after ours; the client scripts it."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        alias = lines('Alias /alias "${DOCROOT}"', PATH, handlers(["Trans"], "trail::first"))
        closed = section("Files closed.html", "Require all denied")
        server = serve_class(
            lines(alias, section(DOCROOT, handlers(["Access", "Type"], "trail::first"), closed)), app="phases"
        )
        server.write("page.html", "static")
        server.write("closed.html", "secret")
        return server

    def test_ok_of_a_translation_leaves_out_alias(self, server):
        paths = [server.get("/alias/page.html", headers={"PythonTransHandler": result}) for result in ("-1", "0")]
        assert [response.status_code for response in paths] == [200, 404]

    def test_ok_of_a_type_handler_leaves_out_mod_mime(self, server):
        pages = [server.get("/page.html", headers={"PythonTypeHandler": result}) for result in ("-1", "0")]
        assert [response.headers.get("Content-Type") for response in pages] == ["text/html", None]

    def test_ok_of_an_access_handler_lets_nobody_in_whom_require_keeps_out(self, server):
        server.expect_log("AH01630: client denied by server configuration")
        assert server.get("/closed.html", headers={"PythonAccessHandler": "0"}).status_code == 403

    @pytest.mark.parametrize("phase", ["Trans", "Access", "Type"])
    def test_done_ends_the_request(self, server, phase):
        response = server.get("/page.html", headers={f"Python{phase}Handler": "-2"})
        assert (response.status_code, response.text) == (200, "")
