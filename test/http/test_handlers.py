"""Where handlers can be configured, which ones run, and what they are told about it."""

import pytest

WHERE = "PythonHandler basic::where"


def lines(*directives):
    return "\n".join(directives)


def section(name, *directives):
    return lines(f"<{name}>", *directives, f"</{name.partition(' ')[0]}>")


PATH = "PythonPath \"sys.path + ['${DOCROOT}']\""
HANDLER = "SetHandler mod_python"


class TestContexts:
    """A handler from each place of the configuration; it says which directory it was configured for."""

    def assert_where(self, server, path, directory, is_location):
        _, told, located, _ = server.get(path).text.split()
        assert (told, located) == (str(directory), str(is_location))

    def test_server(self, serve):
        server = serve(lines(PATH, HANDLER, WHERE), app="core")
        self.assert_where(server, "/x", None, False)

    def test_virtual_host(self, serve):
        server = serve(section("VirtualHost *", PATH, HANDLER, WHERE), app="core")
        self.assert_where(server, "/x", None, False)

    def test_directory(self, serve):
        server = serve(section('Directory "${DOCROOT}"', HANDLER, WHERE), app="core")
        self.assert_where(server, "/x", f"{server.docroot}/", False)

    def test_directory_with_a_wildcard(self, serve):
        server = serve(section('Directory "${DOCROOT}/*/app"', PATH, HANDLER, WHERE), app="core")
        server.write("one/app/page", "")
        self.assert_where(server, "/one/app/page", f"{server.docroot}/one/app/", False)

    def test_directory_by_regular_expression(self, serve):
        server = serve(section('DirectoryMatch "/htdocs/[a-z]+/"', PATH, HANDLER, WHERE), app="core")
        server.write("one/two/page", "")
        self.assert_where(server, "/one/two/page", f"{server.docroot}/one/", False)

    def test_location(self, serve):
        server = serve(section("Location /here", PATH, HANDLER, WHERE), app="core")
        self.assert_where(server, "/here/and/there", "/here", True)

    def test_files_in_a_directory(self, serve):
        inner = section('Files "*.page"', HANDLER, WHERE)
        server = serve(section('Directory "${DOCROOT}"', inner), app="core")
        server.write("a.page", "")
        self.assert_where(server, "/a.page", f"{server.docroot}/", False)

    def test_if_in_a_location(self, serve):
        inner = section('If "true"', HANDLER, WHERE)
        server = serve(section("Location /here", PATH, inner), app="core")
        self.assert_where(server, "/here", "/here", True)

    def test_htaccess(self, serve):
        server = serve(app="core")
        server.write("sub/.htaccess", lines(HANDLER, WHERE))
        server.write("sub/basic.py", (server.docroot / "basic.py").read_text())
        self.assert_where(server, "/sub/x", f"{server.docroot}/sub/", False)

    def test_files_in_htaccess(self, serve):
        server = serve(app="core")
        server.write(".htaccess", section('Files "*.page"', HANDLER, WHERE))
        server.write("a.page", "")
        self.assert_where(server, "/a.page", f"{server.docroot}/", False)


class TestActivation:
    @pytest.mark.parametrize("name", ["mod_python", "python-program"])
    def test_sethandler(self, serve, name):
        server = serve(section('Directory "${DOCROOT}"', f"SetHandler {name}", "PythonHandler basic"), app="core")
        assert server.get("/x").text == "basic handled /x"

    def test_addhandler(self, serve):
        server = serve(
            section('Directory "${DOCROOT}"', "AddHandler mod_python .py", "PythonHandler basic"), app="core"
        )
        server.write("page.txt", "static")
        assert server.get("/basic.py").text == "basic handled /basic.py"
        assert server.get("/page.txt").text == "static"

    def test_pythonhandler_alone_serves_nothing(self, serve):
        server = serve(section('Directory "${DOCROOT}"', "PythonHandler basic"), app="core")
        server.write("page.txt", "static")
        assert server.get("/page.txt").text == "static"


