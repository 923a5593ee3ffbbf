"""Which interpreter serves what, what is loaded into it, and how Python is started."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from homes import prefix, virtual_environment

from testenv import StartError

PATH = "PythonPath \"['${DOCROOT}'] + sys.path\""
HANDLER = "SetHandler mod_python"
NAME = f"{HANDLER}\nPythonHandler names\n{PATH}"


def lines(*directives):
    return "\n".join(directives)


def section(name, *directives):
    return lines(f"<{name}>", *directives, f"</{name.partition(' ')[0]}>")


LIST_WANTED = "TypeError: PythonPath must be an expression for a list of directories, such as"
INCLUDES = section('Directory "${DOCROOT}"', "Options +Includes", "AddOutputFilter INCLUDES .shtml")


def interpreter(response):
    name, is_same, _ = response.text.rsplit(" ", 2)
    assert is_same == "True"  # req.interpreter and apache.interpreter
    return name


class TestNames:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        per_directory, per_directive = "PythonInterpPerDirectory On", "PythonInterpPerDirective On"
        server = serve_class(
            lines(
                section('Directory "${DOCROOT}"', NAME, "DirectoryIndex index.page"),
                section('Directory "${DOCROOT}/named"', "PythonInterpreter outer"),
                section('Directory "${DOCROOT}/named/inner"', "PythonInterpreter inner"),
                section('Directory "${DOCROOT}/tree"', per_directory),
                section('Directory "${DOCROOT}/directive"', NAME, per_directive),
                section('DirectoryMatch "/htdocs/pattern-[a-z]+/"', NAME, per_directive),
                section("Location /location", NAME, per_directive),
                section("LocationMatch ^/match", NAME, per_directive),
                section("Location /directive/both", per_directory),
                section("Location /directive/named", "PythonInterpreter named", per_directory),
                *(section("VirtualHost *", f"ServerName {name}.test") for name in ("default", "one", "two")),
                section("VirtualHost *", "ServerName three.test", "PythonInterpreter of_host"),
            ),
            app="interpreters",
        )
        for directory in (
            "tree/deep",
            "tree/deep/er",
            "directive/both",
            "directive/named",
            "directive/sub",
            "pattern-a",
            "named/inner",
        ):
            server.write(f"{directory}/index.page", "")
        server.write("access/.htaccess", f"{NAME}\n{per_directive}\n".replace("${DOCROOT}", str(server.docroot)))
        return server

    @pytest.mark.parametrize(
        ("host", "name"),
        [
            ("one.test", "one.test"),
            ("two.test", "two.test"),
            ("nosuch.test", "default.test"),
            ("three.test", "of_host"),
        ],
    )
    def test_by_server(self, server, host, name):
        assert interpreter(server.get("/x", headers={"Host": host})) == name

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/named/x", "outer"),
            ("/named/inner/x", "inner"),
            ("/tree/x", "{docroot}/tree/"),
            ("/tree/deep/", "{docroot}/tree/deep/"),
            ("/tree/deep/er/x", "{docroot}/tree/deep/er/"),
            ("/tree/nosuch/way/down", "{docroot}/tree/"),
            ("/directive/sub/x", "{docroot}/directive/"),
            ("/pattern-a/x", "{docroot}/pattern-a/"),
            ("/location/x", "/location"),
            ("/match/x", "^/match"),
            ("/access/x", "{docroot}/access/"),
            ("/directive/both/x", "{docroot}/directive/both/"),
            ("/directive/named/x", "named"),
        ],
    )
    def test_by_rule(self, server, path, name):
        assert interpreter(server.get(path)) == name.format(docroot=server.docroot)

    @pytest.mark.parametrize(
        ("policy", "name"),
        [("", "localhost"), ("PythonInterpPerDirectory On", "main_interpreter"), ("PythonInterpreter early", "early")],
    )
    def test_of_the_phases_before_the_file_is_known(self, serve, policy, name):
        content = section('Directory "${DOCROOT}"', HANDLER, "PythonHandler names::early_phase")
        server = serve(lines(PATH, policy, "PythonTransHandler names", content), app="interpreters")
        server.write("x", "")
        early = server.get("/x").text
        # Where the directory names the interpreter, the content handler's has not seen the early one's module.
        assert early == ("" if "Directory" in policy else name)

    def test_by_directive_outside_all_sections(self, serve):
        server = serve(lines(NAME, "PythonInterpPerDirective On"), app="interpreters")
        assert interpreter(server.get("/x")) == "main_interpreter"

    def test_of_a_page_with_python_and_of_a_connection(self, serve):
        server = serve(lines("PythonInterpPerDirective On", INCLUDES), app="interpreters")
        server.write("page.shtml", '<!--#python eval="filter.req.interpreter" -->')
        assert server.get("/page.shtml").text == "main_interpreter"
        server = serve(lines(PATH, "PythonInterpPerDirective On", "PythonConnectionHandler names"), app="interpreters")
        assert server.raw(b"x") == b"main_interpreter"

    def test_what_one_sets_another_does_not_see(self, serve):
        content = f"{HANDLER}\nPythonHandler names::builtin\n{PATH}\nPythonInterpreter"
        server = serve(
            lines(*(section(f"Location /{name}", f"{content} {name}") for name in "ab")),
            app="interpreters",
            processes=1,
            threads=1,
        )
        assert [server.get(f"/{name}").text for name in "aabb"] == ["", "by a", "", "by b"]


class TestCreation:
    def test_parallel_first_requests_make_one(self, serve):
        server = serve(
            section('Directory "${DOCROOT}"', NAME, "PythonInterpreter same"), app="interpreters", threads=16
        )
        with ThreadPoolExecutor(12) as pool:
            names = [interpreter(response) for response in pool.map(lambda _: server.get("/x"), range(12))]
        assert names == ["same"] * 12
        made = [line.split("[pid ")[1].split(":")[0] for line in server.log.lines if "MP0012: interpreter same" in line]
        assert len(made) == len(set(made))  # one in each child that was asked, and all but prefork have one child

    def test_there_is_a_limit(self, serve):
        content = section('Directory "${DOCROOT}"', NAME, "PythonInterpPerDirectory On")
        server = serve(lines("PythonOption mod_python.max_interpreters 3", content), app="interpreters", threads=1)
        for name in "abc":
            server.write(f"{name}/x", "")
        server.expect_log(
            "MP0010: cannot create the interpreter .*/c/: there are 3 of the 3 that PythonOption "
            "mod_python.max_interpreters allows"
        )
        assert [server.get(f"/{name}/x").status_code for name in "abcab"] == [200, 200, 500, 200, 200]

    @pytest.mark.parametrize("value", ["1", "0", "-3", "many", "10001", "99999999999999999999"])
    def test_a_limit_that_is_none_is_refused(self, config_error, value):
        message = "MP0030: PythonOption mod_python.max_interpreters must be a number from 2 to 10000"
        assert message in config_error(f"PythonOption mod_python.max_interpreters {value}")


class TestImport:
    def test_in_order_in_the_named_interpreter_at_the_start(self, serve):
        imports = (f"PythonImport imported::{function} mine" for function in ("one", "two", "one"))
        server = serve(
            lines(PATH, *imports, section("Location /", NAME, "PythonHandler imported", "PythonInterpreter mine")),
            app="interpreters",
        )
        assert server.get("/").text.endswith("mine: one two one")

    def test_in_a_virtual_host(self, serve):
        host = section(
            "VirtualHost *",
            "ServerName host.test",
            PATH,
            "PythonImport imported::one host.test",
            HANDLER,
            "PythonHandler imported",
        )
        server = serve(host, app="interpreters")
        assert server.get("/", headers={"Host": "host.test"}).text == "host.test: one"

    def test_into_the_main_interpreter_and_from_a_file(self, serve):
        file = 'PythonImport "${DOCROOT}/sub/by file.py::run" main_interpreter'
        server = serve(
            lines(
                file,
                section(
                    "Location /",
                    HANDLER,
                    'PythonHandler "${DOCROOT}/sub/by file.py"',
                    "PythonInterpreter main_interpreter",
                ),
            )
        )
        server.write(
            "sub/by file.py", "ran = []\ndef run(): ran.append(1)\ndef handler(req): req.write(str(ran)); return 0\n"
        )
        server.restart()
        assert server.get("/").text == "[1]"

    def test_one_that_fails_is_logged_and_the_next_one_runs(self, serve):
        content = section("Location /", HANDLER, "PythonHandler imported")
        server = serve(
            lines(
                PATH,
                "PythonImport imported::fail localhost",
                "PythonImport nosuch localhost",
                "PythonImport imported::two localhost",
                content,
            ),
            app="interpreters",
        )
        server.expect_log("MP0100: PythonImport imported::fail: .*RuntimeError: not today")
        server.expect_log("MP0100: PythonImport nosuch: .*ModuleNotFoundError")
        assert server.get("/").text == "localhost: two"

    def test_not_in_a_section(self, config_error):
        assert "PythonImport" in config_error("<Directory />\nPythonImport a b\n</Directory>")


class TestPath:
    def path(self, server, location="/"):
        return server.get(location).text.split("\n")

    def content(self, location, *directives):
        return section(f"Location {location}", HANDLER, "PythonHandler ${DOCROOT}/names.py::path", *directives)

    def test_the_value_replaces_the_path(self, serve):
        server = serve(self.content("/", "PythonPath \"['/one'] + sys.path[:-1] + ['/two']\""), app="interpreters")
        assert (self.path(server)[0], self.path(server)[-1]) == ("/one", "/two")
        assert f"{server.docroot}/" not in self.path(server)

    def test_values_that_alternate_in_one_interpreter(self, serve):
        server = serve(
            lines(
                *(self.content(f"/{name}", f"PythonPath \"sys.path + ['/{name}']\"") for name in "ab"),
                self.content("/none"),
            ),
            app="interpreters",
            threads=1,
        )
        for name in "abab":
            assert self.path(server, f"/{name}")[-1] == f"/{name}"
        assert not {"/a", "/b"} & set(self.path(server, "/none"))

    def test_what_code_added_is_there_again(self, serve):
        server = serve(
            lines(
                self.content("/a", "PythonPath \"sys.path + ['/a']\""),
                self.content("/b"),
                section("Location /add", HANDLER, "PythonHandler ${DOCROOT}/adding.py"),
            ),
            threads=1,
            app="interpreters",
        )
        server.write("adding.py", "import sys\nsys.path.append('/added')\ndef handler(req): return 0\n")
        server.get("/add")
        assert "/added" not in self.path(server, "/a")
        assert "/added" in self.path(server, "/b")

    def test_parallel_requests_each_find_their_modules(self, serve):
        names = [f"m{number}" for number in range(8)]
        server = serve(
            lines(
                *(
                    section(
                        f"Location /{name}",
                        HANDLER,
                        f"PythonHandler {name}",
                        f"PythonPath \"sys.path + ['${{DOCROOT}}/{name}.d']\"",
                    )
                    for name in names
                )
            ),
            threads=16,
        )
        for name in names:
            server.write(f"{name}.d/{name}.py", f"import time\ntime.sleep(0.02)\nimport {name}_too\n{SAY_FILE}")
            server.write(f"{name}.d/{name}_too.py", "")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda name: server.get(f"/{name}").text, names * 3))
        assert answers == [f"{server.docroot}/{name}.d/{name}.py" for name in names * 3]

    def test_an_inner_value_replaces_the_outer_one(self, serve):
        server = serve(
            lines(
                self.content("/", "PythonPath \"sys.path + ['/outer']\""),
                self.content("/in", "PythonPath \"sys.path + ['/inner']\""),
            ),
            app="interpreters",
        )
        assert self.path(server, "/in")[-2:] == [self.path(server, "/in")[-2], "/inner"]
        assert "/outer" not in self.path(server, "/in")

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("'/a/b'", LIST_WANTED),
            ("sys.path + [1]", LIST_WANTED),
            ("sys.path.append('/a')", LIST_WANTED),
            ("nosuch", "NameError: name 'nosuch' is not defined"),
            ("sys.path +", LIST_WANTED),
            ("/a", LIST_WANTED),
        ],
    )
    def test_what_is_no_list_is_an_error_each_time(self, serve, expression, message):
        server = serve(self.content("/", f'PythonPath "{expression}"'), app="interpreters")
        server.expect_log(f"MP0100: PythonHandler .*{message}")
        assert [server.get("/").status_code for _ in range(2)] == [500, 500]


SAY_FILE = "def handler(req):\n    req.write(__file__)\n    return 0\n"


@pytest.mark.local_only
class TestHome:
    HANDLER = section("Location /", HANDLER, "PythonHandler ${DOCROOT}/names.py::venv")

    @pytest.mark.parametrize("make", [virtual_environment, prefix])
    def test_an_installation_or_environment_of_one_s_own(self, serve, make):
        with make() as home:
            server = serve(lines(f'PythonHome "{home}"', self.HANDLER), app="interpreters")
            sys_prefix, module = server.get("/").text.split()
        assert sys_prefix == str(home)
        assert module.startswith(f"{home}/lib/")

    def test_a_relative_one_lies_in_serverroot(self, serve):
        with virtual_environment() as home:
            relative = Path("..") / ".." / home.relative_to("/tmp")
            with pytest.raises(StartError, match=f"MP0061: PythonHome /.*{home.name}-not"):
                serve(f'PythonHome "{relative}-not"')

    @pytest.mark.parametrize("home", ["/nosuch", "/etc/passwd", "/var"])
    def test_what_is_none_is_refused_at_the_start(self, config_error, home):
        message = config_error(f"PythonHome {home}")
        assert f"MP0061: PythonHome {home} must name a virtual environment" in message
        assert f"there is no directory {home}/lib/python3." in message


class TestOptions:
    """PythonOption, and the merging of flags."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, serve_class):
        options = section(
            'Directory "${DOCROOT}"',
            HANDLER,
            "PythonHandler names::options",
            PATH,
            "PythonOption b dir",
            "PythonOption C dir",
            "PythonDebug On",
            "PythonAutoReload On",
        )
        return serve_class(
            lines(
                "PythonOption a server\nPythonOption b server\nPythonOption c server",
                options,
                section('Directory "${DOCROOT}/unset"', "PythonOption a", 'PythonOption b ""', "PythonOption d new"),
                section('Directory "${DOCROOT}/unset/again"', "PythonOption a again"),
                section("Location /twice", "PythonOption a one", "PythonOption A two"),
                section("Location /config", "PythonHandler names::config", "PythonDebug Off", "PythonAutoReload Off"),
                section("Location /config/on", "PythonAutoReload On", "PythonInterpreter x"),
            ),
            app="interpreters",
        )

    @pytest.mark.parametrize(
        ("path", "options"),
        [
            ("/", "a=server b=dir c=dir"),
            ("/unset/x", "c=dir d=new"),
            ("/unset/again/x", "a=again c=dir d=new"),
            ("/twice", "a=two b=dir c=dir"),
        ],
    )
    def test_a_deeper_section_replaces_and_unsets(self, server, path, options):
        for directory in ("unset/again",):
            server.write(f"{directory}/x", "")
        assert server.get(path).text == options

    def test_a_deeper_off_beats_an_on(self, server):
        assert server.get("/config").text == "PythonAutoReload=0 PythonDebug=0"
        assert server.get("/config/on").text == "PythonAutoReload=1 PythonDebug=0 PythonInterpreter=x"


