"""Sessions in a live httpd: every store, their locks across processes, and two servers that share one user."""

import json
import os
import re
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import pytest
from redisserver import running_redis

from testenv import ports, processes
from testenv.httpd import MPM
from testenv.wait import until

redis_server = pytest.mark.needs("redis-server")
ON_DISK = ["FileSession", "DbmSession", "SqliteSession"]
SHARED = [*ON_DISK, pytest.param("RedisSession", marks=redis_server)]
STORES = ["MemorySession", *SHARED]

LOCATION = """
<Location "/%(store)s">
    SetHandler mod_python
    PythonHandler shop
    PythonPath "sys.path + ['${DOCROOT}']"
    PythonOption mod_python.session.session_type %(store)s
    PythonOption mod_python.session.database_directory "${ROOT}/tmp/state"
    PythonOption mod_python.file_session.enable_fast_cleanup Off
    PythonOption mod_python.file_session.cleanup_grace_period 0
    PythonOption mod_python.redis_session.url redis://127.0.0.1:%(redis)d/0
    %(more)s
</Location>
"""


def locations(redis, *more):
    names = ["MemorySession", *ON_DISK, "RedisSession"]
    return "".join(LOCATION % {"store": name, "redis": redis, "more": "\n".join(more)} for name in names)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """The port of a Redis server; nothing listens there when the program is missing, and nobody asks then."""
    if not shutil.which("redis-server"):
        yield 6379
        return
    with running_redis(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.fixture(scope="module")
def one(serve_module, redis):
    """A server of one process."""
    return serve_module(locations(redis), app="sessions", processes=1)


@pytest.fixture(scope="module")
def many(serve_module, redis):
    """A server of several processes, whose requests do not wait long for a session."""
    more = "PythonOption mod_python.session.lock_timeout 0.1"
    return serve_module(locations(redis, more), app="sessions", processes=3, threads=4)


@pytest.fixture
def patient(serve, redis):
    """As `many`, but its requests wait as long as it takes."""
    return serve(locations(redis), app="sessions", processes=3, threads=2)


class Browser:
    """Keeps the cookie, as a browser does; every request has a connection of its own."""

    def __init__(self, store):
        self.store = store
        self.cookies = {}

    def get(self, server, action, **options):
        response = server.get(f"/{self.store}/{action}", cookies=self.cookies, **options)
        self.cookies |= response.cookies.get_dict()
        return response

    def ask(self, server, action, **options):
        """The facts that the handler answers with."""
        response = self.get(server, action, **options)
        assert response.status_code == 200, response.text
        return response.json()

    def begin(self, server, action):
        """Send a request whose handler answers and goes on, until `finish`; return the facts and the connection."""
        connection = server.connect()
        cookie = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        head = f"POST /{self.store}/{action} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 1\r\n\r\n"
        connection.send(head.encode())
        head, _, body = connection.receive_until(b"}").partition(b"{")
        assert head.startswith(b"HTTP/1.1 200 "), head
        self.cookies |= dict(re.findall("Set-Cookie: ([^=]*)=([^;]*)", head.decode()))
        return json.loads(b"{" + body), connection


def finish(connection):
    connection.send(b"x")
    connection.half_close()
    connection.receive_all()


def cookie_of(response):
    (cookie,) = SimpleCookie(response.headers["Set-Cookie"]).values()
    return cookie


@pytest.fixture
def browser(store):
    return Browser(store)


@pytest.mark.parametrize("store", STORES)
class TestStores:
    def test_a_browser_finds_its_data_again(self, one, browser):
        visits = [browser.ask(one, "visit") for _ in range(3)]
        assert [(visit["visits"], visit["new"]) for visit in visits] == [(1, True), (2, False), (3, False)]
        assert len({visit["id"] for visit in visits}) == 1
        assert visits[0]["type"] == browser.store

    def test_another_browser_has_another_session(self, one, browser, store):
        other = Browser(store)
        assert [who.ask(one, "visit")["visits"] for who in (browser, other, browser, other)] == [1, 1, 2, 2]

    def test_the_cookie_is_sent_once_and_kept_from_scripts_and_other_sites(self, one, browser):
        cookie = cookie_of(browser.get(one, "visit"))
        assert (cookie.key, cookie["path"], cookie["httponly"], cookie["samesite"]) == ("pysid", "/", True, "Lax")
        assert (cookie["expires"], cookie["secure"]) == ("", "")
        assert "Set-Cookie" not in browser.get(one, "visit").headers

    @pytest.mark.parametrize("planted", ["0123456789abcdef" * 2, "../../etc/passwd", "", "'", "x" * 3000])
    def test_an_id_that_nobody_gave_out_is_never_adopted(self, one, browser, planted):
        browser.cookies["pysid"] = planted
        assert browser.ask(one, "visit")["new"]
        assert browser.cookies["pysid"] != planted

    def test_regenerate_keeps_the_data_and_voids_the_old_id(self, one, browser, store):
        browser.ask(one, "visit")
        old = Browser(store)
        old.cookies = dict(browser.cookies)
        ids = browser.ask(one, "login")
        assert ids["old"] == old.cookies["pysid"] != ids["new"] == browser.cookies["pysid"]
        assert browser.ask(one, "look") == {
            "pid": one.children()[0],
            "new": False,
            "id": ids["new"],
            "visits": 1,
            "user": "eggs",
        }
        assert old.ask(one, "look")["new"]

    def test_invalidate_ends_the_session_and_its_cookie(self, one, browser, store):
        sid = browser.ask(one, "visit")["id"]
        assert cookie_of(browser.get(one, "logout"))["expires"].endswith("1970 00:00:00 GMT")
        browser.cookies["pysid"] = sid
        assert browser.ask(one, "look")["new"]

    def test_an_expired_session_is_not_found(self, one, browser):
        sid = browser.ask(one, "age")["id"]
        look = browser.ask(one, "look")
        assert (look["new"], look["id"] != sid, "visits" in look) == (True, True, False)

    def test_expired_sessions_are_swept_away(self, one, browser, store):
        one.expect_log(f"MP0283: {0 if store == 'RedisSession' else 1} expired sessions were removed")
        live = Browser(store)
        live.ask(one, "visit")
        browser.ask(one, "age")
        Browser(store).get(one, "sweep")
        assert live.ask(one, "visit")["visits"] == 2

    def test_signed_cookies_with_a_secret_that_changes(self, one, browser, store):
        sid = browser.ask(one, "visit?secret=old")["id"]
        assert browser.cookies["pysid"] != sid
        assert browser.ask(one, "visit?secret=new&secret=old")["visits"] == 2
        assert browser.ask(one, "visit?secret=new")["visits"] == 3
        forged = Browser(store)
        forged.cookies["pysid"] = sid
        assert forged.ask(one, "visit?secret=new")["new"]

    def test_one_request_may_have_a_session_twice(self, one, browser):
        assert browser.ask(one, "twice") == {"pid": one.children()[0], "same": True, "new": False, "others": False}

    def test_an_error_response_carries_the_cookie_too(self, one, browser):
        response = browser.get(one, "fail")
        assert response.status_code == 404
        assert cookie_of(response).key == "pysid"
        assert not browser.ask(one, "look")["new"]


@pytest.mark.parametrize("store", SHARED)
class TestProcesses:
    @pytest.mark.mpm("prefork")  # only on prefork a child with a request takes no other
    def test_every_child_finds_the_session(self, many, browser):
        stays = [browser.begin(many, "stay") for _ in range(2)]
        visits = [*(visit for visit, _ in stays), browser.ask(many, "visit")]
        assert [(visit["visits"], visit["new"]) for visit in visits] == [(1, True), (2, False), (3, False)]
        assert len({visit["pid"] for visit in visits}) == 3

    def test_no_visit_is_lost(self, patient, browser):
        browser.ask(patient, "visit")
        with ThreadPoolExecutor(8) as pool:
            visits = list(pool.map(lambda _: browser.ask(patient, "visit"), range(40)))
        assert sorted(visit["visits"] for visit in visits) == list(range(2, 42))
        assert len({visit["pid"] for visit in visits}) > 1

    def test_who_waits_too_long_for_a_session_gets_503(self, many, browser):
        many.expect_log("MP0281: another request has kept session [0-9a-f]{8}... locked for 0.1 seconds")
        browser.ask(many, "visit")
        _, connection = browser.begin(many, "wait")
        assert browser.get(many, "visit").status_code == 503
        finish(connection)
        assert browser.ask(many, "visit")["visits"] == 2

    def test_without_a_lock_nobody_waits(self, many, browser):
        browser.ask(many, "visit")
        _, connection = browser.begin(many, "wait")
        assert browser.ask(many, "look?lock=0")["visits"] == 1
        finish(connection)

    def test_a_session_can_be_unlocked_early(self, many, browser):
        _, connection = browser.begin(many, "stay")
        assert browser.ask(many, "visit")["visits"] == 2
        finish(connection)

    def test_two_sessions_do_not_wait_for_each_other(self, many, browser, store):
        browser.ask(many, "visit")
        _, connection = browser.begin(many, "wait")
        assert Browser(store).ask(many, "visit")["visits"] == 1
        finish(connection)


class TestDeath:
    @pytest.mark.local_only
    def test_the_lock_of_a_child_that_died_is_free(self, patient):
        browser = Browser("FileSession")
        browser.ask(patient, "visit")
        holder = browser.begin(patient, "wait")[0]["pid"]
        os.kill(holder, signal.SIGKILL)
        until(lambda: not processes.is_alive(holder), 10, "the holder's end")  # until then it may accept
        assert browser.ask(patient, "visit")["visits"] == 2


class TestChoice:
    @pytest.mark.parametrize("processes", [1, 2])
    def test_the_default_store_suits_the_server(self, serve, processes):
        config = LOCATION % {"store": "", "redis": 0, "more": ""}
        config = "\n".join(line for line in config.splitlines() if "session_type" not in line)
        kind = Browser(".").ask(serve(config, app="sessions", processes=processes), "visit")["type"]
        assert kind == ("MemorySession" if MPM != "prefork" and processes == 1 else "DbmSession")

    def test_a_kind_that_does_not_exist_is_500_and_the_log_says_which_do(self, serve):
        config = LOCATION % {"store": "NoSession", "redis": 0, "more": ""}
        old_name = config.replace("mod_python.session.session_type", "session")  # httpd refuses a wrong one of today's
        server = serve(old_name, app="sessions")
        server.expect_log(
            "MP0285: PythonOption mod_python.session.session_type is 'NoSession', but must be one of File"
        )
        server.allow_log("MP0100")
        assert server.get("/NoSession/visit").status_code == 500

    @pytest.mark.parametrize("option", ["name", "path", "secure", "json"])
    def test_options_of_the_cookie_and_the_serializer(self, serve, option):
        lines = {
            "name": "PythonOption mod_python.session.cookie_name shop",
            "path": "PythonOption mod_python.session.application_path /shop",
            "secure": "PythonOption mod_python.session.cookie_secure On",
            "json": "PythonOption mod_python.session.serializer json",
        }
        server = serve(LOCATION % {"store": "SqliteSession", "redis": 0, "more": lines[option]}, app="sessions")
        browser = Browser("SqliteSession")
        cookie = cookie_of(browser.get(server, "visit"))
        assert (cookie.key == "shop", cookie["path"] == "/shop", bool(cookie["secure"])) == (
            option == "name",
            option == "path",
            option == "secure",
        )
        if option == "json":
            assert browser.ask(server, "visit")["visits"] == 2
            server.allow_log("MP0100")
            server.expect_log("MP0100: .*not JSON serializable")
            assert browser.get(server, "unprintable").status_code == 500


@redis_server
class TestRedis:
    def test_two_servers_share_one_user(self, serve, redis):
        servers = [serve(locations(redis), app="sessions") for _ in range(2)]
        browser = Browser("RedisSession")
        visits = [browser.ask(servers[number % 2], "visit") for number in range(4)]
        assert [(visit["visits"], visit["new"]) for visit in visits] == [(1, True), (2, False), (3, False), (4, False)]
        assert {visit["pid"] for visit in visits[::2]}.isdisjoint(visit["pid"] for visit in visits[1::2])

    def test_a_session_is_locked_for_both(self, serve, redis):
        more = "PythonOption mod_python.session.lock_timeout 0.1"
        first, second = [serve(locations(redis, more), app="sessions") for _ in range(2)]
        second.expect_log("MP0281")
        browser = Browser("RedisSession")
        browser.ask(first, "visit")
        _, connection = browser.begin(first, "wait")
        assert browser.get(second, "visit").status_code == 503
        finish(connection)
        assert browser.ask(second, "visit")["visits"] == 2

    def test_without_redis_the_answer_is_500_and_the_log_says_why(self, serve):
        with ports.lease() as lease:
            server = serve(locations(lease.port), app="sessions")
            server.expect_log("MP0100: .*ConnectionError.*Connection refused")
            server.allow_log("MP0100|Traceback|During handling")
            assert Browser("RedisSession").get(server, "visit").status_code == 500


@pytest.mark.local_only
class TestPrivacy:
    def test_session_files_are_readable_for_the_server_only(self, one):
        browser = Browser("FileSession")
        sid = browser.ask(one, "visit")["id"]
        file = one.root / "tmp" / "state" / "mp_sess" / sid[:2] / sid
        assert file.stat().st_mode & 0o777 == 0o600
        assert {directory.stat().st_mode & 0o777 for directory in file.parents[:2]} == {0o700}

    def test_a_planted_file_is_no_session(self, one, tmp_path):
        one.expect_log("MP0280: .*MP0288")
        browser = Browser("FileSession")
        sid = browser.ask(one, "visit")["id"]
        file = one.root / "tmp" / "state" / "mp_sess" / sid[:2] / sid
        planted = file.read_bytes()
        file.unlink()
        file.write_bytes(planted)  # as this test's user, not the server's
        file.chmod(0o666)
        assert browser.ask(one, "look")["new"]
