"""bench/run, for a moment: it measures, and what is answered is right."""

import json
import subprocess
import sys

from testenv import tools
from testenv.httpd import REPOSITORY


def test_it_measures(tmp_path):
    tools.require("wrk")
    figures = tmp_path / "figures.json"
    names = ["hello", "mod_python", "static file"]
    command = [sys.executable, "-m", "bench", "--rounds=1", "--seconds=0.2", f"--json={figures}", "--only", *names]
    environment = {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'test'}", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(figures.read_text())["results"]
    assert {row["contender"] for row in rows} == {"mod_python", "static file"}
    for row in rows:
        assert row["rounds"][0]["rate"] > 0, row
        assert row["rounds"][0]["errors"] == 0, row
