"""How setuptools builds mod_python.so, which is with ./configure and make, and how it packs the source archive."""

import gzip
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parents[1]
MODULE = Path("src/mod_python.so")
VERSION_MODULE = Path("lib/python/mod_python/version.py")

# What configure and make read, and what of it they have made themselves.
INPUTS = ("configure.ac", "configure", "Makefile.in", "dist", "lib", "src")
MADE = shutil.ignore_patterns(
    ".obj", "*.so", "build_config.h", "_mod_python.c", VERSION_MODULE.name, "__pycache__", "*.egg-info"
)

OLDEST_IN_ZIP = 315532800  # 1980: a wheel made from the archive cannot tell an earlier time


def run(directory: Path, *command: str, package: str) -> None:
    """Run a program of the Debian package named; end with a sentence when it is missing or fails."""
    try:
        subprocess.run(command, cwd=directory, check=True)
    except FileNotFoundError:
        sys.exit(f"error: building mod_python needs {command[0]}: install {package} (Debian)")
    except subprocess.CalledProcessError:
        sys.exit(f"error: mod_python was not built, because {command[0]} failed; the lines above tell why")


def generate_configure(tree: Path) -> None:
    """Write ./configure, which the source archive has and a clone has not, or an old one."""
    run(tree, "autoconf", package="autoconf")
    shutil.rmtree(tree / "autom4te.cache", ignore_errors=True)


def is_configured(tree: Path) -> bool:
    """Say whether the tree is configured for this interpreter, by whichever of its names and with whatever options."""
    if not (tree / VERSION_MODULE).exists():
        return False
    python = runpy.run_path(str(tree / VERSION_MODULE))["PYTHON_BIN"]
    return all(place(python) == place(sys.executable) for place in (os.path.dirname, os.path.realpath))


def make(tree: Path) -> None:
    """Build the module for the running interpreter, against the httpd of the apxs in PATH or in $APXS."""
    if (ROOT / ".git").exists() or not (tree / "configure").exists():
        generate_configure(tree)
    if not is_configured(tree):
        # cffi is where the frontend has put it for this build, which only PYTHONPATH may tell: no -I.
        run(tree, "./configure", "--quiet", f"--with-python={sys.executable}", "PYTHONFLAGS=", package="dash")
    run(tree, "make", "--quiet", f"--jobs={os.cpu_count()}", "all", package="make")


def shared_files(tree: Path, stage: Path) -> list[tuple[str, list[str]]]:
    """The manual page and the completion of shells, for `data_files`: directories with files that make puts there."""
    run(tree, "make", "--quiet", "install-share", f"DESTDIR={stage}", "datadir=/share", "mandir=/share/man", package="make")
    paths = sorted(path for path in stage.rglob("*") if path.is_file())
    return [(str(path.parent.relative_to(stage)), [str(path)]) for path in paths]


def copy_inputs(tree: Path) -> None:
    """Copy what the build reads into a new directory."""
    shutil.rmtree(tree, ignore_errors=True)
    for name in INPUTS:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=MADE)
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, tree / name)


class BuildModule(build_ext):
    """Builds the module in a copy of the source tree, and in the tree itself for an editable installation."""

    def run(self) -> None:
        """Leave mod_python.so and version.py in the package of the wheel, and name its files beside the package."""
        temporary = Path(self.build_temp).resolve()
        tree = ROOT if self.inplace else temporary / "tree"
        if not self.inplace:
            copy_inputs(tree)
        make(tree)
        if not self.inplace:
            self._copy_made(tree)
        self.distribution.data_files = shared_files(tree, temporary / "staged")

    def _copy_made(self, tree: Path) -> None:
        for made in (MODULE, VERSION_MODULE):
            self.copy_file(str(tree / made), str(Path(self.build_lib) / "mod_python" / made.name))

    def get_outputs(self) -> list[str]:
        """What the wheel gets from here; nothing when editable, because then all is in its place."""
        made = () if self.inplace else (MODULE, VERSION_MODULE)
        return [os.path.join(self.build_lib, "mod_python", path.name) for path in made]

    def get_output_mapping(self) -> dict[str, str]:
        """Nothing in the wheel is a file of the source tree."""
        return {}

    def get_source_files(self) -> list[str]:
        """MANIFEST.in names the sources."""
        return []


def as_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """What an archive tells about a file, without who packed it and when: its time is $SOURCE_DATE_EPOCH."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    member.mtime = int(os.environ.get("SOURCE_DATE_EPOCH", OLDEST_IN_ZIP))
    return member


class SourceArchive(sdist):
    """Packs ./configure too, and the same files into the same bytes wherever and whenever that is done."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Collect the files in `base_dir`."""
        super().make_release_tree(base_dir, files)
        generate_configure(Path(base_dir))

    def make_archive(self, base_name: str, _format: str, *, base_dir: str, **_: object) -> str:
        """Pack `base_dir`, and return the name of the archive."""
        name = f"{base_name}.tar.gz"
        with open(name, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
            with tarfile.open(fileobj=compressed, mode="w") as archive:
                archive.add(base_dir, filter=as_by_nobody)
        return name
