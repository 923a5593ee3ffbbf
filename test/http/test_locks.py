"""Locks across the threads and processes of an httpd."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from testenv.httpd import MPM
from testenv.wait import until

HANDLERS = (f"PythonHandler locks::{name} | .{name}.do" for name in "take release hold count die slot".split())
CONTENT = "\n".join(['<Directory "${DOCROOT}">', "AddHandler mod_python .do", *HANDLERS, "</Directory>"])


def run(serve, *directives, **options):
    server = serve(
        "\n".join([CONTENT, *directives]),
        app="locks",
        **{"processes": 4 if MPM == "prefork" else 2, "threads": 8, **options},
    )
    state = server.docroot / "state"
    state.mkdir()
    (state / "number").write_text("0")
    for path in (state, state / "number"):
        path.chmod(0o777)
    return server


def take(server, key="key", timeout=0):
    return server.get(f"/x.take.do?{key}&{timeout}").text == "True"


def count_in_parallel(server, requests=24):
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: server.get("/x.count.do"), range(requests))} == {
            200
        }
    return int((server.docroot / "state" / "number").read_text()) - requests


@contextmanager
def held(server, key):
    """Another request has the lock, until the end of the block."""
    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(server.get, f"/x.hold.do?{key}")
        until((server.docroot / "state" / "held").exists, 10, "the holder")
        try:
            yield
        finally:
            (server.docroot / "state" / "go").touch()
            assert holder.result().status_code == 200


@pytest.fixture(scope="class")
def server(serve_class):
    return run(serve_class)


class TestExclusion:
    def test_threads_and_processes_wait_for_each_other(self, server):
        assert count_in_parallel(server) == 0

    def test_what_is_taken_is_taken(self, server):
        assert take(server, "one")
        assert [take(server, "one") for _ in range(4)] == [False] * 4
        assert take(server, "another")

    def test_waiting_is_bounded(self, server):
        take(server, "bounded")
        assert not take(server, "bounded", 0.05)

    def test_it_ends_when_the_lock_is_given_back(self, server):
        with ThreadPoolExecutor(1) as pool:
            with held(server, "held"):
                waiting = pool.submit(take, server, "held", 20)
                assert not take(server, "held")
            assert waiting.result()


class TestHolders:
    def test_any_thread_of_the_process_may_release(self, serve):
        server = run(serve, processes=1)
        assert [take(server), take(server)] == [True, False]
        server.get("/x.release.do?key")
        assert take(server)

    def test_what_a_dead_child_held_is_free(self, serve):
        server = run(serve)
        server.allow_log("AH0005[12]")
        with pytest.raises(OSError, match="aborted|reset"):
            server.get("/x.die.do?key")
        assert take(server, timeout=10)

    def test_children_from_before_a_restart_still_hold(self, serve):
        server = run(serve)
        with held(server, "key"):
            server.graceful()
            assert not take(server)
        assert take(server)


class TestConfiguration:
    @pytest.mark.parametrize(
        "mechanism",
        ["file:${ROOT}/run", "fcntl:${ROOT}/run", "flock:${ROOT}/run", "sysvsem", "posixsem", "pthread", "default"],
    )
    def test_the_mutex_directive_chooses_the_mechanism(self, serve, mechanism):
        assert count_in_parallel(run(serve, f"Mutex {mechanism} python"), 12) == 0

    def test_the_number_of_locks(self, serve):
        server = run(serve, "PythonOption mod_python.mutex_locks 3")
        slots = {server.get(f"/x.slot.do?{key}").text for key in ("a", "b", "c", "d", "e", "f")}
        assert slots == {"1", "2"}  # 0 is nobody's
        assert server.get("/x.slot.do?0").text == "0"
        assert "there is no lock 3; PythonOption mod_python.mutex_locks makes 3" in server.get("/x.slot.do?3").text
        assert "there is no lock -2" in server.get("/x.slot.do?-2").text

    def test_a_key_has_the_same_slot_in_every_child(self, server):
        assert len({server.get("/x.slot.do?key").text for _ in range(8)}) == 1
