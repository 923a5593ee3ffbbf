"""The publisher in a live httpd: what its chapter of the manual says, through URLs."""

import ast
import hashlib

import pytest

PUBLISHER = "SetHandler mod_python\nPythonHandler mod_python.publisher"
DIRECTORY = f'<Directory "${{DOCROOT}}">\n{PUBLISHER}\n</Directory>'

EGGS, JOE = ("eggs", "spam"), ("joe", "eoj")


@pytest.fixture(scope="module")
def server(serve_module):
    """A server whose document root is test/apps/publisher, published as the manual configures it."""
    return serve_module(DIRECTORY, app="publisher")


def value(response):
    """The value that a page returned as its repr."""
    assert response.status_code == 200, response.text
    return ast.literal_eval(response.text)


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "text"),
        [
            ("/", "We are in index()"),
            ("/index", "We are in index()"),
            ("/index/", "We are in index()"),
            ("/index/index", "We are in index()"),
            ("/index.py", "We are in index()"),
            ("/hello", "We are in hello()"),
            ("/index/hello", "We are in hello()"),
            ("/index.py/hello", "We are in hello()"),
            ("/sub/", "the index of sub"),
            ("/objects", "the index of objects"),
            ("/example/say", "I am saying NOTHING"),
            ("/example/say?what=hello", "I am saying hello"),
            ("/example.py/say?what=hello", "I am saying hello"),
            ("/example/variable", "42"),
            ("/objects/branch/leaf", "a leaf"),
            ("/objects/branch/twig/grow?times=3", "grown 3 times"),
            ("/objects/branch.leaf", "a leaf"),
        ],
    )
    def test_a_url_names_an_object(self, server, url, text):
        response = server.get(url)
        assert (response.status_code, response.text) == (200, text)

    @pytest.mark.parametrize(
        "url",
        [
            "/spam",
            "/index/spam",
            "/nosuch/hello",
            "/sub/nosuch",
            "/objects/branch/nosuch",
            "/objects/branch..leaf",
            "/a..b",
        ],
    )
    def test_what_could_not_be_found_is_404(self, server, url):
        server.allow_log("MP022[678]")
        assert server.get(url).status_code == 404

    @pytest.mark.parametrize(
        "url",
        [
            "/objects/_hidden",
            "/objects/__doc__",
            "/objects/branch/_prune",
            "/objects/branch/__class__",
            "/objects/branch/grow/__globals__",
        ],
    )
    def test_names_that_begin_with_an_underscore_are_404(self, server, url):
        server.expect_log("MP022[67]: ")
        assert server.get(url).status_code == 404

    @pytest.mark.parametrize("url", ["/objects/os", "/objects/os/getcwd", "/objects/branch/leaf/upper"])
    def test_modules_and_what_is_below_plain_values_are_404(self, server, url):
        server.expect_log("MP022[78]: ")
        assert server.get(url).status_code == 404

    def test_a_class_is_published_as_its_string_representation(self, server):
        assert server.get("/objects/Branch").text.startswith("<class ")

    def test_the_request_is_told_which_file_and_path_it_got(self, server):
        server.write("where.py", "def here(req):\n    return repr((req.filename, req.path_info))\n")
        assert value(server.get("/where/here")) == (f"{server.docroot}/where.py", "/here")


class TestImportedObjects:
    """Decision A7: only what the document tree defines is published, or what a page lists in `__all__`."""

    def test_what_comes_from_the_document_tree_is_published(self, server):
        assert server.get("/objects/borrowed").text == "borrowed"

    def test_what_comes_from_elsewhere_is_404(self, server):
        server.expect_log("MP02(28|29): 'getcwd'")
        assert server.get("/objects/getcwd").status_code == 404

    def test_what_all_names_is_published(self, server):
        assert server.get("/objects/listed").text == "listed"
        server.allow_log("MP0230")
        assert server.get("/objects/path_join?a=/x").text == "/x"


