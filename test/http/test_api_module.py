"""The package and the module mod_python.apache."""

import os

import pytest
from remote import CONFIG, Remote, everywhere

EXTRA = """
Define SOMETHING
ServerAdmin admin@example.org
<Location "/tree/a b">
    SetEnv A "1 2"
    <Limit GET POST>
        Require all granted
    </Limit>
</Location>
<VirtualHost *>
    ServerName localhost
</VirtualHost>
<VirtualHost *>
    ServerName second.example.org
    ErrorLog "${ROOT}/logs/second_log"
</VirtualHost>
"""


@pytest.fixture(scope="module")
def python(serve_module):
    return Remote(serve_module(CONFIG + EXTRA, app="api", processes=1))


class TestPackage:
    def test_the_version_is_one_everywhere(self, python):
        code = "import mod_python, mod_python.version as v; mod_python.mp_version, v.version"
        package, module = python(code)
        assert package == module
        assert (
            f"mod_python/{module} Python/{python('sys.version.split()[0]')}" in python.server.get("/").headers["Server"]
        )

    @pytest.mark.parametrize(
        "name",
        "HTTPD HTTPD_VERSION APR_VERSION LIBEXECDIR SYSCONFDIR TEST_MOD_PYTHON_SO TESTHOME PYTHON_BIN".split(),
    )
    def test_the_build_is_described(self, python, name):
        assert python(f"from mod_python import version; type(version.{name}).__name__") == "str"

    def test_outside_httpd_the_package_imports_and_apache_does_not(self):
        import mod_python  # noqa: PLC0415

        assert mod_python.mp_version
        assert not hasattr(mod_python, "apache")
        with pytest.raises(ImportError):
            from mod_python import apache  # noqa: F401, PLC0415

    def test_apache_is_an_attribute_of_the_package(self, python):
        assert python("import mod_python; mod_python.apache is apache") is True
        with pytest.raises(AttributeError):
            python("import mod_python; mod_python.nothing")

    def test_a_server_knows_its_root(self, python):
        assert python("apache.server_root()") == str(python.server.root)

    def test_argv_is_that_of_no_script(self, python):
        assert python("sys.argv") == ["mod_python"]

    def test_the_interpreter_is_named_after_the_server(self, python):
        assert python("apache.interpreter, req.interpreter") == ("localhost", "localhost")

    def test_the_magic_number_is_that_of_the_headers(self, python):
        assert python("apache.MODULE_MAGIC_NUMBER_MAJOR, apache.MODULE_MAGIC_NUMBER_MINOR > 0") == (20120211, True)

    def test_the_main_server_is_no_virtual_host(self, python):
        assert python("apache.main_server.is_virtual, apache.main_server.server_admin") == (0, "admin@example.org")


class TestLog:
    def test_a_message_is_an_error_unless_told_otherwise(self, python):
        python.server.expect_log(r"\[python:error\].* a message")
        python("apache.log_error('a message')")

    @pytest.mark.parametrize(
        ("level", "name"),
        [
            ("EMERG", "emerg"),
            ("CRIT", "crit"),
            ("WARNING", "warn"),
            ("NOTICE", "notice"),
            ("INFO", "info"),
            ("DEBUG", "debug"),
        ],
    )
    def test_each_level_is_its_own_and_emerg_is_not_the_default(self, python, level, name):
        python.server.expect_log(rf"\[python:{name}\].* at its level")
        python(f"apache.log_error('at its level', apache.APLOG_{level})")
        python.server.log.wait("at its level")

    def test_a_level_may_carry_noerrno(self, python):
        python.server.expect_log(r"\[python:info\].* plain")
        python("apache.log_error('plain', apache.APLOG_NOERRNO | apache.APLOG_INFO)")

    def test_none_logs_nothing(self, python):
        python(
            "apache.log_error(None); req.log_error(None); req.server.log_error(None); req.connection.log_error(None)"
        )

    def test_bytes_and_any_text_are_messages(self, python):
        python.server.expect_log(r"caf\\xc3\\xa9 one\\ntwo")
        python("apache.log_error('café one\\ntwo', apache.APLOG_INFO)")
        python.server.expect_log(r"raw \\xff")
        python("apache.log_error(b'raw \\xff', apache.APLOG_INFO)")

    def test_a_server_has_a_log_of_its_own(self, python):
        python("apache.log_error('for the second', apache.APLOG_ERR, apache.main_server.next)")
        python("apache.log_error('for this one', apache.APLOG_INFO)")
        python.server.log.wait("for this one")
        assert "for the second" not in python.server.log.text
        assert "for the second" in (python.server.root / "logs" / "second_log").read_text()

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ("", TypeError),
            ("5", TypeError),
            ("'a', 'b'", TypeError),
            ("'a', 3, req", TypeError),
            ("'a\\0b'", ValueError),
        ],
    )
    def test_what_is_refused(self, python, arguments, error):
        with pytest.raises(error):
            python(f"apache.log_error({arguments})")


