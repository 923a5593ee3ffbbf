"""Handlers and filters that handlers add."""

import pytest
from remote import CONFIG, Remote

from testenv.wait import until

EXTRA = """
PythonPostReadRequestHandler evaluate::phase
PythonFixupHandler evaluate::phase
<Location "/value/auth">
    AuthType Basic
    AuthName x
    Require valid-user
</Location>
<Directory "${DOCROOT}/app">
    SetHandler mod_python
    PythonHandler evaluate::handler
</Directory>
"""

PHASES = """
PythonPostReadRequestHandler PythonInitHandler PythonTransHandler PythonMapToStorageHandler PythonHeaderParserHandler
PythonAccessHandler PythonAuthenHandler PythonAuthzHandler PythonTypeHandler PythonFixupHandler PythonHandler
PythonLogHandler
""".split()


@pytest.fixture(scope="module")
def python(serve_module):
    remote = Remote(serve_module(CONFIG + EXTRA, app="api", processes=1))
    remote.server.write("app/page", "")
    return remote


class TestEveryPhase:
    """Added in the first phase, for each of them."""

    @pytest.mark.parametrize("phase", PHASES)
    def test_by_name(self, python, phase):
        self.add(python, phase, "'evaluate::record'", "evaluate::record")

    @pytest.mark.parametrize("phase", PHASES)
    def test_by_callable(self, python, phase):
        self.add(python, phase, "__import__('evaluate').record", "record")

    def add(self, python, phase, handler, name):
        python("kept['ran'] = None")
        code = f"req.add_handler({phase!r}, {handler}); None"
        where = "/auth" if "Auth" in phase else ""
        auth = ("eggs", "x") if phase == "PythonAuthzHandler" else None
        if phase == "PythonAuthzHandler":
            code += "\nreq.add_handler('PythonAuthenHandler', 'evaluate::record'); None"
        response = python.get("/value" + where, "5", PythonPostReadRequestHandler=code, auth=auth)
        assert response.text == "('value', 5)"
        assert (phase, name) in python("kept['ran']")


class TestAdding:
    def test_handlers_run_in_order_after_the_configured_ones(self, python):
        code = """
        import functools
        def note(mark, req):
            req.marks = [*getattr(req, "marks", []), mark]
            return apache.OK
        req.add_handler("PythonFixupHandler", functools.partial(note, 1))
        req.add_handler("PythonFixupHandler", functools.partial(note, 2))
        """
        configured = "req.marks = ['configured']; None"
        shown = python("req.marks", PythonPostReadRequestHandler=code, PythonFixupHandler=configured)
        assert shown == ["configured", 1, 2]

    def test_in_the_running_phase_it_joins_the_list(self, python):
        code = "req.add_handler('PythonFixupHandler', lambda r: setattr(r, 'joined', r.phase) or apache.OK); None"
        assert python("req.joined", PythonFixupHandler=code) == "PythonFixupHandler"

    def test_a_handler_adds_itself_a_successor(self, python):
        code = """
        first = req.hlist.handler == 'evaluate'
        if first:
            req.add_handler('PythonHandler', 'evaluate::value')
        None if first else 'none'
        """
        assert python.run(code).text == "('value', 'none')"

    def test_the_hook_of_a_phase_without_configured_handlers_runs_too(self, python):
        code = "req.add_handler('PythonLogHandler', 'evaluate::record')"
        python.run(code)
        until(lambda: python("'ran' in kept"), 10, "the log handler")
        assert python("kept['ran']") == [("PythonLogHandler", "evaluate::record")]

    @pytest.mark.parametrize(
        "phase", ["PythonCleanupHandler", "PythonConnectionHandler", "PythonInputFilter", "handler", ""]
    )
    def test_other_phases_are_index_errors(self, python, phase):
        with pytest.raises(IndexError, match="not a phase"):
            python(f"req.add_handler({phase!r}, 'x')")

    @pytest.mark.parametrize(
        "phase", ["PythonPostReadRequestHandler", "PythonTransHandler", "PythonFixupHandler", "PythonTypeHandler"]
    )
    def test_a_phase_that_is_over_is_a_value_error(self, python, phase):
        with pytest.raises(ValueError, match=f"{phase} is over; PythonHandler is running"):
            python(f"req.add_handler({phase!r}, 'evaluate')")

    @pytest.mark.parametrize(
        "arguments",
        ["'PythonLogHandler', 5", "'PythonLogHandler', None", "'PythonLogHandler'", "'PythonLogHandler', 'x', 5"],
    )
    def test_what_is_neither_text_nor_callable_is_refused(self, python, arguments):
        with pytest.raises(TypeError):
            python(f"req.add_handler({arguments})")

    def test_what_does_not_exist_is_found_out_when_it_runs(self, python):
        python.server.expect_log("No module named 'no_such_module'")
        python.server.allow_log("MP0100")
        assert python.run("req.add_handler('PythonHandler', 'no_such_module'); None").status_code == 500

    def test_a_directory_is_made_absolute_and_searched(self, python):
        python.server.write("lib/added_here.py", "def handler(req): req.write(req.hlist.directory); return 0")
        directory = str(python.server.docroot / "lib")
        for given in (directory, directory + "/", directory + "/../lib/."):
            code = f"req.add_handler('PythonHandler', 'added_here', {given!r}); None"
            assert python.run(code).text == directory + "/"

    def test_without_one_it_is_that_of_the_running_handler(self, python):
        python.server.write("app/beside.py", "def handler(req): req.write(req.hlist.directory); return 0")
        response = python.get("/app/page", "req.add_handler('PythonHandler', 'beside'); None")
        assert response.text == f"{python.server.docroot}/app/"


