"""examples/rest-service, as its configuration and its README say."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from testenv.httpd import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "rest-service"
JSON = {"Content-Type": "application/json"}

pytestmark = pytest.mark.local_only


@pytest.fixture(scope="module")
def service(serve_module):
    defines = f'Define REST "{EXAMPLE}"\nDefine NOTES "${{ROOT}}/tmp/notes.db"\n'
    return serve_module(f'{defines}Include "{EXAMPLE}/rest-service.conf"', processes=2)


@pytest.fixture
def note(service):
    """A new note: where it is, and its ETag."""
    response = service.post("/notes", json={"text": "buy tea"})
    return response.headers["Location"], response.headers["ETag"]


def put(service, note, text, **headers):
    return service.request("PUT", note, json={"text": text}, headers=headers)


def problem(response):
    """The status and the detail of an error, which tells both in JSON."""
    assert response.headers["Content-Type"] == "application/problem+json"
    value = response.json()
    assert value["status"] == response.status_code
    assert value["title"] == response.reason or response.status_code >= 413
    return response.status_code, value["detail"]


class TestNotes:
    def test_a_new_note_is_created_where_the_answer_says(self, service):
        response = service.post("/notes", json={"text": "Zo\xeb \N{GRINNING FACE} <b>\0"})
        assert (response.status_code, response.headers["Content-Type"]) == (201, "application/json")
        assert re.fullmatch(r"/notes/\d+", response.headers["Location"])
        found = service.get(response.headers["Location"])
        assert found.json() == response.json()
        assert found.json()["text"] == "Zo\xeb \N{GRINNING FACE} <b>\0"

    def test_a_note_is_changed_and_deleted_by_who_knows_its_version(self, service, note):
        href, etag = note
        changed = put(service, href, "buy milk", **{"If-Match": etag})
        assert (changed.status_code, changed.json()["text"]) == (200, "buy milk")
        assert changed.headers["ETag"] != etag
        gone = service.request("DELETE", href, headers={"If-Match": changed.headers["ETag"]})
        assert (gone.status_code, gone.content) == (204, b"")
        assert problem(service.get(href)) == (404, f"there is no note {href.rpartition('/')[2]}")

    def test_the_list_comes_in_pages(self, service):
        with closing(sqlite3.connect(service.root / "tmp" / "notes.db")) as database, database:
            database.executemany("INSERT INTO notes (text) VALUES (?)", [(f"note {n}",) for n in range(250)])
        seen, following = [], "/notes"
        while following:
            page = service.get(following).json()
            seen += page["notes"]
            following = page["next"]
        assert [note["text"] for note in seen][-250:] == [f"note {n}" for n in range(250)]
        assert len({note["href"] for note in seen}) == len(seen)


class TestConditions:
    def test_a_version_that_the_client_has_is_not_sent_again(self, service, note):
        href, etag = note
        response = service.get(href, headers={"If-None-Match": etag})
        assert (response.status_code, response.content, response.headers["ETag"]) == (304, b"", etag)
        assert service.get(href, headers={"If-None-Match": '"0"'}).status_code == 200

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_nothing_is_changed_unseen(self, service, note, method):
        href, _ = note
        for condition, status in [({}, 428), ({"If-Match": '"0"'}, 412)]:
            response = service.request(method, href, json={"text": "overwritten"}, headers=condition)
            assert problem(response)[0] == status
        assert service.get(href).json()["text"] == "buy tea"

    def test_of_many_changes_of_one_version_one_succeeds(self, service, note):
        href, etag = note
        with ThreadPoolExecutor(8) as pool:
            changes = pool.map(lambda n: put(service, href, str(n), **{"If-Match": etag}), range(8))
            statuses = sorted(response.status_code for response in changes)
        assert statuses == [200, *[412] * 7]


class TestErrors:
    @pytest.mark.parametrize(
        ("data", "status"),
        [(b"", 400), (b"{", 400), (b"\xff", 400), (b"[" * 50_000, 400), (b"[]", 422), (b'{"text": 1}', 422),
         (b'{"text": ""}', 422), (b'{"text": "\\ud800"}', 422), (b'{"text": "%s"}' % (b"x" * 10_001), 422)],
        ids=["nothing", "half", "bytes", "deep", "list", "number", "empty", "surrogate", "long"],
    )  # fmt: skip
    def test_what_is_no_note(self, service, data, status):
        assert problem(service.post("/notes", data=data, headers=JSON))[0] == status

    def test_another_type_than_json(self, service):
        assert problem(service.post("/notes", data={"text": "a"})) == (415, "send application/json")

    def test_too_large_a_body(self, service):
        service.allow_log("AH01588")
        assert problem(service.post("/notes", data=b"x" * 70_000, headers=JSON))[0] == 413

    @pytest.mark.parametrize("path", ["/notes/0", "/notes/x", "/notes/1/2", "/notes/" + "9" * 30, "/notes/%00"])
    def test_what_is_not_there(self, service, path):
        assert service.get(path).status_code == 404

    @pytest.mark.parametrize("after", ["x", "-1", "", "9" * 30, "%ff"])
    def test_a_page_that_does_not_exist(self, service, after):
        assert service.get(f"/notes?after={after}").status_code == (400 if after else 200)

    @pytest.mark.parametrize(
        ("path", "method", "allowed"),
        [("/notes", "DELETE", "GET, HEAD, OPTIONS, POST"), ("/notes/1", "POST", "DELETE, GET, HEAD, OPTIONS, PUT"),
         ("/notes", "BREW", "GET, HEAD, OPTIONS, POST")],
    )  # fmt: skip
    def test_a_method_that_is_not_allowed(self, service, path, method, allowed):
        response = service.request(method, path)
        assert (problem(response)[0], response.headers["Allow"]) == (405, allowed)


class TestMethods:
    def test_head_is_get_without_a_body(self, service, note):
        href, etag = note
        head, get = service.head(href), service.get(href)
        assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", etag)
        assert head.headers["Content-Length"] == str(len(get.content))

    def test_options_tells_the_methods(self, service):
        response = service.request("OPTIONS", "/notes/1")
        assert (response.status_code, response.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PUT")
