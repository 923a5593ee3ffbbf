"""The end of a child: what Python code left for it runs in every interpreter, and nothing crashes."""

SITE = """
PythonPath "sys.path + ['${DOCROOT}']"
PythonImport ending::begin one
PythonImport ending::begin two
"""

ENDING = """
from mod_python import apache


def begin():
    apache.register_cleanup(end, apache.interpreter)


def end(name):
    tables = [apache.table({"a": "b"}) for _ in range(200)]
    apache.log_error(f"the end of {name} with {len(tables)} tables", apache.APLOG_WARNING)
"""


def test_the_clean_ups_of_all_interpreters_run(serve):
    server = serve()
    server.write("ending.py", ENDING)
    server.graceful(type(server.config)(SITE))
    server.get("/")  # answered: the child has done its imports, and is out of Python
    server.stop()
    for name in ("one", "two"):
        assert f"the end of {name} with 200 tables" in server.log.text


def test_a_restart_with_other_modules_keeps_the_locks(serve):
    many = serve(modules=("status", "info", "proxy", "proxy_http", "dav", "dav_fs", "rewrite"))
    many.graceful(type(many.config)())
    assert many.get("/").status_code in {200, 403, 404}