class TestQuestions:
    def test_defines_of_the_command_line_and_the_configuration_exist(self, python):
        assert python("[apache.exists_config_define(n) for n in ('SOMETHING', b'DOCROOT', 'NOTHING')]") == [
            True,
            True,
            False,
        ]
        with pytest.raises(TypeError):
            python("apache.exists_config_define(None)")

    def test_the_mpm_answers(self, python):
        threaded = python.server.config.mpm != "prefork"
        code = (
            "bool(apache.mpm_query(apache.AP_MPMQ_IS_THREADED)), apache.mpm_query(apache.AP_MPMQ_MAX_DAEMON_USED) > 0"
        )
        assert python(code) == (threaded, True)

    def test_a_query_nobody_knows_is_a_value_error(self, python):
        with pytest.raises(ValueError, match="9999"):
            python("apache.mpm_query(9999)")

    @pytest.mark.parametrize("code", ["None", "'1'", "1.0"])
    def test_a_query_is_an_int(self, python, code):
        with pytest.raises(TypeError):
            python(f"apache.mpm_query({code})")

    def test_the_configuration_is_a_tree_in_file_order(self, python):
        code = """
        tree = apache.config_tree()
        index = tree.index(("<Location", '"/tree/a b">'))
        tree[index : index + 2], tree.index(("ServerAdmin", "admin@example.org")) < index
        """
        limit = [("Require", "all granted")]
        location = [("SetEnv", 'A "1 2"'), ("<Limit", "GET POST>"), limit]
        assert python(code) == ([("<Location", '"/tree/a b">'), location], True)

    def test_the_tree_is_a_copy(self, python):
        assert python("apache.config_tree().clear(); apache.config_tree() != []") is True


class TestCleanup:
    def test_clean_ups_run_when_the_child_exits_the_last_one_first(self, serve):
        server = serve(CONFIG, app="api", processes=1)
        code = """
        def end(data):
            apache.log_error("end of " + data, apache.APLOG_NOTICE)

        apache.register_cleanup(end, "a")
        apache.register_cleanup(end, "b")
        """
        Remote(server)(code)
        server.stop()
        assert server.log.text.index("end of b") < server.log.text.index("end of a")

    def test_data_is_optional_and_an_error_ends_only_its_clean_up(self, serve):
        server = serve(CONFIG, app="api", processes=1)
        server.expect_log("the second")
        server.expect_log("ZeroDivisionError")
        server.allow_log("Traceback|File|python:error")
        code = """
        apache.register_cleanup(lambda d: apache.log_error(f"the second {d}"))
        apache.register_cleanup(lambda d: 1 / 0)
        """
        Remote(server)(code)
        server.stop()
        assert "the second None" in server.log.text

    @pytest.mark.parametrize(
        "call",
        ["apache.register_cleanup(5)", "req.server.register_cleanup(req, 5)", "req.server.register_cleanup(5, print)"],
    )
    def test_a_wrong_argument_is_a_value_error(self, python, call):
        with pytest.raises(ValueError, match="register_cleanup"):
            python(call)

    def test_a_server_s_clean_up_is_one_of_the_child(self, serve):
        server = serve(CONFIG, app="api", processes=1)
        Remote(server)(
            "req.server.register_cleanup(req, lambda d: apache.log_error(d, apache.APLOG_NOTICE), 'by the server')"
        )
        server.stop()
        assert "by the server" in server.log.text


