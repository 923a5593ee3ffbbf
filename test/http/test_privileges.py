"""Whose code runs as whom: never as root, and from .htaccess only where the administrator lets it."""

import os
import pwd
import re
from pathlib import Path

import pytest
from homes import virtual_environment

from modules import load_line
from testenv.site import CHILD_USER

any_model = pytest.mark.mpm("event")  # it is the same for all of them
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root could run Python as root")

WHO = """
import os
import sys

from mod_python import apache

at_import = os.geteuid()


def handler(req):
    req.write(f"{sys.at_start} {at_import} {os.geteuid()}")
    return apache.OK


def begin():
    apache.log_error(f"begins as {os.geteuid()}", apache.APLOG_WARNING)
"""


@pytest.mark.local_only
class TestRoot:
    @pytest.fixture
    def home(self):
        with virtual_environment() as home:
            (site_packages,) = home.glob("lib/python*/site-packages")
            (site_packages / "at_start.pth").write_text("import os, sys; sys.at_start = os.geteuid()\n")
            yield home

    @as_root
    def test_all_python_runs_as_the_user_of_the_children(self, serve, home):
        python = "PythonPath \"['${DOCROOT}'] + sys.path\"\nPythonImport who::begin localhost\n"
        server = serve(f"PythonHome {home}\n<Location />\nSetHandler mod_python\nPythonHandler who\n</Location>\n")
        server.write("who.py", WHO)
        server.graceful(type(server.config)(server.config.fragment + python))
        uid = pwd.getpwnam(CHILD_USER).pw_uid
        assert server.get("/").text == f"{uid} {uid} {uid}"
        assert f"begins as {uid}" in server.log.everything
        assert "begins as 0" not in server.log.everything

    @as_root
    @pytest.mark.needs("cc")
    def test_a_child_that_stays_root_has_no_python(self, serve, tmp_path_factory):
        module = load_line(tmp_path_factory.mktemp("modules"), "stay_root", "stay_root")
        server = serve(module + "PythonPath \"['${DOCROOT}'] + sys.path\"\nPythonImport who::begin one\n"
                       "<Location />\nSetHandler mod_python\nPythonHandler who\n</Location>")  # fmt: skip
        server.write("who.py", WHO)
        server.allow_log("MP0380: Python is not started as root, which this child still is")
        server.expect_log("MP0013")
        assert server.get("/").status_code == 500
        assert "MP0380" in server.log.everything
        assert "begins as" not in server.log.everything


DIRECTIVES = (
    "PythonHandler m", "PythonInitHandler m", "PythonHeaderParserHandler m", "PythonAccessHandler m",
    "PythonAuthenHandler m", "PythonAuthzHandler m", "PythonTypeHandler m", "PythonFixupHandler m",
    "PythonLogHandler m", "PythonCleanupHandler m", "PythonAuthProvider m", "PythonHandlerModule m",
    "PythonPath \"['/']\"", "PythonInterpreter one", "PythonInterpPerDirectory On", "PythonInterpPerDirective On",
    "PythonAutoReload Off", "PythonDebug On", "PythonEnablePdb On", "PythonOption a b", "Require python m::f",
)  # fmt: skip


@any_model
class TestHtaccess:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        return serve_class("PythonAllowHtaccess Off\nPythonPath \"['${DOCROOT}'] + sys.path\"\n")

    @pytest.mark.parametrize("line", DIRECTIVES)
    def test_no_directive_is_possible_there(self, server, line):
        name = "Require python" if line.startswith("Require") else line.split()[0]
        server.write("m.py", "raise Exception('it runs')\n")
        server.write(".htaccess", f"SetHandler mod_python\n{line}\n")
        server.expect_log(f"{name}( a)? is not possible in .htaccess here, because PythonAllowHtaccess is Off")
        assert server.get("/").status_code == 500
        assert "it runs" not in server.log.text

    def test_every_directive_that_htaccess_could_have_is_tried(self):
        page = Path(__file__).parents[2].joinpath("docs/directives.md").read_text()
        entries = re.findall(r"^## (\S+)\n((?:(?!^## ).*\n)+)", page, re.MULTILINE)
        possible = {name for name, entry in entries if "**Override:** any" in entry}
        assert {line.split()[0] for line in DIRECTIVES} - {"Require"} == possible

    def test_a_virtual_host_may_have_its_own_rule(self, serve):
        server = serve("PythonAllowHtaccess Off\n<VirtualHost *>\nServerName open.test\nDocumentRoot ${DOCROOT}\n"
                       "PythonAllowHtaccess On\n</VirtualHost>")  # fmt: skip
        server.write("m.py", "def handler(req):\n    req.write('runs')\n    return 0\n")
        server.write(".htaccess", "SetHandler mod_python\nPythonHandler m\n")
        assert server.get("/", headers={"Host": "open.test"}).text == "runs"