class TestSections:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        """Pages below the document root, below a Location of the same path, of another one, and through an Alias."""
        files = 'Alias "/aliased" "${ROOT}/tmp/outside"\n<Directory "${ROOT}/tmp/outside">\nRequire all granted\n'
        server = serve_class(
            f'<Location "/sub">\n{PUBLISHER}\n</Location>\n'
            f'<Location "/members">\n{PUBLISHER}\n</Location>\n'
            f"{files}{PUBLISHER}\n</Directory>\n"
            f'<Directory "${{DOCROOT}}/only">\nAddHandler mod_python .py\nPythonHandler mod_python.publisher | .py\n'
            "</Directory>",
            app="publisher",
        )
        server.write("../tmp/outside/page.py", "def index():\n    return 'outside'\n")
        server.write("only/page.py", "def index():\n    return 'by extension'\n")
        server.write("only/page.txt", "a static file")
        return server

    def test_a_location_publishes_the_files_below_its_path(self, server):
        assert server.get("/sub/").text == "the index of sub"
        assert server.get("/sub/index/index").text == "the index of sub"
        assert server.get("/members/inside/open").text == "open to all"

    def test_an_alias_publishes_files_outside_the_document_root(self, server):
        assert server.get("/aliased/page").text == "outside"

    def test_an_extension_publishes_only_its_files(self, server):
        assert server.get("/only/page.py").text == "by extension"
        assert server.get("/only/page.txt").text == "a static file"

    def test_htaccess_publishes_its_directory(self, server):
        server.write("access/.htaccess", PUBLISHER)
        server.write("access/page.py", "def index():\n    return 'by .htaccess'\n")
        assert server.get("/access/page").text == "by .htaccess"


