"""The README: its examples run as they stand there, and answer as it says."""

import re

import pytest

from testenv.httpd import REPOSITORY
from testenv.pages import blocks

README = REPOSITORY / "README.md"

# Answers by URL, as the README describes them.
ANSWERS = {
    "/hello/any/thing": "Hello, World!",
    "/pages/greet?name=Eve": "Hello, Eve!",
    "/pages/greet": "Hello, World!",
    "/app/cart": "Hello from /app",
    "/own/": "42",
}


@pytest.fixture(scope="module")
def server(serve_module):
    """A server with the README's configuration and files; those without a full path are below /srv/site."""
    shown = blocks(README)
    fragment = "".join(block.text for block in shown if block.kind == "apache" and not block.name)
    server = serve_module(fragment.replace("/srv/site", "${DOCROOT}").replace("/srv/app", "${DOCROOT}/../app"))
    for block in shown:
        if block.name:
            server.write(block.name.replace("/srv/", "../"), block.text)
    return server


@pytest.mark.parametrize("url", ANSWERS)
def test_the_examples_answer_as_described(server, url):
    assert server.get(url).text == ANSWERS[url]


def test_the_handler_says_what_it_sends(server):
    assert server.get("/hello/").headers["Content-Type"] == "text/plain"


def test_the_server_page_runs_its_loop(server):
    page = server.get("/psp/table.psp").text
    assert re.findall("<li>(.*)</li>", page) == [f"{n} squared is {n * n}" for n in (1, 2, 3)]


def test_an_edit_counts_for_the_next_request(server):
    assert server.get("/pages/edited/say").status_code == 404
    for text in ("first", "second, longer"):
        server.write("pages/edited.py", f"def say():\n    return {text!r}\n")
        assert server.get("/pages/edited/say").text == text


def test_hidden_names_are_not_published(server):
    server.allow_log("MP0226")
    assert server.get("/pages/_greet").status_code == 404


def test_the_links_lead_to_files():
    links = re.findall(r"\]\(([\w./-]+)\)|(?:src|srcset)=\"([\w./-]+)\"", README.read_text("utf-8"))
    missing = [path for pair in links if not (README.parent / (path := "".join(pair))).exists()]
    assert missing == []