class TestCombinations:
    """Clients choose between <If> sections in more ways than a child may remember."""

    SECTIONS = 64
    MOST = 4096  # MOST_MERGES in src/config.c

    def test_each_has_its_own_options_and_not_all_are_remembered(self, serve):
        conditions = (
            section(f'If "%{{QUERY_STRING}} =~ /,{n},/"', f"PythonOption o{n:02} x") for n in range(self.SECTIONS)
        )
        server = serve(
            lines(
                section("Location /", HANDLER, "PythonHandler names::options", PATH),
                section("Location /remembered", "PythonHandler names::remembered"),
                *conditions,
            ),
            app="interpreters",
            processes=1,
        )
        assert server.get("/remembered?,1,").text == "True"
        choose = random.Random(1)  # noqa: S311
        for _ in range(2 * self.MOST // self.SECTIONS):
            chosen = sorted(choose.sample(range(self.SECTIONS), self.SECTIONS - 5))
            found = server.get("/?," + "".join(f"{n}," for n in chosen)).text
            assert found == " ".join(f"o{n:02}=x" for n in chosen)
        assert server.get("/remembered?,2,").text == "False"


class TestStart:
    FLAGS = section("Location /", HANDLER, "PythonHandler ${DOCROOT}/names.py::flags")

    @pytest.mark.parametrize(
        ("directive", "flags"), [("", "True 0"), ("PythonOptimize On", "False 1"), ("PythonOptimize Off", "True 0")]
    )
    def test_optimisation(self, serve, directive, flags):
        server = serve(lines(directive, self.FLAGS), app="interpreters")
        assert server.get("/").text.startswith(f"{flags} None True ")  # docstrings stay


class TestModules:
    """A module is one, however many places of the configuration name it."""

    def test_what_pythonimport_loaded_is_what_a_directory_s_handler_is(self, serve):
        content = section('Directory "${DOCROOT}"', HANDLER, "PythonHandler imported")
        server = serve(lines(PATH, "PythonImport imported::one localhost", content), app="interpreters")
        assert server.get("/").text == "localhost: one"

    @pytest.mark.parametrize("order", ["/by-path /directory", "/directory /by-path"])
    def test_by_path_and_by_directory(self, serve, order):
        handler = "SetHandler mod_python\nPythonHandler counter"
        server = serve(
            lines(section("Location /by-path", handler, PATH), section('Directory "${DOCROOT}/"', handler)),
            threads=1,
            processes=1,
        )
        server.write("counter.py", COUNTER.format("one"))
        paths = order.split()
        assert [server.get(path).text for path in paths * 2] == ["one 1", "one 2", "one 3", "one 4"]
        server.write("counter.py", COUNTER.format("changed"))
        assert [server.get(path).text for path in paths] == ["changed 1", "changed 2"]

    def test_another_thread_sees_it_complete(self, serve):
        server = serve(
            section(
                'Directory "${DOCROOT}"',
                "AddHandler mod_python .x",
                HANDLER,
                "PythonHandler slow | .slow",
                "PythonHandler user | .user",
            )
        )
        server.write("slow.py", "import time\ntime.sleep(0.3)\n" + SAY_FILE + "COMPLETE = 'complete'\n")
        server.write("user.py", "def handler(req):\n    import slow\n    req.write(slow.COMPLETE)\n    return 0\n")
        with ThreadPoolExecutor(6) as pool:
            answers = [answer.text for answer in pool.map(server.get, ["/x.slow", *["/x.user"] * 5])]
        assert answers[1:] == ["complete"] * 5


COUNTER = """
count = 0
def handler(req):
    global count
    count += 1
    req.write(f"{} {{count}}")
    return 0
"""
