"""Modules for httpd of the tests' own, compiled from test/modules."""

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from testenv import tools
from testenv.httpd import REPOSITORY, local


def _output(*command: str) -> str:
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def _python_includes() -> str:
    """The headers of the Python that mod_python was configured for."""
    header = (REPOSITORY / "src" / "build_config.h").read_text()
    python = re.findall(r'#define MP_PYTHON_EXECUTABLE "(.*)"', header)[0]
    return _output(python, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])").strip()


@functools.cache
def _httpd_flags() -> list[str]:
    apxs = shutil.which("apxs") or shutil.which("apxs2") or "apxs"
    assert local()  # says what to install when there is none
    return _output(apxs, "-q", "CFLAGS", "EXTRA_CPPFLAGS", "EXTRA_INCLUDES").replace(";;", " ").split() + [
        f"-I{_output(apxs, '-q', 'INCLUDEDIR').strip()}"
    ]


def compiled(directory: Path, source: str) -> Path:
    """Compile test/modules/`source`.c into `directory`; return the library."""
    if reason := tools.missing("cc"):
        pytest.skip(reason)
    directory.chmod(0o755)
    target = directory / f"{source}.so"
    flags = ["-std=gnu11", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", *_httpd_flags()]
    file = REPOSITORY / "test" / "modules" / f"{source}.c"
    _output("cc", *flags, f"-I{_python_includes()}", "-o", str(target), str(file))
    return target


def load_line(directory: Path, source: str, name: str) -> str:
    """Compile test/modules/`source`.c into `directory`; return the line that loads the module `name`."""
    return f'LoadModule {name}_module "{compiled(directory, source)}"\n'
