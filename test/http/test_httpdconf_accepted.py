"""httpd reads what mod_python.httpdconf writes: the first configuration of a site, and quoted arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mod_python import confbasic
from mod_python import httpdconf as conf
from testenv import httpd

pytestmark = [pytest.mark.local_only, pytest.mark.needs("apxs")]


@pytest.fixture(scope="module")
def program() -> httpd.Httpd:
    return httpd.local()


def check(program: httpd.Httpd, path: Path, *options: str) -> str:
    """Have httpd read a configuration; return what it prints. What it finds wrong is the message of the failure."""
    command = [program.program, "-t", "-f", str(path), *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def output_of(script: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.parametrize("name", ["site", "my 'site'"])
def test_the_first_configuration_is_accepted(
    program: httpd.Httpd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(confbasic.version, "LIBEXECDIR", program.modules)
    script = conf.write_basic_config(
        str(tmp_path / name), listen="127.0.0.1:8888", pythonpath=["/a b"], pythonoptions=["a 1"]
    )
    assert script is not None
    path = tmp_path / "httpd.conf"
    path.write_text(output_of(script))
    check(program, path)


@pytest.mark.parametrize(
    "text", ["plain", "two words", 'a "quoted" word', "it's", "back\\slash", "\\\\", 'all "of\\ them', "\\\"'", "# x"]
)
def test_httpd_reads_the_words_that_were_written(program: httpd.Httpd, tmp_path: Path, text: str) -> None:
    modules = filter(None, map(program.load_module, ("mpm_event", "authz_core")))
    config = conf.Container(
        conf.ServerRoot(str(tmp_path)),
        conf.DefaultRuntimeDir(str(tmp_path)),
        conf.ServerName("localhost"),
        conf.ErrorLog("error_log"),
        *(conf.Directive(*line.split(" ", 1)) for line in modules),
        conf.Comment("this swallows nothing: \\"),
        conf.Define("VALUE", text, flipslash=0),
    )
    path = tmp_path / "httpd.conf"
    path.write_text(str(config))
    assert f"Define: VALUE={text}\n" in check(program, path, "-D", "DUMP_RUN_CFG")
