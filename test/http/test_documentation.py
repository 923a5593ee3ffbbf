"""The documentation: the files and the configuration of each page make a site, which answers its commands as shown.

A page is read from top to bottom. A block with the name of a file makes or replaces that file. A console block is run,
and has to print what it shows, where "…" stands for anything. httpd starts before the first request, with all blocks of
configuration together. What a page shows as /srv/…, as a port, as Redis, or as Debian's log is the test's own.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from redisserver import running_redis

from testenv import ports, tools
from testenv.pages import DOCS, commands, sites

pytestmark = [pytest.mark.local_only, pytest.mark.mpm("event"), pytest.mark.needs("curl")]

SITES = {
    f"{page.relative_to(DOCS)} {title}".strip(): site
    for page in sorted(DOCS.rglob("*.md"))
    for title, site in sites(page).items()
}
REDIS = "127.0.0.1:6379"
LOG = "/var/log/apache2/error.log"
ENABLED = {"ssl": ("socache_shmcb", "ssl")}  # what "a2enmod NAME" loads, where that is more than NAME


@pytest.fixture
def place():
    """The directory that is /srv: httpd's children may read it. venv is the environment that runs the tests."""
    directory = Path(tempfile.mkdtemp(prefix="mod_python-docs-"))
    directory.chmod(0o755)
    (directory / "site").mkdir()
    (directory / "venv").symlink_to(sys.prefix)
    (directory / ".curlrc").write_text("silent\nshow-error\n")
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def redis(place, site):
    """The port of a Redis server, if the site has one."""
    if not any(REDIS in block.text for block in site):
        yield None
        return
    tools.require("redis-server")
    with running_redis(place) as port:
        yield port


class Walk:
    """One page, or a part of it, on its way from top to bottom."""

    def __init__(self, site, place, serve, second):
        self.blocks = site
        self.text = site[0].page.read_text("utf-8")
        self.place = place
        self.serve = serve
        self.server = None
        self.real = {"/srv/": f"{place}/", "*:80>": "*:${PORT}>", "/127.0.0.1/7007": f"/127.0.0.1/{second}"}
        self.real |= {"127.0.0.1:7007": f"127.0.0.1:{second}"}
        self.real |= {"*:443": f"*:{second}", "Listen 443": f"Listen 127.0.0.1:{second}"}
        self.real |= {"https://localhost/": f"https://localhost:{second}/"}

    def adapt(self, text):
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return text

    def shown(self, text):
        for shown, real in self.real.items():
            text = text.replace(real, shown)
        return text.replace("\r\n", "\n")

    def write(self, block):
        path = self.place / block.name.removeprefix("/srv/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.adapt(block.text), "utf-8")

    def start(self):
        """Start httpd with the page's configuration and the modules that it enables."""
        config = "".join(block.text for block in self.blocks if block.kind == "apache" and not is_file(block))
        names = " ".join(re.findall(r"a2enmod ([\w ]+)", self.text)).split()
        modules = [module for name in names if name != "python" for module in ENABLED.get(name, (name,))]
        self.server = self.serve(self.adapt(config), modules=tuple(modules))
        for identifier in set(re.findall(r"\b(?:MP|AH\d)\d{4}\b", self.text)):
            self.server.allow_log(identifier)
        for line in self.lines_of_log():
            self.server.allow_log(pattern(line))
        self.real |= {"http://localhost/": f"http://localhost:{self.server.port}/"}
        self.real |= {LOG: str(self.server.log.path)}

    def run(self, block):
        for command in commands(block):
            if re.search("curl|/dev/tcp", command.line) and not self.server:
                self.start()
            printed = self.shown(self.execute(self.adapt(command.line)))
            if not re.fullmatch(pattern(command.output), printed, re.DOTALL):
                assert printed == command.output, f"{block}: {command.line}"

    def lines_of_log(self):
        """What the page shows of the error log."""
        shown = (command for block in self.blocks if block.kind == "console" for command in commands(block))
        return [line for command in shown if LOG in command.line for line in command.output.splitlines()]

    def execute(self, line):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.place), "LANG": "C.UTF-8"}
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        as_this_user = line.replace("sudo ", "") if os.geteuid() == 0 else re.sub("sudo |-o www-data ", "", line)
        shell = ["bash", "-c", as_this_user]
        printed = subprocess.run(shell, cwd=self.place, env=environment, timeout=60, check=False, **output).stdout
        return printed if printed.endswith("\n") or not printed else printed + "\n"


def pattern(shown):
    return ".*".join(map(re.escape, shown.split("…")))


def is_file(block):
    return block.name.startswith("/srv/")


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_a_page_does_what_it_shows(site, place, redis, serve):
    with ports.lease() as lease:
        walk = Walk(site, place, serve, lease.port)
        if redis:
            walk.real[REDIS] = f"127.0.0.1:{redis}"
        for block in walk.blocks:
            if is_file(block):
                walk.write(block)
            elif block.kind == "console":
                walk.run(block)
    assert walk.server, "no curl in it"


def test_there_are_pages_to_run():
    assert len(SITES) > 15
