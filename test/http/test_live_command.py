"""The command mod_python in a real terminal, or nearly: what it serves, how it ends, and what it says."""

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import requests
from commands import ENVIRONMENT, MOD_PYTHON, TIMEOUT, Served, run
from h2client import Client

from testenv import ports, processes
from testenv.httpd import MPM
from testenv.site import APPS
from testenv.wait import until

pytestmark = pytest.mark.local_only

once = pytest.mark.mpm("event")  # for what does not depend on the model


@pytest.fixture
def site():
    """The files of test/apps/command, where httpd's children can read them; pytest's own directories are closed."""
    directory = Path(tempfile.mkdtemp(prefix="mod_python-command-"))
    directory.chmod(0o755)
    shutil.copytree(APPS / "command", directory / "site")
    yield directory / "site"
    shutil.rmtree(directory)


@pytest.fixture
def serve(site):
    """A function that runs `mod_python serve` with its arguments; `allow_errors` is for those that are meant."""
    started, strict = [], []

    def serve(*words, allow_errors=False, **options):
        served = Served(words, site, site.parent / "output", **options)
        started.append(served)
        if not allow_errors:
            strict.append(served)
        return served

    yield serve
    for served in started:
        served.close()
    assert [line for served in strict for line in served.complaints()] == []


def once_with(*values):
    return pytest.param(*values, marks=once)


# -- what is served -------------------------------------------------------------------------------------------


@once
@pytest.mark.parametrize(
    ("target", "path", "answer"),
    [
        ("shop:app", "/cart", "tea at /cart by http"),
        ("hello::handler", "/any/thing", "Hello at /any/thing"),
        ("pages", "/greet?name=Eve", "Hello, Eve!"),
        ("psp", "/answer.psp", "<p>42</p>\n"),
    ],
)
def test_every_kind_of_target_is_served(serve, target, path, answer):
    assert serve(target).get(path).text == answer


@once
def test_files_come_before_the_application_and_sources_never(serve, site):
    served = serve("../site/shop.py", "--docroot", ".", "--url-alias", "/styles", "pages", allow_errors=True)
    assert served.get("/static/file.txt").text == "a static file\n"
    assert served.get("/styles/plain.css").text == "body { margin: 0 }\n"
    assert served.get("/static/none.txt").text == "tea at /static/none.txt by http"
    assert served.get("/shop.py").status_code == 403


@once
def test_a_publisher_sends_no_files_but_what_pages_refer_to(serve, site):
    (site / "pages" / ".hidden").write_text("secret")
    (site / "static" / ".git").mkdir()
    for file in (".git/config", "page.py", "page.psp"):
        (site / "static" / file).write_text("secret")
    served = serve("pages", "--url-alias", "/s", "static", allow_errors=True)
    assert served.get("/s/file.txt").text == "a static file\n"
    assert {served.get(f"/s/{file}").status_code for file in (".git/config", "page.py", "page.psp")} == {403}
    assert served.get("/plain.css").headers["Content-Type"] == "text/css"
    refused = {path: served.get(path).status_code for path in ("/notes.dat", "/__pycache__/", "/.hidden")}
    assert refused == {"/notes.dat": 404, "/__pycache__/": 404, "/.hidden": 403}


@once
def test_parts_and_copies_of_server_pages_are_not_sent(serve, site):
    for copy in ("answer.psp~", "answer.psp.bak"):
        shutil.copy(site / "psp" / "answer.psp", site / "psp" / copy)
    served = serve("psp", allow_errors=True)
    assert {served.get(f"/{file}").status_code for file in ("part.inc", "answer.psp~", "answer.psp.bak")} == {403}


@pytest.mark.mpm("event", "worker")
def test_http2_is_spoken(serve):
    served = serve("shop:app", "--http2")
    with Client(served.port) as client:
        assert client.get("/").body == b"tea at / by http"


