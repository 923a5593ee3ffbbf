"""examples/single-sign-on, as its configuration and its README say."""

import re
import runpy
from urllib.parse import urlsplit

import pytest

from testenv.httpd import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "single-sign-on"
USERS = runpy.run_path(str(EXAMPLE.parent / "auth-sqlite" / "users.py"))

pytestmark = pytest.mark.local_only


@pytest.fixture(scope="module")
def site(serve_module):
    paths = {"SSO": EXAMPLE, "USERS": "${ROOT}/tmp/users.db", "SSO_SECRET": "${ROOT}/tmp/secret"}
    defines = [f'Define {name} "{path}"' for name, path in paths.items()]
    log = 'LogFormat "%u %U" user\nCustomLog "${ROOT}/logs/users" user'
    server = serve_module("\n".join([*defines, f'Include "{EXAMPLE}/single-sign-on.conf"', log]))
    USERS["add"](server.root / "tmp" / "users.db", "Zo\xeb: 1", "sp\xe4m", [])
    (server.root / "tmp" / "secret").write_text("5" * 64)
    return server


@pytest.fixture
def browser(site):
    with site.session() as session:
        yield session


def log_in(site, browser, target="", password="sp\xe4m", **options):
    form = {"user": "Zo\xeb: 1", "password": password, "next": target}
    return browser.post(f"{site.url}/login", data=form, allow_redirects=False, **options)


class TestGate:
    def test_a_stranger_is_sent_to_the_login_page_and_back(self, site, browser):
        page = browser.get(f"{site.url}/private/index.html?a=b&c=d")
        assert (page.history[0].status_code, urlsplit(page.url).path) == (303, "/login")
        target = re.search('name="next" value="(.*?)"', page.text)[1]
        assert target == "/private/index.html?a=b&amp;c=d"
        response = log_in(site, browser, "/private/index.html?a=b&c=d")
        assert (response.status_code, response.headers["Location"]) == (303, "/private/index.html?a=b&c=d")
        assert "Welcome" in browser.get(site.url + response.headers["Location"]).text

    def test_a_program_that_sends_data_is_refused(self, site):
        assert site.post("/private/").status_code == 403

    def test_httpd_knows_the_user(self, site, browser):
        log_in(site, browser)
        assert browser.get(f"{site.url}/private/").headers["Cache-Control"] == "private"
        assert r"Zo\xc3\xab: 1 /private/" in (site.root / "logs" / "users").read_text()

    @pytest.mark.parametrize("change", ["", "x", "0" * 64 + "9999999999:eggs", "9999999999:eggs", "\xff"])
    def test_a_forged_ticket_opens_nothing(self, site, change):
        response = site.get("/private/", headers={"Cookie": b"sso=" + change.encode("latin-1")})
        assert response.status_code == 303

    def test_a_ticket_is_good_for_a_while(self, site, browser):
        log_in(site, browser)
        signed = re.match("[0-9a-f]{64}", browser.cookies["sso"])[0]
        other = browser.cookies["sso"].replace(signed, "").replace("1", "2", 1)
        assert site.get("/private/", headers={"Cookie": f"sso={signed}{other}"}).status_code == 303


class TestLogin:
    def test_a_wrong_password_is_told_without_showing_who_exists(self, site, browser):
        response = log_in(site, browser, "/private/x", password="x")
        assert (response.status_code, "sso" in browser.cookies) == (403, False)
        assert "Nobody has that name and that password" in response.text
        assert 'name="next" value="/private/x"' in response.text
        assert 'value="Zo\xeb: 1"' in response.text

    @pytest.mark.parametrize(
        "target",
        ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)", "x",
         "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "/\N{FULLWIDTH SOLIDUS}evil.example", "/%zz\xa0"],
    )  # fmt: skip
    def test_it_leads_to_no_other_host(self, site, browser, target):
        assert log_in(site, browser, target).headers["Location"] == "/private/"

    def test_what_was_typed_is_escaped(self, site):
        page = site.post("/login", data={"user": '"><script>', "next": '/"><script>'}).text
        assert "<script>" not in page
        assert "&quot;&gt;&lt;script&gt;" in page

    @pytest.mark.parametrize("data", [b"user=%ff&password=%ff", b"", b"user=a&user=b&password=%00"])
    def test_a_form_that_nobody_has_typed(self, site, data):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert site.post("/login", data=data, headers=headers).status_code == 403

    def test_files_in_place_of_fields(self, site):
        files = {name: (name, b"x") for name in ("user", "password", "next")}
        assert site.post("/login", files=files).status_code == 403

    def test_no_other_site_logs_somebody_in_or_out(self, site, browser):
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert log_in(site, browser, headers=foreign).status_code == 403
        assert site.post("/logout", headers=foreign).status_code == 405
        assert site.get("/logout").status_code == 405

    def test_the_ticket_is_the_server_s_alone(self, site, browser):
        cookie = log_in(site, browser).headers["Set-Cookie"].lower()
        assert all(f"; {attribute}" in cookie for attribute in ("httponly", "samesite=lax", "path=/", "max-age=28800"))

    def test_logging_out_takes_the_ticket(self, site, browser):
        log_in(site, browser)
        assert browser.get(f"{site.url}/private/", allow_redirects=False).status_code == 200
        assert urlsplit(browser.post(f"{site.url}/logout").url).path == "/login"
        assert browser.get(f"{site.url}/private/", allow_redirects=False).status_code == 303
