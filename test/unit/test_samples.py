"""Every code block of the documentation is of a kind that is checked: here, or by test/http/test_documentation.py."""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mod_python.psp import parsestring
from testenv import httpd
from testenv.config import Config
from testenv.pages import DOCS, PAGES, blocks, commands, sites

ROOT = Path(__file__).resolve().parents[2]
ALL = [block for page in PAGES for block in blocks(page)]
RUN = {block for page in PAGES for site in sites(page).values() for block in site}
SECTION = re.compile(r"^\[(Unit|Service|Install)\]$", re.MULTILINE)
INSTRUCTION = re.compile(r"(FROM|RUN|COPY|USER|ENV|WORKDIR|EXPOSE|ARG|CMD|ENTRYPOINT|HEALTHCHECK) \S")
MUST_EXIST = {"PythonHome": sys.prefix, "DefaultRuntimeDir": "${ROOT}/run", "ErrorLog": "${ROOT}/logs/error_log"}


def check_shell(block):
    """A command line is one, and the scripts and targets that it names exist."""
    makefile = (ROOT / "Makefile.in").read_text("utf-8")
    for script in re.findall(r"\bscripts/\w+", block.text):
        assert (ROOT / script).exists(), script
    for target in re.findall(r"\bmake ([a-z-]+)\b", block.text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert subprocess.run(["bash", "-n"], input=block.text, text=True, check=False).returncode == 0


def check_unit(block):
    """Sections and settings are those of systemd, as systemd-analyze says where there is one."""
    assert SECTION.search(block.text)
    if not block.name.endswith(".service") or not shutil.which("systemd-analyze"):
        return
    with tempfile.TemporaryDirectory() as directory:
        unit = Path(directory, Path(block.name).name)
        unit.write_text(block.text)
        done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert str(unit) not in done.stderr, done.stderr


def check_dockerfile(block):
    lines = block.text.replace("\\\n", "").splitlines()
    assert lines[0].startswith("FROM ")
    assert [line for line in lines if not INSTRUCTION.match(line)] == []


def check_yaml(block):
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load(block.text)


def check_text(block):
    """Diagrams, grammars, lines of a log and programs for Python 2: nothing to run."""


CHECKS = {
    "python": lambda block: compile(block.text, str(block), "exec"),
    "html": lambda block: ast.parse(parsestring(block.text)),
    "console": commands,
    "apache": check_text,  # below, by httpd
    "sh": check_shell,
    "ini": check_unit,
    "dockerfile": check_dockerfile,
    "yaml": check_yaml,
    "text": check_text,
    "{toctree}": check_text,  # by Sphinx
}


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_block_is_well_formed(block):
    assert block.kind in CHECKS, f"{block}: blocks of kind {block.kind!r} are not checked"
    CHECKS[block.kind](block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_is_overlooked(page):
    fences = re.findall(r"^ *```", page.read_text("utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(blocks(page))


@pytest.mark.parametrize("block", [block for block in ALL if block.name and DOCS in block.page.parents], ids=str)
def test_the_text_before_a_file_names_it(block):
    before = "\n".join(block.page.read_text("utf-8").splitlines()[: block.line - 1])
    assert f"`{block.name}`" in before


@pytest.mark.parametrize("block", [block for block in ALL if block.name.startswith("/srv/")], ids=str)
def test_files_of_a_site_are_on_a_page_that_is_run(block):
    assert block in RUN or block.page.name == "README.md"  # which has a test of its own


@pytest.mark.parametrize("page", sorted(DOCS.glob("reference/*.md")), ids=lambda page: page.name)
def test_signatures_are_python(page):
    for block in blocks(page):
        function = re.fullmatch(r"(?:\w+\.)*(\w+)(\(.*\).*)?\n", block.text)
        if block.kind == "python":
            ast.parse(f"def {function[1]}{function[2] or '()'}: ...")
        else:
            assert block.kind == "{toctree}"


# -- configuration ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installation():
    """The httpd of this machine, with mod_python built."""
    try:
        found = httpd.local()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    if not Path(found.python_module).exists():
        pytest.skip("mod_python.so is not built")
    return found


CONFIGURATION = [block for block in ALL if block.kind == "apache" and block not in RUN]


@pytest.mark.parametrize("block", CONFIGURATION, ids=str)
def test_httpd_accepts_configuration_that_is_not_run(installation, block, tmp_path):
    for name in ("run", "logs", "conf", "htdocs"):
        (tmp_path / name).mkdir()
    (tmp_path / "conf" / "mime.types").touch()
    code = block.text
    for directive, place in MUST_EXIST.items():
        code = re.sub(rf"^(\s*{directive}) .*", rf"\1 {place}", code, flags=re.MULTILINE)
    text = Config(code, modules=("auth_digest",)).render(installation, tmp_path, 8080, None)
    (tmp_path / "httpd.conf").write_text(text)
    command = [installation.program, "-t", "-f", str(tmp_path / "httpd.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
