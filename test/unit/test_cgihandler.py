"""The CGI handler: which file runs, in what surroundings, with what result, and what stays behind."""

from __future__ import annotations

import colorsys
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cgi_request import CGIRequest
from mod_python import cgihandler, paths
from mod_python.sessions import locks

Write = Callable[..., Path]
HEADER = "print('Content-Type: text/plain\\n')\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the temporary directory; a script gets a header to print first."""

    def write(text: str, name: str = "script.py", header: str = HEADER) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + text)
        return path

    return write


def run(script: Path, **attributes: object) -> str:
    """Run a script that succeeds; return what it printed below the header."""
    req = CGIRequest(script, **attributes)
    assert cgihandler.handler(req) == 0, req.logged
    return req.written.decode()


# -- Which file ---------------------------------------------------------------------------------------------------


def test_a_script_that_does_not_exist_is_404(tmp_path: Path) -> None:
    assert cgihandler.handler(CGIRequest(tmp_path / "none.py")) == 404


def test_a_request_without_a_file_is_404() -> None:
    assert cgihandler.handler(CGIRequest()) == 404


def test_a_directory_is_404(tmp_path: Path) -> None:
    (tmp_path / "dir.py").mkdir()
    assert cgihandler.handler(CGIRequest(tmp_path / "dir.py")) == 404


@pytest.mark.parametrize("name", ["counter.txt", ".htaccess", ".py", "module.pyc", "a.py.bak"])
def test_what_is_no_script_is_404(write: Write, name: str) -> None:
    assert cgihandler.handler(CGIRequest(write("", name))) == 404


@pytest.mark.parametrize("name", ["a.py", "a.cgi", "a"])
def test_scripts_by_their_names(write: Write, name: str) -> None:
    assert run(write("print('ran')", name)) == "ran\n"


def test_a_variable_may_name_another_script(write: Write) -> None:
    req = CGIRequest(Path("/other"))
    req.subprocess_env["SCRIPT_FILENAME"] = str(write("print('this one')"))
    cgihandler.handler(req)
    assert req.written == b"this one\n"


def test_the_variable_of_an_including_request_does_not_count(write: Write) -> None:
    req = CGIRequest(write("print('this one')"), main=CGIRequest(Path("/page.shtml")))
    req.subprocess_env["SCRIPT_FILENAME"] = "/page.shtml"
    cgihandler.handler(req)
    assert req.written == b"this one\n"


@pytest.mark.parametrize("target", ["outside.py", "cgi-evil/x.py"])
def test_a_link_out_of_the_directory_is_404(write: Write, tmp_path: Path, target: str) -> None:
    write("", target)
    link = tmp_path / "cgi" / "link.py"
    link.parent.mkdir()
    link.symlink_to(tmp_path / target)
    req = CGIRequest(link)
    assert cgihandler.handler(req) == 404
    assert "MP0301" in req.logged[0]


def test_a_linked_directory_is_fine(write: Write, tmp_path: Path) -> None:
    write("print('ran')", "real/script.py")
    (tmp_path / "cgi").symlink_to(tmp_path / "real")
    assert run(tmp_path / "cgi" / "script.py") == "ran\n"


# -- Surroundings -------------------------------------------------------------------------------------------------


def test_the_script_is_the_main_program(write: Write) -> None:
    script = write("import __main__, sys\nx = 1\nprint(__name__, __file__, sys.argv, __main__.x)")
    assert run(script) == f"__main__ {script} [{str(script)!r}] 1\n"


def test_each_run_has_a_fresh_namespace(write: Write) -> None:
    script = write("print('x' in globals())\nx = 1")
    assert run(script) + run(script) == "False\nFalse\n"


def test_a_changed_script_is_run_as_changed(write: Write) -> None:
    run(write("print(1)"))
    assert run(write("print(2)")) == "2\n"


def test_it_runs_in_its_own_directory(write: Write) -> None:
    script = write("import os\nprint(os.getcwd())")
    assert run(script) == f"{os.path.realpath(script.parent)}\n"


def test_standard_input_is_the_request_body(write: Write) -> None:
    script = write("import sys\nprint(sys.stdin.read(3), sys.stdin.readline(), end='')")
    assert run(script, method="POST", body=b"a=b&c=d\n") == "a=b &c=d\n"


def test_standard_input_has_the_bytes(write: Write) -> None:
    script = write("import sys\nprint(sys.stdin.buffer.read())")
    assert run(script, method="POST", body=b"\x00\xff\r\n") == "b'\\x00\\xff\\r\\n'\n"


def test_input_reads_a_line(write: Write) -> None:
    assert run(write("print(input())"), method="POST", body=b"line\n") == "line\n"


def test_the_environment_has_the_cgi_variables(write: Write) -> None:
    script = write("import os\nprint(os.environ['QUERY_STRING'], os.getenv('GATEWAY_INTERFACE'))")
    assert run(script, args="a=1") == "a=1 Python-CGI/1.1\n"