class TestServerReturn:
    def test_it_is_an_exception_of_its_own(self, python):
        assert python("apache.SERVER_RETURN.__bases__ == (Exception,)") is True

    @pytest.mark.parametrize(
        ("arguments", "status"),
        [
            ("apache.OK", 200),
            ("apache.HTTP_NOT_FOUND", 404),
            ("apache.OK, 201", 201),
            ("apache.OK, None", 200),
            ("apache.OK, 202, 'ignored'", 202),
            ("__import__('http').HTTPStatus.GONE", 410),
        ],
    )
    def test_it_ends_the_handler(self, python, arguments, status):
        assert python.run(f"raise apache.SERVER_RETURN({arguments})").status_code == status

    @pytest.mark.parametrize("arguments", ["", "(404, 200)", "True", "'404'", "None", "1000", "apache.OK, 'x'"])
    def test_any_other_argument_is_an_error(self, python, arguments):
        python.server.expect_log("TypeError|ValueError")
        python.server.allow_log("MP0100")
        assert python.run(f"raise apache.SERVER_RETURN({arguments})").status_code == 500

    def test_after_ok_the_next_handler_runs(self, serve):
        server = serve(everywhere("PythonHandler evaluate evaluate::value"), app="api")
        code = "if req.hlist.handler == 'evaluate': raise apache.SERVER_RETURN(apache.OK)\n5"
        assert Remote(server)(code) == 5


class TestImport:
    def write(self, python, name, text, options=""):
        python.server.write(f"{name}.py", text)
        return f"m = apache.import_module({name!r}, path=[{str(python.server.docroot)!r}]{options}); "

    def test_a_changed_module_is_loaded_again(self, python):
        code = self.write(python, "changed", "value = 1")
        assert python(code + "m.value") == 1
        self.write(python, "changed", "value = 'two'")
        assert python(code + "m.value") == "two"

    def test_without_autoreload_it_is_not(self, python):
        code = self.write(python, "unchanged", "value = 1", ", autoreload=0")
        assert python(code + "m.value") == 1
        self.write(python, "unchanged", "value = 'another'")
        assert python(code + "m.value") == 1

    def test_a_module_can_be_named_by_its_file(self, python):
        file = python.server.write("else/where.py", "value = __file__")
        assert python(f"apache.import_module({str(file)!r}).value") == str(file)

    def test_a_dotted_name_names_a_module_of_a_package(self, python):
        python.server.write("pack/__init__.py", "")
        python.server.write("pack/inner.py", "value = 5")
        assert python(f"apache.import_module('pack.inner', path=[{str(python.server.docroot)!r}]).value") == 5
        assert python("apache.import_module('os.path').__name__") == "posixpath"

    def test_path_limits_the_search(self, python):
        with pytest.raises(ImportError):
            python("apache.import_module('json', path=['/nowhere'])")

    def test_equal_names_in_two_directories_are_two_modules(self, python):
        for name in ("one", "two"):
            python.server.write(f"{name}/same.py", f"value = {name!r}")
        code = f"""
        root = {str(python.server.docroot)!r}
        [apache.import_module("same", path=[root + d]).value for d in ("/one", "/two", "/one")]
        """
        assert python(code) == ["one", "two", "one"]

    def test_log_says_what_is_loaded(self, python):
        python.server.expect_log(r"\[python:notice\].*MP0120: loading talk")
        python(self.write(python, "talk", "", ", log=1") + "None")

    @pytest.mark.parametrize(
        ("text", "error"), [(None, ImportError), ("1 / 0", ZeroDivisionError), ("def (", SyntaxError)]
    )
    def test_what_goes_wrong_is_raised(self, python, text, error):
        code = self.write(python, f"wrong_{error.__name__}", text or "import no_such_module")
        with pytest.raises(error):
            python(code)

    def write_pair(self, python, one, two, value, end=""):
        """Two modules that import each other; `end` is what the first one does at last."""
        start = "import os, evaluate\nfrom mod_python import apache\nevaluate.kept['meet']()\n"
        other = "other = apache.import_module({!r}, path=[os.path.dirname(__file__)])\n"
        self.write(python, one, f"{start}{other.format(two)}value = {value}\n{end}")
        self.write(python, two, f"{start}{other.format(one)}value = {value}\n")
        return f"load = lambda name: apache.import_module(name, path=[{str(python.server.docroot)!r}])\n"

    def test_changed_modules_that_import_each_other_are_loaded_again(self, python):
        python("kept['meet'] = int\nNone")
        code = self.write_pair(python, "hen", "egg", 1) + "m = load('hen'); m.value, m.other.value, m.other.other is m"
        assert python(code) == (1, 1, True)
        self.write_pair(python, "hen", "egg", 20)
        assert python(code) == (20, 20, True)

    def test_a_module_that_failed_half_way_is_not_what_another_one_made_of_it(self, python):
        python("kept['meet'] = int\nNone")
        code = self.write_pair(python, "duck", "duckling", 1, "1 / 0") + "load('duck').value"
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                python(code)

    def test_threads_that_load_two_modules_which_import_each_other_do_not_wait_for_ever(self, python):
        python("kept['meet'] = lambda meet=threading.Barrier(2): meet.wait(60)\nNone")
        load = self.write_pair(python, "hinge", "door", 1)
        code = f"""
{load}
threads = [threading.Thread(target=load, args=[name], daemon=True) for name in ("hinge", "door")]
[thread.start() for thread in threads]
[thread.join(10) for thread in threads]
[thread.is_alive() for thread in threads], load("hinge").other.other is load("hinge")
"""
        assert python(code) == ([False, False], True)

    def test_the_time_of_a_module_is_that_of_its_file(self, python):
        code = self.write(python, "timed", "")
        os.utime(python.server.docroot / "timed.py", (5, 5))
        assert python(code + "apache.module_mtime(m), apache.module_mtime(sys)") == (5, 0)


