"""examples/django, as its README says: a guest book, Django's admin, and static files that httpd serves."""

import os
import re
import subprocess
import sys

import pytest

from testenv.httpd import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "django"
COMMANDS = ["migrate", "collectstatic --no-input", "createsuperuser --no-input --username eggs --email eggs@localhost"]

# What the models have in common has been shown elsewhere; Django is large.
pytestmark = [pytest.mark.local_only, pytest.mark.mpm("event")]


@pytest.fixture(scope="module")
def site(serve_module):
    defines = f'Define DJANGO "{EXAMPLE}"\nDefine STATE "${{ROOT}}/tmp/mysite"\n'
    server = serve_module(f'{defines}Include "{EXAMPLE}/django.conf"')
    state = server.root / "tmp" / "mysite"
    state.mkdir()
    environment = {**os.environ, "MYSITE_STATE": str(state), "DJANGO_SUPERUSER_PASSWORD": "spam"}
    for command in COMMANDS:
        arguments = [sys.executable, "manage.py", *command.split()]
        subprocess.run(arguments, cwd=EXAMPLE, env=environment, check=True, capture_output=True)
    subprocess.run(["chmod", "-R", "a+rwX", state], check=True)
    return server


@pytest.fixture
def browser(site):
    with site.session() as session:
        yield session


def send(browser, url, **fields):
    """Fill in the form of a page and send it."""
    token = re.search('name="csrfmiddlewaretoken" value="(.*?)"', browser.get(url).text)[1]
    return browser.post(url, data={"csrfmiddlewaretoken": token, **fields})


def test_an_entry_is_kept_and_shown_escaped(site, browser):
    response = send(browser, f"{site.url}/", name="Zo\xeb", message="<b>hello</b>\nagain")
    assert response.history[0].status_code == 302
    assert "<p>&lt;b&gt;hello&lt;/b&gt;<br>again</p>" in response.text
    assert "<footer>Zo\xeb, " in response.text


def test_an_entry_without_a_name_is_not(site, browser):
    response = send(browser, f"{site.url}/", name="", message="hello")
    assert (response.status_code, "This field is required" in response.text) == (200, True)


def test_a_form_of_another_site_is_refused(site, browser):
    site.allow_log("CSRF cookie not set|Forbidden")
    assert browser.post(f"{site.url}/", data={"name": "a", "message": "b"}).status_code == 403


def test_an_administrator_logs_in_and_sees_the_entries(site, browser):
    send(browser, f"{site.url}/", name="Ada", message="seen by the admin")
    page = send(browser, f"{site.url}/admin/login/?next=/admin/guestbook/entry/", username="eggs", password="spam")
    assert page.url == f"{site.url}/admin/guestbook/entry/"
    assert "seen by the admin" in page.text


def test_a_wrong_password_does_not_open_the_admin(site, browser):
    page = send(browser, f"{site.url}/admin/login/?next=/admin/", username="eggs", password="x")
    assert "Please enter the correct username and password" in page.text


@pytest.mark.parametrize("path", ["admin/css/base.css", "guestbook/style.css"])
def test_static_files_are_served_by_httpd(site, path):
    response = site.get(f"/static/{path}")
    assert response.headers["Content-Type"] == "text/css"
    assert {"ETag", "Last-Modified", "Accept-Ranges"} <= set(response.headers)  # as httpd sends files
    assert response.content == (site.root / "tmp" / "mysite" / "static" / path).read_bytes()


@pytest.mark.parametrize("path", ["db.sqlite3", "secret_key", "static/../db.sqlite3"])
def test_what_is_not_static_is_not_served(site, path):
    assert site.get(f"/{path}").status_code == 404
