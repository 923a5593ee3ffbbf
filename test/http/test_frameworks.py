"""Small real sites of WSGI frameworks in a live httpd: the same guest book, as each framework has it written."""

import hashlib
import importlib.util
import re

import pytest

from testenv import tools

# framework -> what the option names
APPLICATIONS = {
    "flask": "guestbook::app",
    "django": "guestbook.wsgi",
    "bottle": "guestbook",
    "pyramid": "guestbook::make()",
    "falcon": "guestbook",
}

# These read a request's body by its Content-Length only.
BY_LENGTH = {"django", "bottle", "falcon"}

CONFIG = """
<Location "/site">
    SetHandler mod_python
    PythonHandler mod_python.wsgi
    PythonOption mod_python.wsgi.application %s
    PythonPath "sys.path + ['${DOCROOT}']"
    PythonInterpreter main_interpreter
</Location>
"""  # Django's database hangs in other interpreters with Python 3.10.


@pytest.fixture(scope="module", params=APPLICATIONS)
def framework(request):
    if not importlib.util.find_spec(request.param):
        (pytest.fail if tools.IN_CI else pytest.skip)(f"{request.param} is not installed")
    return request.param


@pytest.fixture(scope="module")
def server(serve_module, framework):
    return serve_module(CONFIG % APPLICATIONS[framework], app=f"frameworks/{framework}")


@pytest.fixture
def browser(server):
    with server.session() as session:
        yield session


class TestGuestBook:
    def test_a_page_links_to_others_below_its_location(self, server):
        response = server.get("/site/")
        assert response.text == '<p>Hello, stranger!</p><a href="/site/item/tea">tea</a>'
        assert response.headers["Content-Type"].startswith("text/html")

    def test_a_form_is_remembered_in_a_cookie_and_answered_with_a_redirect(self, server, browser):
        response = browser.post(f"{server.url}/site/name", data={"name": "Zo\xeb <1>"})
        assert response.history[0].status_code == 302
        assert response.url == f"{server.url}/site/"
        assert "<p>Hello, Zo\xeb &lt;1&gt;!</p>" in response.text

    def test_paths_queries_and_headers_arrive(self, server):
        response = server.get("/site/item/caf%C3%A9?q=%E2%82%AC+%26", headers={"X-By": "me"})
        assert response.json() == {"item": "caf\xe9", "query": "\u20ac &", "by": "me"}

    def test_an_upload_arrives_byte_by_byte(self, server):
        data = bytes(range(256)) * 5000
        response = server.post("/site/upload", files={"file": ("a.bin", data)})
        assert response.json() == {"name": "a.bin", "digest": hashlib.sha256(data).hexdigest()}

    def test_json_plain_and_chunked(self, server, framework):
        assert server.post("/site/sum", json=[1, 2, 3]).json() == {"sum": 6}
        headers = {"Content-Type": "application/json"}
        if framework not in BY_LENGTH:
            assert server.post("/site/sum", data=iter([b"[1,", b"2]"]), headers=headers).json() == {"sum": 3}

    def test_a_stream_is_chunked(self, server):
        response = server.get("/site/stream")
        assert (response.text, response.headers["Transfer-Encoding"]) == ("0\n1\n2\n", "chunked")

    def test_head_has_no_body(self, server):
        response = server.head("/site/")
        assert (response.status_code, response.content) == (200, b"")

    def test_what_is_not_there_is_the_framework_s_404(self, server):
        assert server.get("/site/nosuch").status_code == 404

    def test_a_method_that_is_not_answered_is_refused(self, server):
        assert server.request("DELETE", "/site/item/tea").status_code in {404, 405}

    def test_an_error_is_500_and_in_the_log(self, server):
        server.expect_log("ValueError: a page that fails")
        server.allow_log(r"\[python:error\]")
        assert server.get("/site/fail").status_code == 500

    def test_many_requests_on_one_connection(self, server, browser):
        for number in range(20):
            assert browser.get(f"{server.url}/site/item/{number}").json()["item"] == str(number)


@pytest.mark.parametrize("framework", ["django"], indirect=True)
class TestDjangoAdmin:
    @pytest.fixture
    def admin(self, server, browser):
        """Sends a form of the admin's, with the token that its page has."""

        def send(path, **fields):
            url = f"{server.url}/site/admin/{path}"
            token = re.search('name="csrfmiddlewaretoken" value="(.*?)"', browser.get(url).text)[1]
            return browser.post(url, data={"csrfmiddlewaretoken": token, **fields}, headers={"Referer": url})

        return send

    def test_who_is_nobody_is_sent_to_the_login(self, server):
        response = server.get("/site/admin/")
        assert response.status_code == 302
        assert response.headers["Location"] == "/site/admin/login/?next=/site/admin/"

    def test_a_wrong_password_is_refused(self, admin):
        assert "Please enter the correct username and password" in admin("login/", username="eggs", password="x").text

    def test_a_login_opens_the_admin_and_a_logout_closes_it(self, server, browser, admin):
        page = admin("login/?next=/site/admin/", username="eggs", password="spam")
        assert "Site administration" in page.text
        token = re.search('name="csrfmiddlewaretoken" value="(.*?)"', page.text)[1]
        browser.post(f"{server.url}/site/admin/logout/", data={"csrfmiddlewaretoken": token})
        assert "Log in" in browser.get(f"{server.url}/site/admin/").text

    def test_what_is_entered_is_stored(self, server, browser, admin):
        admin("login/?next=/site/admin/", username="eggs", password="spam")
        assert "was added successfully" in admin("auth/group/add/", name="caf\xe9 <owners>").text
        assert "caf\xe9 &lt;owners&gt;" in browser.get(f"{server.url}/site/admin/auth/group/").text