class TestResolve:
    MODULE = """
def function(req): return 1

class Shop:
    def __init__(self, req): self.req = req
    def __call__(self, req): return 2
    def method(self, req): return self.req
    @staticmethod
    def static(req): return 4
    class Inner:
        def __init__(self, req): pass
        def method(self, req): return 5

instance = Shop('made at import')
def __getattr__(name): return 6
"""

    @pytest.fixture
    def resolve(self, python):
        python.server.write("shop.py", self.MODULE)
        start = f"m = apache.import_module('shop', path=[{str(python.server.docroot)!r}]); "
        return lambda code: python(start + code)

    @pytest.mark.parametrize(
        ("name", "result"),
        [
            ("function", 1),
            ("instance", 2),
            ("instance.method", "made at import"),
            ("Shop.method", "the argument"),
            ("Shop.static", 4),
            ("Shop.Inner.method", 5),
        ],
    )
    def test_a_path_names_an_object_and_classes_on_the_way_are_instantiated(self, resolve, name, result):
        assert resolve(f"apache.resolve_object(m, {name!r}, 'the argument')('x')") == result

    def test_a_class_at_the_end_is_itself(self, resolve):
        assert resolve("apache.resolve_object(m, 'Shop') is m.Shop") is True

    @pytest.mark.parametrize("name", ["nothing", "Shop.nothing", "instance.nothing.more"])
    def test_a_missing_object_is_an_error_or_none(self, resolve, name):
        assert resolve(f"apache.resolve_object(m, {name!r}, silent=1)") is None
        with pytest.raises(AttributeError, match=r"shop\.py has no object"):
            resolve(f"apache.resolve_object(m, {name!r})")