@once
def test_a_django_project_is_served_with_its_static_files(serve, site):
    pytest.importorskip("django")
    served = serve(program=(sys.executable, str(site / "project" / "manage.py"), "runmodpython"))
    assert served.get("/greet/Eve").text == "Hello, Eve, at /greet/Eve"
    assert served.get("/static/site.css").text == "body { margin: 0 }\n"


# -- how it ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it_with_all_children(serve, number, code):
    assert serve("shop:app", "--processes", "2").end(number) == code


def test_sighup_renews_the_children_and_the_server_goes_on(serve):
    served = serve("shop:app")
    assert served.get("/").status_code == 200
    old = set(processes.children(served.httpd))
    served.send(signal.SIGHUP)
    until(lambda: set(processes.children(served.httpd)) - old, TIMEOUT, "a new child")
    assert served.get("/").status_code == 200


@once
def test_nothing_of_it_is_left(serve, site):
    served = serve("shop:app")
    (root,) = {Path(argument) for argument in processes.title(served.httpd).split() if "/conf/" in argument}
    served.end()
    assert not root.parents[1].exists()


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, *words, cwd):
        self.pid, self._descriptor = pty.fork()
        if not self.pid:
            os.chdir(cwd)
            os.execve(sys.executable, [*MOD_PYTHON, *words], ENVIRONMENT)
        self.shown = b""

    def read_until(self, text):
        while text not in self.shown:
            self.shown += os.read(self._descriptor, 4096)

    def write(self, data):
        os.write(self._descriptor, data)

    def close(self):
        os.close(self._descriptor)

    def exit_code(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.parametrize(("action", "code"), [("ctrl-c", 130), ("close", 0)])
def test_a_terminal_ends_it_by_a_key_and_by_its_own_end(site, action, code):
    with ports.lease() as lease:
        terminal = Terminal("serve", "shop:app", "--port", str(lease.port), "--mpm", MPM, cwd=site)
        terminal.read_until(b"Ctrl-C stops it\r\n")
        (httpd,) = processes.every_child(terminal.pid)
        if action == "ctrl-c":
            terminal.write(b"\x03")
            terminal.read_until(b"shutting down")
        else:
            terminal.close()
        assert terminal.exit_code() == code
    assert processes.session(httpd) == []


@pytest.mark.needs("unshare")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a process number 1")
def test_as_process_1_of_a_container_it_ends_when_told(serve):
    unshare = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    served = serve("shop:app", program=(*unshare, *MOD_PYTHON, "serve"))
    assert served.get("/").status_code == 200
    (first,) = processes.every_child(served.process.pid)
    os.kill(first, signal.SIGTERM)
    assert served.process.wait(TIMEOUT) == 0


# -- what is wrong is said ------------------------------------------------------------------------------------


@once
def test_a_port_in_use_is_named(site):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", "shop:app", "--port", str(port), cwd=site)
    assert done.returncode == 1
    assert done.stderr.startswith(f"mod_python: port {port} of 127.0.0.1 is in use")


@once
def test_what_httpd_refuses_is_shown(site):
    (site / "more.conf").write_text("NoSuchDirective On\n")
    done = run("serve", "shop:app", "--port", "0", "--include", "more.conf", cwd=site)
    assert done.returncode == 1
    assert "Invalid command 'NoSuchDirective'" in done.stderr


@once
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's children become another user")
def test_what_the_children_cannot_read_is_named(site):
    (site / "pages").chmod(0o700)
    done = run("serve", "pages", "--port", "0", cwd=site)
    assert done.returncode == 1
    assert f"may not read {site}/pages" in done.stderr


@once
def test_a_mistake_in_the_application_is_shown_at_the_start(serve, site):
    (site / "goods.py").write_text("raise RuntimeError('sold out')\n")
    served = serve("shop:app", allow_errors=True)
    until(lambda: "RuntimeError: sold out" in served.output, TIMEOUT, "the traceback")
    assert served.get("/").status_code == 500


# -- for development ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "path", "file", "edit", "answer"),
    [
        ("shop:app", "/", "goods.py", ("tea", "coffee"), "coffee at /"),
        once_with("hello::handler", "/", "hello.py", ("Hello", "Welcome"), "Welcome at /"),
        once_with("pages", "/greet", "pages/index.py", ("Hello", "Welcome"), "Welcome, World!"),
        once_with("psp", "/answer.psp", "psp/answer.psp", ("6 * 7", "6 * 8"), "<p>48</p>"),
    ],
)
def test_with_reload_edits_show_and_mistakes_heal(serve, site, target, path, file, edit, answer):
    served = serve(target, "--reload", allow_errors=True)
    assert served.get(path).status_code == 200
    source = (site / file).read_text()
    (site / file).write_text(source + ("<% def ( %>" if file.endswith(".psp") else "def ("))
    served.shows("SyntaxError", path)
    (site / file).write_text(source.replace(*edit))
    served.shows(answer, path)


