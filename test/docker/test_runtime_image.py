"""The image that users run: it serves, says how it is, keeps no privileges and stops when told."""

import subprocess
import threading

import pytest

from testenv.httpd import REPOSITORY
from testenv.wait import until

pytestmark = [pytest.mark.docker, pytest.mark.needs("docker"), pytest.mark.timeout(900)]  # the first builds the image


@pytest.fixture
def site(tmp_path):
    """A directory that the container's user may read."""
    tmp_path.chmod(0o755)
    return tmp_path


def mounted(path, target):
    return {"volumes": {str(path): {"bind": target, "mode": "ro"}}}


def test_the_default_site_is_a_python_page(shared):
    assert "mod_python serves" in shared.get("/").text
    assert "[mpm_event:notice]" in shared.stderr


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_the_model_is_chosen_by_the_environment(run, mpm):
    runtime = run(environment={"MPM": mpm})
    assert f"[mpm_{mpm}:notice]" in runtime.stderr
    assert runtime.get("/").status_code == 200


def test_no_process_runs_as_root(shared):
    processes = shared.container.top(ps_args="-eo pid,user")["Processes"]
    assert {user for _, user in processes} == {"www-data"}


def test_requests_are_logged_to_standard_output(shared):
    shared.get("/?logged")
    until(lambda: '"GET /?logged HTTP/1.1" 200' in shared.stdout, 5, "the access log")
    assert "logged" not in shared.stderr


def test_errors_are_logged_to_standard_error(run, site):
    (site / "page.py").write_text(
        "from mod_python import apache\n"
        "def index(req):\n"
        "    req.log_error('something to read', apache.APLOG_NOTICE)\n"
        "    return 'logged'\n"
    )
    runtime = run(**mounted(site, "/srv/site"))
    assert runtime.get("/page.py").text == "logged"
    assert "something to read" in runtime.stderr


def test_a_mounted_site_is_served(run, site):
    (site / "hello.py").write_text("def index(req, name='nobody'):\n    return f'Hello, {name}'\n")
    (site / "page.psp").write_text("<%= 6 * 7 %>")
    runtime = run(**mounted(site, "/srv/site"))
    assert runtime.get("/hello.py?name=world").text == "Hello, world"
    assert runtime.get("/page.psp").text == "42"


def test_a_mounted_configuration_replaces_the_default(run, site):
    (site / "site.conf").write_text("Redirect gone /\n")
    assert run(**mounted(site / "site.conf", "/etc/httpd/site.conf")).get("/").status_code == 410


def test_stopping_finishes_the_request_in_progress(run, site):
    (site / "echo.py").write_text("def index(req, said):\n    return said\n")
    runtime = run(**mounted(site, "/srv/site"))
    with runtime.connect() as connection:
        connection.send(b"POST /echo.py HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n")
        connection.send(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nsaid=")
        stop = threading.Thread(target=runtime.container.stop)
        stop.start()
        until(lambda: "caught SIGWINCH" in runtime.stderr, 5, "the signal")
        connection.send(b"hello")
        assert connection.receive_all().endswith(b"\r\n\r\nhello")
    stop.join()
    assert runtime.state["ExitCode"] == 0


def test_an_idle_container_ends_by_itself_when_stopped(run):
    runtime = run()
    runtime.get("/")
    runtime.container.stop()
    assert runtime.state["ExitCode"] == 0


def test_the_image_has_no_build_tools(shared):
    found = shared.container.exec_run(["sh", "-c", "command -v gcc make apxs autoconf pip pip3"])
    assert found.output == b""


def test_it_becomes_healthy(shared):
    until(lambda: shared.state["Health"]["Status"] == "healthy", 30, "a healthy container")


def test_the_base_image_is_made_only_once(image):
    subprocess.run([REPOSITORY / "dist" / "base-image"], check=True, timeout=10)


def test_the_image_stays_small(image):
    assert image.attrs["Size"] < 300e6
