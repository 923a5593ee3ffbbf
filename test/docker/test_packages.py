"""The release archive, the wheel and the Debian package: each is installed as its user would, and serves."""

import shutil
import subprocess
from pathlib import Path

import pytest

import docker
from testenv import images, tools
from testenv.httpd import REPOSITORY
from testenv.wait import until

pytestmark = [pytest.mark.docker, pytest.mark.needs("docker"), pytest.mark.timeout(900)]

# Where the package is in which image.
PACKAGES = {
    "deb": "/usr/share/mod_python",
    "wheel": "/srv/venv/lib/python3.11/site-packages",
    "archive": "/srv/venv/lib/python3.11/site-packages",
}


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """The directory that the images are built from: the release archive beside test/docker/packages."""
    tools.require("docker")
    release, context = (tmp_path_factory.mktemp(name) for name in ("release", "context"))
    subprocess.run(["make", "--silent", "dist", f"RELEASE={release}"], cwd=REPOSITORY, check=True)
    [archive] = release.iterdir()
    shutil.copytree(Path(__file__).parent / "packages", context, dirs_exist_ok=True)
    shutil.copy(archive, context / "mod_python.tar.gz")
    images.build("toolchain")
    return context


@pytest.fixture(scope="module", params=PACKAGES)
def package(request):
    return request.param


@pytest.fixture(scope="module")
def image(context, package):
    """A machine with one of the packages; the fixture `run` starts it."""
    return docker.from_env().images.get(images.build(package, context))


def test_it_serves(shared, package):
    answer = shared.post("/hello", data={"name": "Eve"}).text
    assert answer.startswith("Hello, Eve, from mod_python 4.")
    assert answer.endswith(f" in {PACKAGES[package]}/mod_python/apache.py")


def test_the_command_tells_what_is_installed_and_finds_nothing_wrong(shared, package):
    execute = shared.container.exec_run
    assert f" ({PACKAGES[package]}/mod_python)\n" in execute(["mod_python", "version"]).output.decode()
    status, said = execute(["mod_python", "check", "/etc/apache2"])
    assert (status, b"wrong: " in said) == (0, False), said.decode()


@pytest.mark.parametrize(
    ("package", "share"),
    [("deb", "/usr/share"), ("wheel", "/srv/venv/share"), ("archive", "/usr/local/share")],
    indirect=["package"],
)
def test_bash_completes_the_command(shared, share):
    script = f"source {share}/bash-completion/completions/mod_python && complete -p mod_python"
    assert shared.container.exec_run(["bash", "-c", script]).exit_code == 0


def test_debian_s_own_tools_know_the_module(shared):
    assert shared.container.exec_run(["a2query", "-m", "python"]).exit_code == 0


@pytest.mark.parametrize("package", ["deb", "wheel"], indirect=True)
def test_the_command_is_a_good_process_1(run):
    serve = ["mod_python", "serve", "/srv/hello/hello.py", "--host", "0.0.0.0", "--port", "8080"]
    runtime = run(command=serve, judge=False)
    assert runtime.post("/", data={"name": "Eve"}).text.startswith("Hello, Eve")
    assert runtime.container.exec_run(["sh", "-c", "(true &)"]).exit_code == 0
    until(lambda: "Z" not in runtime.states(), 5, "the end of the orphan")
    runtime.container.stop()
    assert runtime.state["ExitCode"] == 0
    assert "caught SIGTERM, shutting down" in runtime.stderr


@pytest.mark.parametrize("package", ["deb"], indirect=True)
def test_the_debian_package_goes_without_a_trace_and_replaces_the_one_of_debian(run):
    execute = run().container.exec_run
    assert execute(["rm", "/etc/apache2/conf-enabled/hello.conf"]).exit_code == 0
    assert execute(["apt-get", "purge", "-qy", "libapache2-mod-python"]).exit_code == 0
    assert execute(["apache2ctl", "configtest"]).exit_code == 0
    assert execute(["find", "/", "-xdev", "-name", "*mod?python*", "-not", "-path", "/tmp/*"]).output == b""

    assert execute(["apt-get", "install", "-qy", "libapache2-mod-python"]).exit_code == 0
    assert execute(["sh", "-c", "apt-get install -qy /tmp/*.deb"]).exit_code == 0
    package = execute(["readlink", "-e", "/usr/lib/python3/dist-packages/mod_python"]).output
    assert package == b"/usr/share/mod_python/mod_python\n"
    assert b"python_module" in execute(["apache2ctl", "-M"]).output