class TestChoice:
    def test_a_deeper_section_replaces_the_list(self, serve):
        server = serve(
            lines(
                section('Directory "${DOCROOT}"', HANDLER, "PythonHandler basic::wrong"),
                section('Directory "${DOCROOT}/sub"', PATH, "PythonHandler basic"),
            ),
            app="core",
        )
        server.write("sub/x", "")
        assert server.get("/sub/x").text == "basic handled /sub/x"

    def test_an_extension_chooses_its_own_list(self, serve):
        server = serve(
            section(
                'Directory "${DOCROOT}"', HANDLER, "PythonHandler basic", "PythonHandler basic::where | .a .tar.gz"
            ),
            app="core",
        )
        assert server.get("/x.a").text.endswith(" .a")
        assert server.get("/x.tar.gz").text.endswith(" .tar.gz")
        assert server.get("/x.b").text == "basic handled /x.b"

    def test_a_list_for_an_extension_and_a_general_one_are_inherited_apart(self, serve):
        server = serve(
            lines(
                section('Directory "${DOCROOT}"', HANDLER, "PythonHandler basic::wrong", "PythonHandler basic | .a"),
                section('Directory "${DOCROOT}/sub"', PATH, "PythonHandler basic::where"),
            ),
            app="core",
        )
        server.write("sub/x", "")
        assert server.get("/sub/x.a").text == "basic handled /sub/x.a"
        assert server.get("/sub/x.b").text.startswith("localhost ")

    def test_a_virtual_host_s_list_replaces_the_server_s(self, serve):
        host = section("VirtualHost *", "PythonHandler basic")
        server = serve(lines(PATH, HANDLER, "PythonHandler basic::wrong", host), app="core")
        assert server.get("/x").text == "basic handled /x"

    def test_stacked_handlers_run_in_order_until_one_fails(self, serve):
        server = serve(
            section(
                'Directory "${DOCROOT}"', HANDLER, "PythonHandler stack::one stack::two", "PythonHandler stack::three"
            )
        )
        server.write(
            "stack.py",
            "from mod_python import apache\n"
            "def one(req): req.write('1'); return apache.OK\n"
            "def two(req): req.write('2'); return apache.DECLINED\n"
            "def three(req): req.write('3'); return apache.DONE\n",
        )
        assert server.get("/x").text == "123"

    def test_when_all_decline_httpd_serves_the_file(self, serve):
        server = serve(section('Directory "${DOCROOT}"', HANDLER, "PythonHandler stack::no stack::no"))
        server.write("stack.py", "def no(req): return -1\n")
        server.write("page.txt", "static")
        assert server.get("/page.txt").text == "static"

    def test_a_handler_module_serves_the_phases_it_has_functions_for(self, serve):
        server = serve(section('Directory "${DOCROOT}"', HANDLER, "PythonHandlerModule phases"))
        server.write(
            "phases.py",
            "def fixuphandler(req):\n    req.fixed = 'fixed'\n    return 0\n"
            "def handler(req):\n    req.write(req.fixed)\n    return 0\n",
        )
        assert server.get("/x").text == "fixed"

    def test_a_handler_can_be_named_by_its_file(self, serve):
        server = serve(section("Location /", HANDLER, 'PythonHandler "${DOCROOT}/my handlers/site.py::page"'))
        server.write("my handlers/site.py", "def page(req):\n    req.write(__file__)\n    return 0\n")
        assert server.get("/").text == f"{server.docroot}/my handlers/site.py"

    def test_a_method_of_a_class_is_called_on_an_instance_of_it(self, serve):
        server = serve(section('Directory "${DOCROOT}"', HANDLER, "PythonHandler obj::Site.page"))
        server.write(
            "obj.py",
            "class Site:\n"
            "    def __init__(self, req):\n        self.uri = req.uri\n"
            "    def page(self, req):\n        req.write(self.uri)\n        return 0\n",
        )
        assert server.get("/x").text == "/x"


class TestReload:
    def test_an_edit_shows_on_the_next_request(self, serve):
        server = serve(section('Directory "${DOCROOT}"', HANDLER, "PythonHandler page"))
        for text in ("one", "two", "six", "ten"):  # of one length, within one second
            server.write("page.py", f"def handler(req):\n    req.write('{text}')\n    return 0\n")
            assert server.get("/x").text == text

    def test_a_broken_edit_answers_500_until_it_is_mended(self, serve):
        server = serve(section('Directory "${DOCROOT}"', HANDLER, "PythonHandler page"))
        server.allow_log("MP0100")
        statuses = []
        for text in ("0", "0 +", "0 +", "0"):
            server.write("page.py", f"def handler(req):\n    return {text}\n")
            statuses.append(server.get("/x").status_code)
        assert statuses == [200, 500, 500, 200]

    def test_with_pythondebug_the_log_tells_of_it(self, serve):
        handler = section('Directory "${DOCROOT}"', HANDLER, "PythonHandler page", "PythonDebug On")
        server = serve(handler, processes=1)
        for verb in ("loading", "reloading"):
            server.write("page.py", f"def handler(req):\n    req.write('{verb}')\n    return 0\n")
            assert server.get("/x").text == verb
            assert server.log.wait(rf"\[python:notice\].*MP0120: {verb} page from {server.docroot}/")

    def test_without_autoreload_the_first_version_stays(self, serve):
        config = section('Directory "${DOCROOT}"', HANDLER, "PythonHandler page", "PythonAutoReload Off")
        server = serve(config, processes=1)
        for text in ("one", "two"):
            server.write("page.py", f"def handler(req):\n    req.write('{text}')\n    return 0\n")
            assert server.get("/x").text == "one"

    def test_modules_of_one_name_in_two_directories_are_two_modules(self, serve):
        server = serve(
            lines(*(section(f'Directory "${{DOCROOT}}/{name}"', HANDLER, "PythonHandler page") for name in "ab"))
        )
        for name in "ab":
            server.write(f"{name}/page.py", f"def handler(req):\n    req.write('{name}')\n    return 0\n")
        assert [server.get(f"/{name}/x").text for name in "abab"] == list("abab")


class TestEnvironment:
    def test_the_server_header_names_module_and_python(self, serve):
        server = serve(app="core")
        assert " mod_python/" in server.get("/").headers["Server"]
        assert " Python/3." in server.get("/").headers["Server"]

    def test_the_shell_that_starts_httpd_changes_nothing(self, serve):
        shell = {"PATH": "/nowhere", "PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONOPTIMIZE": "2"}
        server = serve(section('Directory "${DOCROOT}"', HANDLER, "PythonHandler basic"), app="core", env=shell)
        assert server.get("/x").text == "basic handled /x"

    def test_nothing_of_python_runs_for_a_static_file(self, serve):
        server = serve(
            section('Directory "${DOCROOT}"', "AddHandler mod_python .py", "PythonHandler basic"), app="core"
        )
        server.write("page.txt", "static")
        server.get("/page.txt")
        assert "MP0012" not in server.log.text  # no interpreter was made
        server.get("/basic.py")
        assert server.log.wait("MP0012")