# -- servers with a directory ---------------------------------------------------------------------------------


def test_a_server_that_was_set_up_is_started_and_stopped(site):
    def control(name):
        return run(name, "server", cwd=site)

    with ports.lease() as lease:
        options = ("--port", str(lease.port), "--mpm", MPM, "--https-self-signed")
        assert run("serve", "shop:app", "--setup-only", "server", *options, cwd=site).returncode == 0
        assert control("status").returncode == 1
        for name in ("start", "restart", "graceful", "status", "check"):
            done = control(name)
            assert (done.returncode, done.stderr) in {(0, ""), (0, "\nNothing wrong found\n")}, done
        assert f"its messages are in {site}/server/logs/error_log" in control("status").stdout
        certificate = site / "server" / "conf" / "server.crt"
        answer = requests.get(f"https://127.0.0.1:{lease.port}/", verify=str(certificate), timeout=TIMEOUT).text
        assert control("stop").returncode == 0
        assert control("status").returncode == 1
    assert answer == "tea at / by https"


@once
def test_no_link_that_another_user_planted_is_followed(site):
    victim, server = site / "victim", site / "server"
    for directory in (victim, server):
        directory.mkdir()
    (victim / "httpd.conf").write_text("precious")
    (server / "conf").symlink_to(victim)
    done = run("serve", "shop:app", "--setup-only", "server", cwd=site)
    assert f"{server}/conf is a link, or belongs to another user" in done.stderr
    assert (victim / "httpd.conf").read_text() == "precious"


@once
def test_nor_is_a_directory_used_that_all_may_write_to(site):
    (site / "server").mkdir()
    (site / "server").chmod(0o777)
    done = run("serve", "shop:app", "--setup-only", "server", cwd=site)
    assert "can be written by all: remove it" in done.stderr


@once
def test_no_other_program_is_signalled(serve, site):
    assert run("serve", "shop:app", "--setup-only", "server", cwd=site).returncode == 0
    with subprocess.Popen(["sleep", "60"]) as other:
        for pid in (other.pid, serve("shop:app").httpd):
            (site / "server" / "logs" / "httpd.pid").write_text(f"{pid}\n")
            for name in ("start", "stop", "restart", "graceful", "status"):
                assert "is another program: remove the file" in run(name, "server", cwd=site).stderr
        assert other.poll() is None
        other.kill()


@once
def test_a_server_of_a_script_is_started_and_stopped(site):
    with ports.lease() as lease:
        listen = f"127.0.0.1:{lease.port}"
        created = run("create", "made", "--pythonhandler", "mod_python.publisher", "--listen", listen, cwd=site)
        assert created.returncode == 0, created.stderr
        shutil.copy(site / "pages" / "index.py", site / "made" / "public")
        assert run("start", "made", cwd=site).returncode == 0
        with socket.create_connection(("127.0.0.1", lease.port)) as client:
            client.sendall(b"GET /greet HTTP/1.0\r\n\r\n")
            assert b"Hello, World!" in client.makefile("rb").read()
        assert run("stop", "made", cwd=site).returncode == 0
    assert run("create", "made", "--pythonhandler", "mod_python.publisher", cwd=site).returncode == 1
