"""The example of an old-style site: everything it did with the module of 2013, it does with this one."""

import re
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "examples" / "old-style-site"
EGGS, JOE = ("eggs", "spam"), ("joe", "eoj")
PICTURE = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def site(serve_module):
    config = 'Define SITE "${DOCROOT}"\nDefine STATE "${ROOT}/tmp"\nInclude "${SITE}/site.conf"'
    return serve_module(config, app=str(SITE))


@pytest.fixture
def browser(site):
    """A visitor: `get` and `post` by path, and a cookie jar."""
    with site.session() as session:

        class Browser:
            cookies = session.cookies

            def get(self, path, **options):
                return session.get(site.url + path, **options)

            def post(self, path, **options):
                return session.post(site.url + path, **options)

            def log_in(self, user="eggs", password="spam"):
                return self.post("/index.py/login", data={"user": user, "password": password})

        yield Browser()


class TestFrontPage:
    def test_it_counts_the_visits_of_a_browser(self, browser):
        counts = [re.search("this page (.*) times", browser.get("/").text)[1] for _ in range(3)]
        assert counts == ["1", "2", "3"]

    def test_it_remembers_when_the_browser_was_here(self, browser):
        assert "This is your first time here." in browser.get("/").text
        assert re.search(r"the last time was \d{4}-\d\d-\d\d\.", browser.get("/").text)

    def test_a_date_that_somebody_made_up_is_not_shown(self, site, browser):
        browser.get("/")
        forged = browser.cookies["seen"][:-10] + "1999-01-01"
        assert "1999-01-01" not in site.get("/", cookies={"seen": forged}).text

    def test_logging_in_and_out(self, browser):
        assert "Welcome, eggs!" in browser.log_in().text
        assert "Welcome, eggs!" in browser.get("/index.py").text
        assert "Welcome, stranger!" in browser.get("/index.py/logout").text

    def test_a_wrong_password_is_refused(self, browser):
        response = browser.log_in("<eggs>", "x")
        assert (response.status_code, "Nobody is called &lt;eggs&gt; here" in response.text) == (403, True)
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"

    def test_helpers_and_templates_are_not_pages(self, site):
        paths = ("/index.py/_seen", "/index.py/MEMBERS/eggs", "/index.py/SECRET/upper", "/templates/front.html")
        site.allow_log("MP022[67]|AH01630")
        assert [site.get(path).status_code for path in paths] == [404, 404, 404, 403]


class TestAlbum:
    def upload(self, browser, name, content=PICTURE):
        return browser.post("/album.py/upload", files={"picture": (name, content, "image/png")})

    def test_a_picture_comes_back_byte_by_byte(self, browser):
        browser.log_in()
        page = self.upload(browser, "caf\xe9 1.png").text
        (link,) = re.findall('href="(/album.py/picture.*?)">caf\xe9 1.png<', page)
        response = browser.get(link)
        assert (response.content, response.headers["Content-Length"]) == (PICTURE, str(len(PICTURE)))

    @pytest.mark.parametrize("name", ["C:\\My pictures\\b.png", "../../b.png", "/etc/b.png"])
    def test_a_path_in_the_name_of_a_picture_is_ignored(self, browser, name):
        browser.log_in()
        assert ">b.png</a>" in self.upload(browser, name).text

    def test_nobody_uploads_without_having_logged_in(self, browser):
        assert self.upload(browser, "a.png").status_code == 403

    def test_a_form_without_a_picture(self, browser):
        browser.log_in()
        response = browser.post("/album.py/upload", files={"picture": ("", b"")})
        assert response.text == "No picture was chosen."

    def test_a_picture_that_does_not_exist_is_404(self, browser):
        assert browser.get("/album.py/picture?name=../../index.py").status_code == 404

    @pytest.mark.parametrize(("auth", "status"), [(EGGS, 200), (JOE, 403), (("eggs", "x"), 401), (None, 401)])
    def test_only_the_office_removes_pictures(self, site, browser, auth, status):
        browser.log_in()
        self.upload(browser, "removed.png")
        response = site.get("/admin.py/remove?name=removed.png", auth=auth)
        assert response.status_code == status
        assert (">removed.png<" in browser.get("/album.py").text) is (status != 200)


class TestGuestBook:
    def test_an_entry_is_kept_and_shown_escaped(self, browser):
        browser.get("/guestbook.psp")
        page = browser.post("/guestbook.psp", data={"name": "Zo\xeb", "message": "<b>hello</b>"}).text
        assert "<li>Zo\xeb: &lt;b&gt;hello&lt;/b&gt;</li>" in page
        assert "You have signed 1 times." in page

    def test_who_has_no_name_gets_the_error_page(self, site, browser):
        site.expect_log("MP0240: .*ValueError: nobody can sign without a name")
        site.allow_log("MP0240")
        response = browser.post("/guestbook.psp", data={"message": "hello"})
        assert response.status_code == 500
        assert "That went wrong: nobody can sign without a name." in response.text


class TestContact:
    def test_the_form_is_a_page(self, site):
        assert '<form action="contact.py/email"' in site.get("/contact.py").text

    def test_a_message_is_sent(self, site):
        form = {"name": "Zo\xeb\nBcc: all", "address": "zoe@example.com", "message": "two\nlines"}
        response = site.post("/contact.py/email", data=form)
        assert response.content.decode() == "<html><body>Thank you, Zo\xeb\nBcc: all!</body></html>"
        mailbox = site.root / "tmp" / "mailbox.txt"
        assert "From: Zo\xeb Bcc: all <zoe@example.com>\n\ntwo\nlines\n.\n" in mailbox.read_text(encoding="utf-8")

    def test_a_field_that_is_missing_is_a_bad_request(self, site):
        site.expect_log("MP0230: .*email.* misses 'address'")
        assert site.post("/contact.py/email", data={"name": "x"}).status_code == 400