BROKEN = """
def handler(req):
    raise ValueError("shown")


def outputfilter(filter):
    raise ValueError("shown")
"""


@any_model
@pytest.mark.local_only
@pytest.mark.needs("cc")
class TestDebug:
    """From other machines errors are seen only where PythonDebugPublic says so."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class, tmp_path_factory):
        server = serve_class(
            load_line(tmp_path_factory.mktemp("modules"), "from_elsewhere", "from_elsewhere")
            + "PythonPath \"['${DOCROOT}'] + sys.path\"\nPythonOutputFilter broken BROKEN\nPythonDebug On\n"
            "<Location /handler>\nSetHandler mod_python\nPythonHandler broken\n</Location>\n"
            "<Location /page.txt>\nSetOutputFilter BROKEN\n</Location>\n"
            "<Files ~ psp_?$>\nSetHandler mod_python\nPythonHandler mod_python.psp\n</Files>\n"
            '<Directory "${DOCROOT}">\nOptions +Includes\nAddOutputFilter INCLUDES .shtml\n</Directory>\n'
            "<VirtualHost *>\nServerName shut.test\nDocumentRoot ${DOCROOT}\n</VirtualHost>\n"
            "<VirtualHost *>\nServerName open.test\nDocumentRoot ${DOCROOT}\nPythonDebugPublic On\n</VirtualHost>"
        )
        server.write("broken.py", BROKEN)
        server.write("page.txt", "page")
        server.write("page.psp", "<% raise ValueError('shown') %>")
        server.write("page.shtml", "<!--#python exec=\"raise ValueError('shown')\" -->")
        return server

    @pytest.mark.parametrize("path", ["/handler", "/page.txt", "/page.psp", "/page.psp_", "/page.shtml"])
    def test_it_shows_nothing_unless_told(self, server, path):
        server.allow_log("MP0100|AH01071|AH01410|unknown directive|MP0040")
        assert "shown" not in server.get(path, headers={"Host": "shut.test"}).text
        assert "shown" in server.get(path, headers={"Host": "open.test"}).text


PUBLIC = "Listen 192.0.2.1:81\n"
OTHERWISE_WRONG = "PythonOption mod_python.max_interpreters none"  # which is found in the same step of the start


@any_model
class TestStart:
    @pytest.mark.parametrize(
        "config",
        [
            "PythonDebug On",
            '<Location "/">\nPythonDebug On\n</Location>',
            "<VirtualHost *:81>\nPythonDebug On\n</VirtualHost>",
            "<VirtualHost 192.0.2.1>\nPythonDebug On\n</VirtualHost>",
            "PythonDebugPublic On\n<VirtualHost *:81>\nPythonDebugPublic Off\nPythonDebug On\n</VirtualHost>",
        ],
    )
    def test_debug_on_a_public_address_is_refused(self, config_error, config):
        reason = "PythonDebug On in line .* holds for address 192.0.2.1 port 81, which others can reach"
        assert re.search(f"MP0379: {reason}", config_error(PUBLIC + config))

    def test_all_addresses_are_public_too(self, config_error):
        assert "address 0.0.0.0 port 81" in config_error("Listen 0.0.0.0:81\nPythonDebug On")
        assert "address :: port 81" in config_error("Listen [::]:81\nPythonDebug On")

    def test_so_is_the_debugger_in_single_process_mode(self, config_error):
        assert "PythonEnablePdb On in line" in config_error(f"Define ONE_PROCESS\n{PUBLIC}PythonEnablePdb On")

    @pytest.mark.parametrize(
        "config",
        [
            "PythonDebug Off",
            "PythonDebugPublic On\nPythonDebug On",
            "<If \"-R '127.0.0.0/8'\">\nPythonDebug On\n</If>",
            "<VirtualHost 127.0.0.1>\nPythonDebug On\n</VirtualHost>",
            "<VirtualHost *:82>\nPythonDebug On\n</VirtualHost>",
            "<VirtualHost *:81>\nPythonDebugPublic On\nPythonDebug On\n</VirtualHost>",
        ],
    )
    def test_what_others_cannot_reach_or_may_see_is_not(self, config_error, config):
        refusal = config_error(f"{PUBLIC}{config}\n{OTHERWISE_WRONG}")
        assert "MP0030" in refusal and "MP0379" not in refusal

    def test_loopback_addresses_are_not_public(self, config_error):
        refusal = config_error("Listen [::1]:81\nListen 127.1.2.3:81\nPythonDebug On\n" + OTHERWISE_WRONG)
        assert "MP0030" in refusal and "MP0379" not in refusal
