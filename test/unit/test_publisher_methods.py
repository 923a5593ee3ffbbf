"""Which HTTP methods published objects answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from mod_python.constants import HTTP_METHOD_NOT_ALLOWED, HTTP_OK, HTTP_UNAUTHORIZED
from publishing import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("source", ["def index(req): return req.method", "index = 1"])
def test_functions_and_variables_answer_get_post_and_head(site: Site, source: str, method: str) -> None:
    assert site.page(source).get("/m", method=method).status == HTTP_OK


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "get", ""])
def test_other_methods_are_not_allowed(site: Site, method: str) -> None:
    response = site.page("def index(): raise RuntimeError('called')").get("/m", method=method)
    assert (response.status, response.allow) == (HTTP_METHOD_NOT_ALLOWED, ["GET", "HEAD", "POST"])


def test_options_is_answered_with_the_methods_and_without_a_call(site: Site) -> None:
    response = site.page("def index(): raise RuntimeError('called')").get("/m", method="OPTIONS")
    assert (response.status, response.body) == (HTTP_OK, b"")
    assert response.allow == ["GET", "HEAD", "POST", "OPTIONS"]


def test_options_passes_the_guards_first(site: Site) -> None:
    assert site.page("__auth__ = 0\nindex = 1").get("/m", method="OPTIONS").status == HTTP_UNAUTHORIZED


@pytest.mark.parametrize("methods", ["['POST']", "('post',)", "'POST'", "{'POST': 1}"])
@pytest.mark.parametrize(("method", "status"), [("POST", HTTP_OK), ("GET", HTTP_METHOD_NOT_ALLOWED)])
def test_a_function_can_limit_its_methods(site: Site, methods: str, method: str, status: int) -> None:
    assert site.page(f"def index(): return 'ok'\nindex.methods = {methods}").get("/m", method=method).status == status


def test_a_function_can_answer_other_methods(site: Site) -> None:
    site.page("def index(req): return req.method\nindex.methods = ['PUT', 'OPTIONS']")
    assert [site.get("/m", method=method).text for method in ("PUT", "OPTIONS")] == ["PUT", "OPTIONS"]


def test_get_implies_head(site: Site) -> None:
    site.page("def index(): return 'ok'\nindex.methods = ['GET']")
    assert site.get("/m", method="HEAD").status == HTTP_OK
    assert site.get("/m", method="POST").allow == ["GET", "HEAD"]


def test_an_empty_list_allows_nothing(site: Site) -> None:
    assert site.page("def index(): return 1\nindex.methods = []").get("/m").status == HTTP_METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    "wrapping",
    [
        "index = functools.wraps(save)(lambda *args: 1)",
        "index = functools.lru_cache(save)",
        "index = functools.partial(save)",
        "class C:\n    index = save\nindex = C().index",
    ],
)
def test_a_limit_is_not_lost_when_the_function_is_wrapped(site: Site, wrapping: str) -> None:
    site.page(f"import functools\ndef save(*args): return 1\nsave.methods = ['POST']\n{wrapping}")
    assert site.get("/m").status == HTTP_METHOD_NOT_ALLOWED


def test_an_instance_with_an_attribute_called_methods_limits_nothing(site: Site) -> None:
    site.page("class C:\n    methods = ['shout']\n    def __call__(self): return 'called'\nindex = C()")
    assert site.get("/m").text == "called"