class TestResults:
    @pytest.mark.parametrize(
        ("name", "body", "kind"),
        [
            ("text", "caf\xe9".encode(), "text/plain; charset=utf-8"),
            ("octets", bytes(range(256)), "text/plain"),
            ("html", b"<html><body>a page</body></html>\n", "text/html; charset=utf-8"),
            ("number", b"12", "text/plain; charset=utf-8"),
            ("typed", b"body {}", "text/css"),
            ("coroutine?name=you", b"awaited by you", "text/plain; charset=utf-8"),
            ("generator", b"0 1 2 ", "text/plain; charset=utf-8"),
            ("async_generator", b"one two three", "text/plain; charset=utf-8"),
            ("page", b"<p>42</p>", "text/html; charset=utf-8"),
        ],
    )
    def test_a_result_is_sent_with_its_type(self, server, name, body, kind):
        response = server.get(f"/results/{name}")
        assert (response.status_code, response.content, response.headers["Content-Type"]) == (200, body, kind)

    def test_what_was_written_counts_when_nothing_is_returned(self, server):
        assert server.get("/results/nothing").text == "written, not returned"

    def test_a_whole_result_has_its_length_and_a_generated_one_is_chunked(self, server):
        assert server.get("/results/text").headers["Content-Length"] == "5"
        assert server.get("/results/generator").headers["Transfer-Encoding"] == "chunked"

    def test_a_generator_ends_when_the_client_leaves(self, server):
        server.expect_log("the endless generator is closed")
        server.allow_log("MP0101")
        connection = server.connect()
        connection.send(b"GET /results/endless HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.receive()
        connection.abort()
        server.log.wait("the endless generator is closed")

    def test_a_status_is_raised_from_published_code(self, server):
        assert server.get("/results/missing").status_code == 410

    def test_an_exception_is_500_and_in_the_log(self, server):
        server.expect_log("MP0100: .*ValueError: on purpose")
        server.allow_log("MP0100")
        assert server.get("/results/failing").status_code == 500


class TestMethods:
    @pytest.mark.parametrize("name", ["text", "html", "generator", "async_generator", "endless"])
    def test_head_has_the_headers_and_no_body(self, server, name):
        server.allow_log("the endless generator is closed")
        response = server.head(f"/results/{name}")
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["Content-Type"].endswith("; charset=utf-8")

    def test_head_of_a_whole_result_has_its_length(self, server):
        assert server.head("/results/text").headers["Content-Length"] == "5"

    @pytest.mark.parametrize(
        ("url", "allowed"), [("/forms/echo", {"GET", "HEAD", "POST", "OPTIONS"}), ("/forms/save", {"POST", "OPTIONS"})]
    )
    def test_options_lists_the_methods_and_runs_nothing(self, server, url, allowed):
        response = server.request("OPTIONS", url)
        assert (response.status_code, response.text) == (200, "")
        assert set(response.headers["Allow"].split(", ")) == allowed

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
    def test_other_methods_are_405(self, server, method):
        response = server.request(method, "/forms/echo?name=x")
        assert response.status_code == 405
        assert {"GET", "HEAD", "POST"} <= set(response.headers["Allow"].replace(" ", "").split(","))

    def test_a_function_may_restrict_its_methods(self, server):
        assert server.get("/forms/save?value=1").status_code == 405
        assert server.post("/forms/save", data={"value": "1"}).text == "saved 1"


class TestArguments:
    FORM = {"name": "caf\xe9 & <b>", "color": "red", "other": "dropped"}

    def test_get(self, server):
        assert value(server.get("/forms/echo", params=self.FORM)) == ("caf\xe9 & <b>", "red")

    def test_post(self, server):
        assert value(server.post("/forms/echo", data=self.FORM)) == ("caf\xe9 & <b>", "red")

    def test_multipart(self, server):
        parts = {name: (None, text) for name, text in self.FORM.items()}
        assert value(server.post("/forms/echo", files=parts)) == ("caf\xe9 & <b>", "red")

    def test_query_string_and_body_together(self, server):
        assert value(server.post("/forms/echo?name=query", data={"color": "body"})) == ("query", "body")

    def test_a_default_stands_for_a_field_that_is_missing(self, server):
        assert value(server.get("/forms/echo?name=x")) == ("x", "blue")

    def test_repeated_fields_are_a_list(self, server):
        assert value(server.get("/forms/echo?name=x&name=y")) == (["x", "y"], "blue")

    def test_unmatched_fields_go_to_var_keyword(self, server):
        assert value(server.post("/forms/everything?a=1", data={"b": "2"})) == [("a", "1"), ("b", "2")]

    def test_annotated_arguments_receive_strings(self, server):
        assert value(server.get("/forms/typed?number=5&flag=")) == ("5", "")

    def test_an_upload(self, server):
        data = bytes(range(256)) * 500
        response = server.post("/forms/upload", files={"file": ("caf\xe9.bin", data, "image/png")}, data={"note": "n"})
        assert value(response) == ("caf\xe9.bin", "image/png", hashlib.sha256(data).hexdigest(), "n")

    def test_the_form_is_an_attribute_of_the_request(self, server):
        assert value(server.post("/forms/fields?a=1", data={"b": "2"})) == [("a", "1"), ("b", "2")]

    def test_a_field_named_like_the_request_does_not_replace_it(self, server):
        assert value(server.get("/forms/everything?req=forged&a=1"))[0] == ("a", "1")

    def test_bytes_that_are_no_text_arrive_too(self, server):
        assert value(server.get("/forms/echo?name=%ff%00")) == ("\udcff\0", "blue")

    def test_arguments_that_do_not_fit_are_400_and_the_log_has_the_reason(self, server):
        server.expect_log(r"MP0230: .*echo\(\) misses 'name'")
        assert server.get("/forms/echo?color=red").status_code == 400


class TestAccess:
    @pytest.mark.parametrize("page", ["functions", "tables"])
    @pytest.mark.parametrize(
        ("auth", "status"),
        [(EGGS, 200), (JOE, 403), (("eggs", "wrong"), 401), (("nobody", "x"), 401), (("eggs", ""), 401), (None, 401)],
    )
    def test_only_user_eggs_with_password_spam_can_access_hello(self, server, page, auth, status):
        response = server.get(f"/members/{page}/hello", auth=auth)
        assert response.status_code == status
        assert (response.text == "hello") is (status == 200)
        challenge = 'Basic realm="Members only"' if status == 401 else None
        assert response.headers.get("WWW-Authenticate") == challenge

    @pytest.mark.parametrize(("auth", "status"), [(("spam", "eggs"), 200), (EGGS, 401), (None, 401)])
    def test_an_auth_function_inside_a_function_protects_it(self, server, auth, status):
        assert server.get("/members/inside/sensitive", auth=auth).status_code == status

    def test_it_leaves_the_other_functions_open(self, server):
        assert server.get("/members/inside/open").text == "open to all"

    def test_a_false_constant_inside_a_function_closes_it(self, server):
        assert server.get("/members/inside/closed").status_code == 403

    def test_a_list_inside_a_function_lets_nobody_in(self, server):
        server.expect_log("MP0100: .*MP0222: __access__ inside a_list_inside")
        server.allow_log("MP0100")
        assert server.get("/members/inside/a_list_inside", auth=EGGS).status_code == 500

    @pytest.mark.parametrize("auth", [EGGS, None])
    def test_a_false_constant_lets_nobody_in(self, server, auth):
        assert server.get("/members/constants/hello", auth=auth).status_code == 401

    @pytest.mark.parametrize(
        ("auth", "kitchen", "cellar"), [(EGGS, 200, 200), (JOE, 200, 403), (("joe", "wrong"), 401, 401)]
    )
    def test_every_step_of_the_path_is_checked(self, server, auth, kitchen, cellar):
        urls = ("/members/steps/house/kitchen/enter", "/members/steps/house/cellar/enter")
        assert [server.get(url, auth=auth).status_code for url in urls] == [kitchen, cellar]

    def test_the_realm_is_that_of_the_nearest_step(self, server):
        response = server.get("/members/steps/house/kitchen/enter")
        assert response.headers["WWW-Authenticate"] == 'Basic realm="House"'

    @pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg=="])
    def test_a_malformed_authorization_is_400(self, server, header):
        server.expect_log("MP0223")
        assert server.get("/members/tables/hello", headers={"Authorization": header}).status_code == 400

    @pytest.mark.parametrize("header", ["Bearer abc", "Digest username=eggs"])
    def test_another_scheme_is_no_credentials(self, server, header):
        assert server.get("/members/tables/hello", headers={"Authorization": header}).status_code == 401

    def test_a_user_name_that_nobody_verified_does_not_count(self, server):
        assert server.get("/members/handed/hello", auth=EGGS).status_code == 403

    def test_the_module_runs_before_its_auth_is_known(self, server):
        server.write("noisy.py", "from mod_python import apache\napache.log_error('noisy runs')\n__auth__ = 0\n")
        server.expect_log("noisy runs")
        assert server.get("/noisy").status_code == 401

    @pytest.mark.parametrize(("auth", "status"), [(EGGS, 200), (JOE, 403), (("eggs", "wrong"), 401)])
    def test_an_authentication_handler_and_access_work_together(self, serve, auth, status):
        server = serve(
            f'{DIRECTORY}\n<Directory "${{DOCROOT}}/members">\nPythonAuthenHandler doorman\nAuthType Basic\n'
            'AuthName "Doorman"\nRequire valid-user\n</Directory>',
            app="publisher",
        )
        response = server.get("/members/handed/hello", auth=auth)
        assert response.status_code == status
        assert (response.text == "hello, eggs") is (status == 200)


class TestReload:
    def test_an_edit_shows_on_the_next_request(self, server):
        for text in ("one", "two", "six"):  # of one length, within one second
            server.write("edited.py", f"def index():\n    return '{text}'\n")
            assert server.get("/edited").text == text

    def test_a_broken_edit_is_500_each_time_until_it_is_mended(self, server):
        server.allow_log("MP0100")
        statuses = []
        for text in ("0", "0 +", None, "0"):
            if text:
                server.write("broken.py", f"index = {text}\n")
            statuses.append(server.get("/broken").status_code)
        assert statuses == [200, 500, 500, 200]

    def test_pages_of_one_name_are_different_pages(self, server):
        for name in ("a", "b"):
            server.write(f"{name}/page.py", f"def index():\n    return '{name}'\n")
        assert [server.get(f"/{name}/page").text for name in "abab"] == list("abab")

    def test_without_autoreload_the_first_version_stays(self, serve):
        server = serve(DIRECTORY.replace(PUBLISHER, f"{PUBLISHER}\nPythonAutoReload Off"), processes=1)
        for text in ("one", "two"):
            server.write("edited.py", f"def index():\n    return '{text}'\n")
            assert server.get("/edited").text == "one"

    def test_a_page_that_was_removed_is_404(self, server):
        page = server.write("removed.py", "index = 1\n")
        assert server.get("/removed").status_code == 200
        page.unlink()
        assert server.get("/removed").status_code == 404
