"""What the system or Python refuses at the start: the log says so, and nobody gets in where a handler should decide."""

import subprocess
import sys

import pytest

from testenv import StartError
from testenv.httpd import REPOSITORY

pytestmark = pytest.mark.local_only

SOURCE = REPOSITORY / "test" / "modules" / "failing_call.c"
SITE = """
<Location /python>
    SetHandler mod_python
    PythonHandler basic
</Location>
<Location /guarded>
    PythonAccessHandler basic
</Location>
<Files *.do>
    SetHandler mod_python
    PythonHandler locks::take
    PythonPath "sys.path + ['${DOCROOT}']"
</Files>
"""


@pytest.fixture
def without(serve, tmp_path):
    """Starts a server in which one function fails, when mod_python.so calls it."""

    def start(function, result):
        library = tmp_path / "failing_call.so"
        flags = [f"-DFAILING={function}", f"-DRESULT={result}", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", "-shared", "-fPIC", *flags, "-o", library, SOURCE, "-ldl"], check=True)
        server = serve(SITE, apps=("core", "locks"), env={"LD_PRELOAD": str(library)})
        server.write("page.txt", "static")
        return server

    return start


def assert_only_files_are_served(server):
    assert [server.get(path).status_code for path in ("/python", "/guarded", "/page.txt")] == [500, 500, 200]


@pytest.mark.needs("cc")
class TestSystem:
    def test_without_memory_for_locks_httpd_does_not_start(self, without):
        with pytest.raises(StartError, match="MP0031: cannot create the shared memory for locks"):
            without("apr_shm_create", "ENOMEM")

    def test_a_child_that_cannot_open_the_mutex_says_so(self, without):
        server = without("apr_global_mutex_child_init", "ENOENT")
        server.expect_log("No such file or directory.*MP0032: cannot use the mutex for locks in this child")
        assert server.get("/page.txt").text == "static"

    def test_with_a_mutex_that_does_not_work_no_lock_is_taken(self, without):
        server = without("apr_global_mutex_lock", "EINVAL")
        server.expect_log("MP0062: the mutex for locks does not work; .Mutex ... python. chooses another mechanism")
        assert server.get("/x.do?key&0").text == "False"

    def test_waiting_for_a_lock_ends_also_while_the_time_of_day_stands_still(self, without):
        server = without("apr_time_now", "0")
        assert [server.get(f"/x.do?key&{seconds}").text for seconds in (0, 0.05)] == ["True", "False"]

    def test_without_memory_for_the_bridge_python_does_not_start(self, without):
        server = without("PyImport_AppendInittab", "-1")
        server.expect_log("MP0002: cannot register the bridge module: out of memory")
        server.expect_log("MP0013: Python did not start in this child")
        assert_only_files_are_served(server)


def test_a_python_without_its_standard_library_does_not_start(serve, tmp_path):
    version = "python{}.{}".format(*sys.version_info)
    (tmp_path / "lib" / version).mkdir(parents=True)
    server = serve(f'PythonHome "{tmp_path}"\n{SITE}', app="core")
    server.write("page.txt", "static")
    server.expect_log("MP0003: cannot start Python .*; every Python handler will answer 500")
    server.expect_log("MP0013: Python did not start in this child; the reason is above")
    server.allow_log("Python path configuration|  |Fatal Python error|ModuleNotFoundError")
    assert_only_files_are_served(server)