def test_child_processes_do_not_see_the_environment(write: Write) -> None:
    script = write("import os, subprocess\nprint(subprocess.run(['env'], capture_output=True).stdout)")
    assert "QUERY_STRING" not in run(script, args="a=1")


def test_everything_is_put_back(write: Write) -> None:
    def state() -> list[object]:
        streams = [sys.stdin, sys.stdout, sys.stderr]
        return [os.environ, *streams, sys.argv, sys.path, sys.excepthook, sys.modules["__main__"]]

    script = write(
        "import os, sys\nos.environ['X'] = '1'\nos.chdir('/')\nsys.path = [None, '/']\n"
        "sys.argv = sys.excepthook = None\n"
        "sys.stdin, sys.stderr = None, sys.stdout"
    )
    before, directory, path = state(), os.getcwd(), list(sys.path)
    run(script)
    assert all(now is then for now, then in zip(state(), before, strict=True))
    assert (os.getcwd(), sys.path) == (directory, path)
    assert "X" not in os.environ


def test_everything_is_put_back_after_an_exception(write: Write) -> None:
    stdout, directory, path = sys.stdout, os.getcwd(), list(sys.path)
    with pytest.raises(ZeroDivisionError):
        cgihandler.handler(CGIRequest(write("1 / 0")))
    assert (sys.stdout, os.getcwd(), sys.path) == (stdout, directory, path)


