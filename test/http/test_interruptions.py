"""RequestTimeout may come at any step: nothing of the package's own state is lost, locked or left half-way."""

import re

import pytest

CONFIG = """
PythonPath "['${DOCROOT}'] + sys.path"
<Location /work>
    SetHandler mod_python
    PythonHandler work
    PythonOption mod_python.wsgi.application copy_of_imported
</Location>
Redirect 410 /gone
ErrorDocument 410 /work?previous
"""
WORKS = """
module page server_page application cached memory_session file_session dbm_session sqlite_session global_lock tables
output previous upload cookie logged
""".split()


@pytest.fixture(scope="module")
def server(serve_module):
    server = serve_module(CONFIG, app="interrupted")
    server.docroot.chmod(0o777)
    server.allow_log(".* work: logged")
    return server


@pytest.mark.parametrize("work", WORKS)
def test_work_goes_on_wherever_it_was_interrupted(server, work):
    reply = server.get("/gone" if work == "previous" else f"/work?{work}")
    found = re.search(r"(\d+) steps, 0 more descriptors$", reply.text)  # what some work writes stands before it
    assert found and int(found[1]) > 1, reply.text[-100:]
