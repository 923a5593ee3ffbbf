"""pip builds it from the source archive, with each version of Python that this machine has, and httpd loads it so."""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import pytest

from testenv.httpd import REPOSITORY

pytestmark = [pytest.mark.local_only, pytest.mark.mpm("event"), pytest.mark.timeout(300)]

PYENV = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"

HANDLER = """
<Location "/">
    SetHandler mod_python
    PythonHandler ${DOCROOT}/where.py
</Location>
"""
WHERE = """\
import sys
import mod_python.util

def handler(req):
    req.write(f"{sys.version_info[1]} {sys.prefix} {mod_python.util.__file__}")
    return 0
"""


def other_pythons():
    """The prefix of one Python with a shared library for each version but ours; of ours where there are no others."""
    libraries = sorted(PYENV.glob("*/lib/libpython3.[1-9][0-9].so"))
    prefixes = {library.stem: library.parents[1] for library in libraries}
    prefixes.pop(f"libpython3.{sys.version_info[1]}", None)
    return list(prefixes.values()) or [Path(sys.base_prefix)]


@pytest.fixture(scope="module")
def place():
    """A directory that httpd's children may read."""
    directory = Path(tempfile.mkdtemp(prefix="mod_python-wheels-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def archive(place):
    subprocess.run(["make", "--silent", "dist", f"RELEASE={place}"], cwd=REPOSITORY, check=True)
    [archive] = place.glob("*.tar.gz")
    return archive


def readable(prefix, place):
    """The Python of `prefix`, at a place that httpd's children may read."""
    if prefix == Path(sys.base_prefix):
        return prefix
    left_out = shutil.ignore_patterns("test", "site-packages", "*.a")
    return Path(shutil.copytree(prefix, place / prefix.name, symlinks=True, ignore=left_out))


def install(home, *packages):
    """Have the environment's pip install."""
    options = ["--quiet", "--disable-pip-version-check"]
    quickly = os.environ | {"CFLAGS": "-O0"}
    subprocess.run([home / "bin" / "pip", "install", *options, *packages], check=True, env=quickly)


def configuration(home):
    command = [home / "bin" / "mod_python", "module-config"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("prefix", other_pythons(), ids=lambda prefix: prefix.name)
def test_a_wheel_serves_from_its_virtual_environment(archive, place, serve, prefix):
    home = place / f"venv-{prefix.name}"
    python = readable(prefix, place) / "bin" / "python3"
    subprocess.run([python, "-m", "venv", home], check=True)
    install(home, archive)
    assert (home / "share" / "man" / "man1" / "mod_python.1").exists()
    assert (home / "share" / "zsh" / "site-functions" / "_mod_python").exists()
    server = serve(configuration(home) + HANDLER, python=False)
    server.write("where.py", WHERE)
    minor, where, package = server.get("/").text.split()
    assert where == str(home)
    assert package == f"{home}/lib/python3.{minor}/site-packages/mod_python/util.py"


def test_an_editable_installation_serves_from_the_source_tree(archive, place, serve):
    tree, home = place / "tree", place / "venv-editable"
    tree.mkdir()
    subprocess.run(["tar", "-xf", archive, "--strip-components=1", "-C", tree], check=True)
    venv.create(home, symlinks=True, with_pip=True)
    install(home, "--editable", tree)
    server = serve(configuration(home) + HANDLER, python=False)
    server.write("where.py", WHERE)
    _, where, package = server.get("/").text.split()
    assert (where, Path(package).resolve()) == (str(home), tree / "lib" / "python" / "mod_python" / "util.py")
