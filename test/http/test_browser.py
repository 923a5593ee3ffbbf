"""The demonstration site in a real browser: what a visitor does with it, and how it looks.

Each page is photographed as it is on a desktop and on a phone. The pictures go to build/screenshots/, or, for those of
the documentation, to $SCREENSHOTS: `make screenshots`.
"""

import os
import re
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from testenv.httpd import REPOSITORY

SITE = REPOSITORY / "examples" / "site"
PICTURES = Path(os.environ.get("SCREENSHOTS") or REPOSITORY / "build" / "screenshots")
DESKTOP, PHONE = (1200, 800), (390, 844)

# What a browser shows does not depend on how httpd organises its processes.
pytestmark = [pytest.mark.local_only, pytest.mark.mpm("event"), pytest.mark.needs("chromium", "chromedriver")]


@pytest.fixture(scope="module")
def site(serve_module):
    config = 'Define SITE "${DOCROOT}"\nDefine STATE "${ROOT}/tmp"\nInclude "${SITE}/site.conf"'
    return serve_module(config, app=str(SITE))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    profile = tmp_path_factory.mktemp("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--lang=en",
                     "--hide-scrollbars", f"--user-data-dir={profile}"):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options, Service("/usr/bin/chromedriver")) as driver:
        yield driver


@pytest.fixture
def browser(site, chromium):
    """A visitor without a past, who finds no mistake of the site in the browser's console."""
    chromium.delete_all_cookies()
    chromium.get_log("browser")
    visitor = Visitor(chromium, site.url)
    visitor.resize(*DESKTOP)
    yield visitor
    assert [entry["message"] for entry in chromium.get_log("browser") if visitor.is_mistake(entry)] == []


class Visitor:
    """Somebody who opens pages, types, clicks and looks."""

    def __init__(self, driver, url):
        self.driver = driver
        self.url = url
        self.expected = "no message"

    def open(self, path):
        self.driver.get(self.url + path)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        return self.find(selector).text

    def fill_in(self, **fields):
        for name, value in fields.items():
            field = self.find(f"[name={name}]")
            if field.get_attribute("type") == "number":
                field.clear()
            field.send_keys(value)

    def click(self, selector):
        """Click, and wait for the page that comes."""
        self.run("window.isOld = true")
        self.find(selector).click()
        self.wait(lambda: self.run("return !window.isOld && document.readyState === 'complete'"))

    def wait(self, condition):
        """Wait until it holds; what it looks at may be replaced meanwhile."""
        return WebDriverWait(self.driver, 20, 0.02, [WebDriverException]).until(lambda _: condition())

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def expect_message(self, pattern):
        """Announce what the browser's console will say."""
        self.expected = pattern

    def is_mistake(self, entry):
        """Say so of a message that is a complaint; pages without an icon of their own make browsers ask for one."""
        is_complaint = entry["level"] in {"SEVERE", "WARNING"}
        return is_complaint and not re.search(f"favicon.ico|{self.expected}", entry["message"])

    def resize(self, width, height):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def photograph(self, name):
        """Keep pictures of the page, and see that a phone need not be moved sideways to read it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(PICTURES / f"{name}.png"))
        self.resize(*PHONE)
        self.driver.save_screenshot(str(PICTURES / f"{name}-phone.png"))
        assert self.run("return document.documentElement.scrollWidth <= innerWidth")
        self.resize(*DESKTOP)

    def colours(self, scheme):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def test_the_index_page_in_light_and_dark(browser):
    for scheme, name in [("light", "index"), ("dark", "index-dark")]:
        browser.colours(scheme)
        browser.open("/")
        browser.photograph(name)
    browser.colours("light")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, ".cards li")) == 17


def test_a_form_is_sent_and_what_was_typed_is_shown_as_it_is(browser):
    browser.open("/publisher/")
    browser.find("[name=name]").clear()
    browser.fill_in(name="Zo\xeb <script>document.title='taken'</script>", times="2")
    browser.find("[value=Python]").click()
    browser.photograph("form")
    browser.click("button")
    assert browser.text("h1") == "Hello, Zo\xeb <script>document.title='taken'</script>!"
    assert browser.text("main li") == "Python"
    assert browser.driver.title.startswith("Hello, Zo\xeb <script>")


def test_an_upload_shows_its_progress(browser, tmp_path):
    file = tmp_path / "a film <b>.mp4"
    file.write_bytes(b"frame" * 400_000)
    browser.open("/upload/")
    browser.driver.set_network_conditions(latency=0, download_throughput=-1, upload_throughput=2_000_000)
    browser.run("""
        const seen = window.seen = [];
        new MutationObserver(() => seen.push(progress.value)).observe(progress, {attributeFilter: ["value"]});
    """)
    browser.fill_in(file=str(file))
    browser.find("button").click()
    browser.wait(lambda: browser.run("return seen.length > 2"))
    browser.photograph("upload")
    browser.wait(lambda: browser.text("h1") == "It has arrived")
    browser.driver.delete_network_conditions()
    seen = browser.run("return seen")
    assert (seen, seen[-1]) == (sorted(seen), 1)
    assert "Name a film <b>.mp4" in browser.text()
    assert "2,000,000" in browser.text()


def test_logging_in_and_out(browser):
    browser.expect_message("403")
    browser.open("/login/")
    browser.fill_in(user="eggs", password="wrong")
    browser.click("button")
    assert browser.text("[role=alert]") == "Nobody has that name and that password."
    browser.photograph("login")
    browser.fill_in(user="eggs", password="spam")
    browser.click("button")
    assert browser.text("h1") == "Welcome, eggs!"
    browser.open("/")
    browser.open("/login/")
    assert browser.text("h1") == "Welcome, eggs!"
    browser.click("form[action=leave] button")
    assert browser.text("h1") == "Login and sessions"


def test_the_browser_s_own_password_dialog_opens_a_door(browser):
    browser.driver.get(browser.url.replace("//", "//eggs:spam@") + "/members/")
    assert browser.text("strong") == "eggs"


def test_a_session_counts_the_visits(browser):
    for visit in ("1", "2", "3"):
        browser.open("/psp/")
        assert browser.text("#visits") == visit
    browser.photograph("psp")


def test_the_listing_shows_a_page_beside_its_program(browser):
    browser.open("/psp/")
    browser.click("a[href='index.psp_']")
    assert "for factor in range(1, 11):" in browser.text("body")
    assert "<tr><td><%= factor %>" in browser.text("body")
    browser.photograph("listing")


def test_the_debug_page_shows_the_mistake_and_runs_nothing(site, browser):
    site.allow_log("MP0100")
    site.expect_log("MP0100: .*ZeroDivisionError")
    browser.expect_message("500")
    browser.open("/debug/?<script>document.title='taken'</script>")
    assert "ZeroDivisionError" in browser.text("body")
    assert "return sum(len(value) for value in headers.values()) / len(headers)" in browser.text("body")
    assert browser.driver.title != "taken"
    browser.photograph("debug")