class TestOutsideOfPhases:
    """An output filter runs on after the content handler, and an SSI element without one."""

    CODE = "req.add_handler('PythonLogHandler', 'evaluate::record')"

    def test_a_filter_adds_a_handler(self, python):
        code = f"""
        def late(flt):
            while flt.read(): pass
            req = flt.req
            {self.CODE}

        req.register_output_filter("LATE", late)
        req.add_output_filter("LATE")
        """
        python.run(code)
        assert python("kept['ran']") == [("PythonLogHandler", "evaluate::record")]

    def test_an_ssi_element_adds_one(self, serve):
        lines = '<Directory "${DOCROOT}">\nOptions +Includes\nAddOutputFilter INCLUDES .shtml\n</Directory>\n'
        python = Remote(serve(CONFIG + lines, app="api", processes=1))
        python.server.write("page.shtml", f'<!--#python exec="req = filter.req; {self.CODE}" -->ok')
        assert python.get("/page.shtml").text == "ok"
        until(lambda: python("'ran' in kept"), 10, "the log handler")
        assert python("kept['ran']") == [("PythonLogHandler", "evaluate::record")]


class TestFilters:
    FILTERS = ["'evaluate::upper'", "'evaluate::Instance.upper'", "__import__('evaluate').upper"]

    @pytest.mark.parametrize("filter_", FILTERS)
    def test_an_output_filter_of_one_s_own(self, python, filter_):
        code = f"req.register_output_filter('MINE', {filter_}); req.add_output_filter('MINE'); req.write('text')"
        assert python.run(code).text == "TEXT"

    @pytest.mark.parametrize("filter_", FILTERS)
    def test_an_input_filter_of_one_s_own(self, python, filter_):
        code = f"req.register_input_filter('MINE', {filter_}); req.add_input_filter('MINE'); req.read()"
        assert python(code, method="POST", data=b"text") == b"TEXT"

    def test_filters_of_httpd_by_name(self, python):
        response = python.run(
            "req.add_output_filter('DEFLATE'); req.content_type = 'text/plain'; req.write('text')",
            headers={"Accept-Encoding": "gzip"},
        )
        assert (response.headers["Content-Encoding"], response.text) == ("gzip", "text")

    def test_content_length_counts_unflushed_writes(self, python):
        response = python.run("req.add_output_filter('CONTENT_LENGTH'); req.write('ab', 0); req.write('c', 0)")
        assert response.headers["Content-Length"] == "3"

    @pytest.mark.parametrize("which", ["input", "output"])
    def test_an_unknown_name_is_logged_by_httpd(self, python, which):
        python.server.expect_log("an unknown filter was not added: no-such-filter")
        assert python.run(f"req.add_{which}_filter('no-such-filter'); req.write('a')").text == "a"

    @pytest.mark.parametrize("arguments", ["5, 'x'", "'x', 5", "'x', None", "'x'", "'x', 'y', 5"])
    def test_wrong_types_are_refused(self, python, arguments):
        for which in ("input", "output"):
            with pytest.raises(TypeError):
                python(f"req.register_{which}_filter({arguments})")
