"""Old CGI scripts in a live httpd, through mod_python.cgihandler."""

from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def run(serve):
    """Starts a server whose document root is test/apps/cgi, every file in it a script."""

    def run(*lines, **options):
        handler = ("SetHandler mod_python", "PythonHandler mod_python.cgihandler")
        section = "\n".join(['<Directory "${DOCROOT}">', *handler, *lines, "</Directory>"])
        return serve(section, app="cgi", **options)

    return run


def environment(response):
    """What env.py printed, as a dictionary."""
    return dict(line.split("=", 1) for line in response.content.decode("latin-1").splitlines() if "=" in line)


class TestEnvironment:
    def test_the_variables_of_a_request(self, run):
        env = environment(run().get("/env.py/more/path?a=1&b=%20", headers={"X-Own": "value"}))
        expected = {
            "GATEWAY_INTERFACE": "Python-CGI/1.1",
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": "a=1&b=%20",
            "SCRIPT_NAME": "/env.py",
            "PATH_INFO": "/more/path",
            "HTTP_X_OWN": "value",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        assert {name: env.get(name) for name in expected} == expected

    def test_the_request_uri_is_what_the_client_sent(self, run):
        env = environment(run().get("/env.py/%C3%A9%20?x=%C3%A9"))
        assert env["REQUEST_URI"] == "/env.py/%C3%A9%20?x=%C3%A9"

    def test_a_path_that_is_no_text_is_bytes_as_characters(self, run):
        server = run()
        # The script prints UTF-8: the two characters that stand for the two bytes, and the one for the one.
        assert environment(server.get("/env.py/%C3%A9"))["PATH_INFO"].encode("latin-1").decode() == "/\xc3\xa9"
        assert environment(server.get("/env.py/%E9"))["PATH_INFO"].encode("latin-1").decode() == "/\xe9"

    def test_credentials_are_handed_on_unless_switched_off(self, run):
        assert "HTTP_AUTHORIZATION" in environment(run().get("/env.py", auth=("me", "pw")))

    def test_credentials_can_be_withheld(self, run):
        server = run("PythonOption mod_python.cgi.authorization Off")
        assert "HTTP_AUTHORIZATION" not in environment(server.get("/env.py", auth=("me", "pw")))

    def test_a_proxy_header_never_becomes_a_variable_nor_one_that_poses_as_another(self, run):
        env = environment(run().get("/env.py", headers={"Proxy": "evil:80", "X_Own": "evil"}))
        assert not {"HTTP_PROXY", "HTTP_X_OWN"} & env.keys()

    def test_nothing_of_one_request_is_seen_by_the_next(self, run):
        server = run(processes=1)
        server.get("/env.py?secret", headers={"X-Secret": "1"})
        env = environment(server.get("/env.py"))
        assert (env["QUERY_STRING"], "HTTP_X_SECRET" in env) == ("", False)


class TestScripts:
    def test_a_script_with_a_helper_module(self, run):
        response = run().get("/hello.cgi")
        assert (response.text, response.headers["Content-Type"]) == ("Hello, world!\n", "text/plain")

    def test_an_edited_helper_counts_at_once(self, run):
        server = run(processes=1)
        for greeting in ("first", "second, longer"):
            server.write("helper.py", f"def greeting(name):\n    return '{greeting}'\n")
            assert server.get("/hello.cgi").text == greeting + "\n"

    def test_an_edited_helper_does_not_count_where_reloading_is_off(self, run):
        server = run("PythonOption mod_python.cgihandler.reload Off", processes=1)
        first = server.get("/hello.cgi").text
        server.write("helper.py", "def greeting(name):\n    return 'edited'\n")
        assert server.get("/hello.cgi").text == first

    def test_programs_that_a_script_starts_do_not_see_its_environment(self, run):
        server = run()
        code = "import os\nprint('Content-Type: text/plain\\n')\nprint(os.environ['QUERY_STRING'])\n"
        server.write("child.py", code + "print(os.popen('echo [$QUERY_STRING]').read())")
        assert server.get("/child.py?a=1").text.split() == ["a=1", "[]"]

    def test_form_mail(self, run):
        server = run("SetEnv MAILBOX ${ROOT}/tmp/mail")
        form = {"from": "me@example.com", "subject": "\xe9", "message": "one\ntwo"}
        response = server.post("/formmail.py", data=form, allow_redirects=False)
        assert (response.status_code, response.headers["Location"]) == (302, "/thanks.html")
        mail = (server.root / "tmp" / "mail").read_text(encoding="utf-8")
        assert mail == "from: me@example.com\nsubject: \xe9\nmessage: one two\n"

    def test_a_status_of_the_script(self, run):
        response = run().post("/formmail.py", data={"from": "<b>"})
        assert (response.status_code, response.reason) == (400, "Bad Form")
        assert "&lt;b&gt;" in response.text

    def test_an_upload_comes_back_byte_by_byte(self, run):
        data = bytes(range(256)) * 1000
        response = run().post("/upload.py", files={"file": ("a.png", data, "image/png")})
        assert response.content == data
        assert (response.headers["Content-Type"], response.headers["X-Name"]) == ("image/png", "a.png")

    def test_one_script_at_a_time(self, run):
        server = run("SetEnv COUNTER ${ROOT}/tmp/count", processes=1, threads=8)
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(lambda _: server.get("/counter.py").text, range(40)))
        assert len(set(pages)) == 40
        assert (server.root / "tmp" / "count").read_text() == "40"

    def test_one_script_at_a_time_though_their_interpreters_are_two(self, run):
        server = run("PythonInterpPerDirectory On", processes=1, threads=8)
        for name in ("one", "two"):
            server.write(f"{name}/where.py", (server.docroot / "where.py").read_bytes())
        with ThreadPoolExecutor(8) as pool:
            pages = pool.map(lambda number: server.get(f"/{('one', 'two')[number % 2]}/where.py").text, range(24))
        assert set(pages) == {"always here\n"}

    def test_a_non_parsed_header_script(self, run):
        response = run().get("/nph-push.py")
        assert (response.status_code, response.text) == (203, "line 1\nline 2\nline 3\n")

    def test_head_has_no_body(self, run):
        response = run().head("/hello.cgi")
        assert (response.status_code, response.content) == (200, b"")

    def test_what_is_no_script_is_404(self, run):
        server = run()
        server.write("counter.txt", "1")
        assert [server.get(path).status_code for path in ("/none.py", "/counter.txt", "/")] == [404, 404, 404]

    def test_a_script_included_by_the_page_of_another(self, run):
        server = run("Options +Includes", "SetOutputFilter INCLUDES", processes=1)
        server.write("outer.py", "print('Content-Type: text/html\\n\\n<!--#include virtual=\"/hello.cgi\" -->!')")
        assert server.get("/outer.py").text == "Hello, world!\n!\n"