class TestCGI:
    def test_the_environment_is_a_table_of_its_own(self, python):
        code = """
        env = apache.build_cgi_env(req)
        path = env["SCRIPT_NAME"] + (req.path_info or "")
        (str(type(env)), env["GATEWAY_INTERFACE"], path, env["REQUEST_URI"], "X" in env,
         req.subprocess_env["GATEWAY_INTERFACE"])
        """
        assert python(code, "/more?a=b") == (
            "<class 'mp_table'>",
            "Python-CGI/1.1",
            "/value/more",
            "/value/more?a=b",
            False,
            "CGI/1.1",
        )

    def test_setting_up_and_restoring_leaves_everything_as_it_was(self, python):
        code = """
        import os
        before = dict(os.environ), sys.stdin, sys.stdout, sys.argv
        saved = apache.setup_cgi(req)
        during = "REQUEST_METHOD" in os.environ, isinstance(sys.stdin, apache.CGIStdin), sys.argv
        apache.restore_nocgi(*saved)
        during, before == (dict(os.environ), sys.stdin, sys.stdout, sys.argv)
        """
        assert python(code) == ((True, True, []), True)

    def test_standard_input_is_the_body(self, python):
        code = "stdin = apache.CGIStdin(req); stdin.readline(), stdin.read(2), stdin.readlines()"
        assert python(code, method="POST", data="one\ntwo\nthree\n") == ("one\n", "tw", ["o\n", "three\n"])

    def test_standard_output_is_a_header_and_the_body(self, python):
        code = """
        out = apache.CGIStdout(req)
        out.write("Status: 404 None\\r\\nContent-Type: text/x-a\\r\\nX-A: 1\\r\\n\\r\\nbody")
        out.finish()
        None
        """
        response = python.run(code)
        assert (response.status_code, response.headers["Content-Type"], response.text) == (404, "text/x-a", "body")
        assert response.headers["X-A"] == "1"

    def test_nullio_is_an_empty_file(self, python):
        code = """
        f = apache.NullIO()
        (f.tell(), f.read(), f.read(5), f.readline(), f.readlines(), f.write("a"), f.writelines(["a"]), f.isatty(),
         f.flush(), f.close(), f.detach(), f.seek(0))
        """
        assert python(code) == (0, "", "", "", [], None, None, 0, None, None, None, None)


class TestPrivateModule:
    """What old programs import as _apache."""

    def test_it_has_the_names_of_apache(self, python):
        code = "import _apache; _apache.SERVER_RETURN is apache.SERVER_RETURN, _apache.table is apache.table"
        assert python(code) == (True, True)

    def test_query_strings_are_parsed_right(self, python):
        code = """
        from _apache import parse_qs, parse_qsl
        parse_qsl("b=2&a=%FF+x;y=1&c="), parse_qs(b"a=1&a=2"), parse_qsl("a=", 1)
        """
        assert python(code) == ([("b", "2"), ("a", "\udcff x;y=1")], {b"a": [b"1", b"2"]}, [("a", "")])

    def test_a_lock_is_taken_once(self, python):
        code = """
        import _apache
        s = req.server
        took = _apache._global_trylock(s, "key"), _apache._global_trylock(s, "key")
        _apache._global_unlock(s, "key")
        again = _apache._global_trylock(s, ("a", 1)), _apache._global_trylock(s, "key")
        _apache._global_unlock(s, ("a", 1)); _apache._global_unlock(s, "key")
        _apache._global_lock(s, None, 0)
        taken = _apache._global_trylock(s, "any", 0)
        _apache._global_unlock(s, None, 0)
        took, again, taken
        """
        assert python(code) == ((True, False), (True, True), False)

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ("5, 'a'", TypeError),
            ("req.server, []", TypeError),
            ("req.server, 'a', 99999", ValueError),
            ("req.server, 'a', -2", ValueError),
        ],
    )
    def test_wrong_locks_are_refused(self, python, arguments, error):
        for function in ("_global_lock", "_global_trylock", "_global_unlock"):
            with pytest.raises(error):
                python(f"import _apache; _apache.{function}({arguments})")

    def test_a_clean_up_wants_a_server_and_a_callable(self, python):
        for arguments in ("'x', 5, print", "'x', req.server, 5"):
            with pytest.raises(ValueError, match="register_cleanup"):
                python(f"import _apache; _apache.register_cleanup({arguments})")