def test_one_script_at_a_time(write: Write) -> None:
    script = write(
        "import builtins\nbuiltins.running = getattr(builtins, 'running', 0) + 1\n"
        "peak = 0\n"
        "for _ in range(2000):\n    peak = max(peak, builtins.running)\n"
        "builtins.running -= 1\nprint(peak)"
    )
    requests = [CGIRequest(script) for _ in range(8)]
    threads = [threading.Thread(target=cgihandler.handler, args=(req,)) for req in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {bytes(req.written) for req in requests} == {b"1\n"}


def test_a_script_may_be_included_in_the_output_of_another(write: Write) -> None:
    inner = write("import os\nprint('inner', os.environ['QUERY_STRING'])", "inner.py")

    class Including(CGIRequest):
        def write(self, data: str | bytes, flush: int = 1) -> None:
            super().write(data, flush)
            super().write(run(inner, args="i", main=self))

    script = write("import os\nprint('outer', flush=True)\nprint(os.environ['QUERY_STRING'])", "outer.py")
    req = Including(script, args="o")
    assert cgihandler.handler(req) == 0
    assert req.written == b"outer\ninner i\no\ninner i\n"


def test_a_script_does_not_wait_for_ever_for_one_in_another_interpreter(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgihandler, "PATIENCE", 0)
    waiting, other = CGIRequest(write("print('not run')")), CGIRequest()
    other_turn = locks.hold(other, locks.server_locks(other.server), f"cgi-{os.getpid()}", 0)
    assert other_turn is not None
    assert cgihandler.handler(waiting) == 503
    assert waiting.logged[0].startswith("MP0311: ")
    other_turn.release()
    assert cgihandler.handler(waiting) == 0


def test_a_lock_that_the_request_holds_already_is_not_waited_for(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgihandler, "PATIENCE", 0)
    page = CGIRequest(Path("/page.psp"))  # whose session has, by chance, the same mutex of httpd's
    session = locks.hold(page, locks.server_locks(page.server), f"cgi-{os.getpid()}", 0)
    assert session is not None
    assert run(write("print('included')"), main=page) == "included\n"
    session.release()


def test_a_python_path_applied_meanwhile_is_applied_again(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    paths.begin()
    expression = "sys.path + ['/from the PythonPath']"
    # As a request of another thread does while the script runs; the script puts the path back as it found it.
    run(write(f"from mod_python import paths\npaths.configure({expression!r})"))
    assert "/from the PythonPath" not in sys.path
    paths.configure(expression)
    assert sys.path[-1] == "/from the PythonPath"
    paths.configure(None)


# -- Result -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["sys.exit()", "sys.exit(0)", "sys.exit(None)", "raise SystemExit"])
def test_an_orderly_exit_is_a_success(write: Write, statement: str) -> None:
    assert run(write(f"import sys\nprint('done')\n{statement}\nprint('not this')")) == "done\n"


@pytest.mark.parametrize("code", ["1", "'message'", "-1"])
def test_another_exit_code_is_logged_as_an_error(write: Write, code: str) -> None:
    req = CGIRequest(write(f"import sys\nprint('output')\nsys.exit({code})"))
    assert cgihandler.handler(req) == 500
    assert req.logged[0].startswith(f"MP0307: the CGI script ended with exit code {code} ")
    assert req.written == b""


def test_an_exception_leaves_the_response_to_the_error_report(write: Write) -> None:
    req = CGIRequest(write("print('output')\nraise KeyError('x')"))
    with pytest.raises(KeyError):
        cgihandler.handler(req)
    assert (req.written, req.headers_out.items(), req.content_type) == (b"", [], None)


def test_an_exception_is_not_hidden_by_a_bad_header(write: Write) -> None:
    script = write("print('no header\\n\\n', flush=True)\nraise KeyError('x')", header="")
    with pytest.raises(KeyError):
        cgihandler.handler(CGIRequest(script))


def test_a_syntax_error_is_passed_on(write: Write) -> None:
    with pytest.raises(SyntaxError):
        cgihandler.handler(CGIRequest(write("print 'hello'")))


def test_an_exception_hook_of_the_script_answers(write: Write) -> None:
    req = CGIRequest(write("import sys\nsys.excepthook = lambda *error: print('oops', error[1])\n1 / 0"))
    assert cgihandler.handler(req) == 0
    assert req.written == b"oops division by zero\n"
    assert "MP0309" in req.logged[0] and "ZeroDivisionError" in req.logged[0]


def test_an_exception_hook_is_not_asked_about_exit_codes(write: Write) -> None:
    req = CGIRequest(write("import sys\nsys.excepthook = print\nsys.exit(2)"))
    assert cgihandler.handler(req) == 500
    assert "MP0307" in req.logged[0]


def test_output_without_a_header_is_an_error_with_a_reason(write: Write) -> None:
    req = CGIRequest(write("print('hello')", header=""))
    assert cgihandler.handler(req) == 500
    assert "MP0302" in req.logged[0] and "script.py" in req.logged[0]


def test_no_output_is_an_error_with_a_reason(write: Write) -> None:
    req = CGIRequest(write("", header=""))
    assert cgihandler.handler(req) == 500
    assert "MP0308" in req.logged[0]


# -- Modules ------------------------------------------------------------------------------------------------------


def test_modules_beside_the_script_are_imported_anew(write: Write) -> None:
    script = write("import beside\nprint(beside.value)")
    write("value = 1", "beside.py", header="")
    first = run(script)
    write("value = 'changed'", "beside.py", header="")
    assert first + run(script) == "1\nchanged\n"
    assert "beside" not in sys.modules


def test_modules_are_forgotten_after_a_failure_too(write: Write) -> None:
    write("", "beside.py", header="")
    with pytest.raises(ZeroDivisionError):
        cgihandler.handler(CGIRequest(write("import beside\n1 / 0")))
    assert "beside" not in sys.modules


def test_modules_where_only_the_script_looks_are_imported_anew(write: Write) -> None:
    write("", "lib/far.py", header="")
    run(write("import sys\nsys.path.insert(0, '../lib')\nimport far", "cgi/script.py"))
    assert "far" not in sys.modules


def test_packages_are_imported_anew_with_or_without_an_init_file(write: Write) -> None:
    write("", "pkg/__init__.py", header="")
    write("", "pkg/inner.py", header="")
    write("", "space/inner.py", header="")
    run(write("import pkg.inner, space.inner"))
    assert not {"pkg", "pkg.inner", "space", "space.inner"} & set(sys.modules)


def test_the_standard_library_stays(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "xml.sax", raising=False)
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    run(write("import wave, xml.sax"))
    assert {"wave", "xml.sax"} <= set(sys.modules)


def test_installed_packages_stay(write: Write) -> None:
    write("", "venv/lib/site-packages/installed.py", header="")
    run(write("import sys\nsys.path.append('venv/lib/site-packages')\nimport installed"))
    assert "installed" in sys.modules
    del sys.modules["installed"]


def test_modules_that_were_there_before_stay(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("", "beside.py", header="")
    script = write("import beside")
    monkeypatch.syspath_prepend(script.parent)
    beside = __import__("beside")
    run(script)
    assert sys.modules["beside"] is beside
    del sys.modules["beside"]


def test_entries_that_are_no_modules_do_no_harm(write: Write) -> None:
    script = write("import sys, types\nsys.modules['odd'] = None\nsys.modules['odder'] = types.ModuleType('odder')")
    run(script)
    assert sys.modules.pop("odd") is None
    del sys.modules["odder"]


def test_forgetting_can_be_switched_off(write: Write) -> None:
    write("value = 1", "beside.py", header="")
    script = write("import beside\nprint(beside.value)\nbeside.value = 2")
    options = {"mod_python.cgihandler.reload": "Off"}
    assert run(script, options=options) + run(script, options=options) == "1\n2\n"
    del sys.modules["beside"]


def test_a_script_named_like_a_module_does_not_replace_it(write: Write) -> None:
    run(write("pass", "colorsys.py"))
    assert sys.modules["colorsys"] is colorsys


def test_the_old_cgi_module_never_sees_another_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    server_cgi = object()
    monkeypatch.setitem(sys.modules, "cgi", server_cgi)
    write("import os\ndef query(environ=os.environ):\n    return environ['QUERY_STRING']", "cgi.py", header="")
    script = write("import cgi\nprint(cgi.query())")
    assert run(script, args="first") + run(script, args="second") == "first\nsecond\n"
    assert sys.modules["cgi"] is server_cgi