class TestFailures:
    @pytest.mark.parametrize(
        ("how", "record"), [("exit", "MP0307.*exit code 3"), ("header", "MP0302"), ("nothing", "MP0308")]
    )
    def test_a_script_that_gives_no_response(self, run, how, record):
        server = run()
        server.expect_log(record)
        assert server.get(f"/crash.py?{how}").status_code == 500

    def test_an_exception_is_500_and_in_the_log(self, run):
        server = run()
        server.allow_log("MP0100.*cgihandler: (Traceback|  )")
        server.expect_log("MP0100.*cgihandler: RuntimeError: on purpose")
        response = server.get("/crash.py?exception")
        assert (response.status_code, "some output" in response.text) == (500, False)

    def test_the_next_request_is_served_as_if_nothing_happened(self, run):
        server = run(processes=1)
        server.allow_log("MP0100.*cgihandler: (Traceback|  )")
        server.expect_log("MP0100.*cgihandler: RuntimeError: on purpose")
        server.get("/crash.py?exception")
        assert server.get("/hello.cgi").text == "Hello, world!\n"

    def test_a_link_out_of_the_directory_is_404(self, run):
        server = run()
        (server.docroot / "link.py").symlink_to(server.write("deeper/target.py", "print('Status: 200\\n')"))
        (server.docroot / "deeper" / "out.py").symlink_to(server.docroot / "env.py")
        server.expect_log("MP0301")
        assert [server.get(path).status_code for path in ("/link.py", "/deeper/out.py")] == [200, 404]
