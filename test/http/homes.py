"""Virtual environments for PythonHome, where httpd's children can read them."""

import importlib.util
import os
import shutil
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def virtual_environment(*, usable: bool = True) -> Iterator[Path]:
    """A new virtual environment with a module `only_there`; unless `usable`, it lacks what mod_python needs."""
    home = Path(tempfile.mkdtemp(prefix="mod_python-home-"))
    home.chmod(0o755)
    venv.create(home, symlinks=True)
    (site_packages,) = home.glob("lib/python*/site-packages")
    (site_packages / "only_there.py").write_text("WHERE = __file__\n")
    if usable:
        (site_packages / "needed.pth").write_text(f"{_directory_of('cffi')}\n")
    yield home
    shutil.rmtree(home)


def _directory_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec and spec.origin, f"{package} is needed in {sys.prefix}"
    return Path(spec.origin).parent.parent


@contextmanager
def prefix() -> Iterator[Path]:
    """A prefix as of an installation of one's own: the standard library of this Python, and packages of its own."""
    home = Path(tempfile.mkdtemp(prefix="mod_python-home-"))
    home.chmod(0o755)
    library = Path(os.__file__).parent
    own = home / "lib" / library.name
    own.mkdir(parents=True)
    for entry in library.iterdir():
        (own / entry.name).symlink_to(entry)
    for name in ("site-packages", "dist-packages"):  # what they are called depends on the distribution
        (own / name).unlink(missing_ok=True)
        (own / name).mkdir()
        (own / name / "only_there.py").write_text("WHERE = __file__\n")
        (own / name / "needed.pth").write_text(f"{_directory_of('cffi')}\n")
    yield home
    shutil.rmtree(home)
