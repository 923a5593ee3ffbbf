"""Finding the WSGI application: names, factories, reloading and clear errors."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from mod_python.wsgi_application import parse
from mod_python.wsgi_application import resolve as resolve_settings
from mod_python.wsgi_settings import settings_of
from mod_python.wsgi_types import Application, ConfigurationError
from wsgi_double import ImportRecorder, WsgiRequest, in_section, install_apache

AUTORELOAD_OFF = {"PythonAutoReload": "0"}

SOURCE = """
import types
def application(environ, start_response): ...
other = lambda environ, start_response: None
number = 5
holder = types.SimpleNamespace(inner=types.SimpleNamespace(app=application))
built = []
def make():
    built.append(lambda environ, start_response: None)
    return built[-1]
def fail():
    raise LookupError("no database")
def wrong():
    return None
"""


def resolve(req: WsgiRequest, value: str) -> Application:
    req.options = {"mod_python.wsgi.application": value}
    return resolve_settings(settings_of(req))


@pytest.fixture
def importer(monkeypatch: pytest.MonkeyPatch) -> ImportRecorder:
    return install_apache(monkeypatch)


@pytest.fixture
def name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importer: ImportRecorder, request: pytest.FixtureRequest
) -> str:
    name = f"site_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def module(name: str) -> SimpleNamespace:
    return __import__(name)  # type: ignore[return-value]


def test_the_callable_is_named_application_by_default(name: str) -> None:
    assert resolve(WsgiRequest(), name) is module(name).application
    assert resolve(WsgiRequest(), f"{name}::") is module(name).application


def test_another_callable_follows_two_colons(name: str) -> None:
    assert resolve(WsgiRequest(), f"{name}::other") is module(name).other


def test_the_name_may_be_dotted(name: str) -> None:
    assert resolve(WsgiRequest(), f"{name}::holder.inner.app") is module(name).application


def test_a_factory_is_called_once(name: str) -> None:
    applications = {resolve(WsgiRequest(), f"{name}::make()") for _ in range(3)}
    assert applications == set(module(name).built)
    assert len(applications) == 1


def test_a_factory_is_called_once_by_many_threads(name: str) -> None:
    resolve(WsgiRequest(), name)
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        resolve(WsgiRequest(), f"{name}::make()")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(module(name).built) == 1


def test_a_factory_is_called_again_when_its_module_was_reloaded(name: str, importer: ImportRecorder) -> None:
    before = resolve(WsgiRequest(), f"{name}::make()")
    importer.changed = True
    after = resolve(WsgiRequest(), f"{name}::make()")
    assert after is not before
    assert module(name).built == [after]


def test_a_reloaded_application_is_used_at_once(name: str, importer: ImportRecorder) -> None:
    before = resolve(WsgiRequest(), name)
    importer.changed = True
    assert resolve(WsgiRequest(), name) is not before
    assert resolve(WsgiRequest(), name) is module(name).application


def test_without_autoreload_the_importer_is_asked_once_per_directory(name: str, importer: ImportRecorder) -> None:
    for directory in ["/here/", "/there/"] * 2:
        hlist = in_section(directory, is_location=False)
        resolve(WsgiRequest(config=AUTORELOAD_OFF, hlist=hlist), name)
    assert importer.requests == [(name, "/here/", False, False), (name, "/there/", False, False)]


@pytest.mark.parametrize("hlist", [None, in_section("/app", is_location=True)])
def test_outside_a_directory_the_importer_searches_the_path_only(
    name: str, importer: ImportRecorder, hlist: SimpleNamespace | None
) -> None:
    resolve(WsgiRequest(hlist=hlist), name)
    assert importer.requests == [(name, None, True, False)]


def test_python_debug_is_passed_to_the_importer(name: str, importer: ImportRecorder) -> None:
    resolve(WsgiRequest(config={"PythonDebug": "1", "PythonAutoReload": "1"}), name)
    assert importer.requests == [(name, "/site/", True, True)]


def test_a_module_may_be_given_by_the_path_of_its_file() -> None:
    assert parse("/srv/my-site/app.wsgi::app")[:2] == ("/srv/my-site/app.wsgi", "app")


@pytest.mark.parametrize(
    "value", ["", "::", "::app", "m:app", "m::a.", "m::.a", "m::()", "m::a b", "m::a()()", "m::a::b"]
)
def test_a_value_of_another_form_is_an_error(value: str) -> None:
    with pytest.raises(ConfigurationError, match="MP0201"):
        parse(value)


@pytest.mark.parametrize("missing", ["nothing", "holder.nothing", "nothing.app", "nothing()"])
def test_a_missing_callable_is_an_error_naming_it(name: str, missing: str) -> None:
    called = missing.removesuffix("()")
    with pytest.raises(ConfigurationError, match=f"MP0202: module {name} has no WSGI application '{called}'$"):
        resolve(WsgiRequest(), f"{name}::{missing}")


@pytest.mark.parametrize("value", ["number", "number()", "wrong()"])
@pytest.mark.parametrize("config", [{}, AUTORELOAD_OFF])
def test_what_cannot_be_called_is_an_error_every_time(name: str, value: str, config: dict[str, str]) -> None:
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="MP0203"):
            resolve(WsgiRequest(config=config), f"{name}::{value}")


def test_the_error_of_a_factory_is_its_own(name: str) -> None:
    with pytest.raises(LookupError, match="no database"):
        resolve(WsgiRequest(), f"{name}::fail()")


@pytest.mark.usefixtures("importer")
def test_the_error_of_an_import_is_its_own() -> None:
    with pytest.raises(ModuleNotFoundError):
        resolve(WsgiRequest(), "no_such_module_anywhere")
