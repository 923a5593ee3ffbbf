"""The pytest side of the harness: fixtures that start servers, and the verdict on them after every test.

BACKEND=docker runs the same tests against containers, BACKEND=local,docker against both; MPM chooses httpd's model;
CI=true turns a missing tool from a skip into a failure; KEEP_GOING=1 goes on after a child crashed; UNDER=COMMAND has a
command run httpd, on the local backend: valgrind, or env with what a sanitizer needs. PATIENCE=10 waits for it so many
times as long.
"""

import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from testenv import backends, tools
from testenv.config import Config
from testenv.fleet import Fleet
from testenv.httpd import MPM
from testenv.server import Server, Verdict

PARAMETERS = {
    "local": pytest.param("local", id=MPM),
    "docker": pytest.param("docker", id=f"docker-{MPM}", marks=pytest.mark.docker),
}
KEEP_GOING = os.environ.get("KEEP_GOING") == "1"
FLEET = pytest.StashKey[Fleet]()

Serve = Callable[..., Server]


def pytest_configure(config: pytest.Config) -> None:
    """Announce the markers."""
    config.addinivalue_line("markers", "local_only: needs httpd as a process of this machine; not run on Docker")
    config.addinivalue_line("markers", "docker: runs containers")
    config.addinivalue_line("markers", "mpm(*names): is about these models, and not run on others")
    config.addinivalue_line("markers", "needs(*tools): skipped, and in CI failed, without these programs")
    config.stash[FLEET] = Fleet()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what an interrupted run left."""
    config.stash[FLEET].close()


def pytest_report_header() -> list[str]:
    """Print the version of everything that has a part in the result."""
    return tools.versions()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that starts servers on the backends of this run."""
    if "backend" in metafunc.fixturenames:
        parameters = [PARAMETERS[name] for name in _backends()]
        metafunc.parametrize("backend", parameters, indirect=True, scope="session")


def _backends() -> list[str]:
    return (os.environ.get("BACKEND") or "local").split(",")


def _is_out_of_place(item: pytest.Item) -> bool:
    """Say whether a local_only test would run on another backend, or in a run without the local one."""
    about = item.get_closest_marker("mpm")
    if about and MPM not in about.args:
        return True
    elsewhere = item.get_closest_marker("docker") or "local" not in _backends()
    return bool(item.get_closest_marker("local_only") and elsewhere)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop the tests that are out of place: local_only ones elsewhere, and those about other models."""
    if dropped := [item for item in items if _is_out_of_place(item)]:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask for the tools that the test's `needs` marks name."""
    for mark in item.iter_markers("needs"):
        for tool in mark.args:
            tools.require(tool)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge the servers after the test: what their logs say against them fails it."""
    fleet = item.config.stash[FLEET]
    fleet.begin(item.nodeid)
    try:
        result = yield
    except BaseException:
        _report(item, fleet.end(item.nodeid))
        raise
    verdict = fleet.end(item.nodeid)
    if verdict.problems:
        _report(item, verdict)
        pytest.fail("httpd, after the test:\n" + "\n".join(verdict.problems), pytrace=False)
    return result


def _report(item: pytest.Item, verdict: Verdict) -> None:
    """Add the logs to the report of a failed test, and keep the servers' directories."""
    item.config.stash[FLEET].keep = True
    item.add_report_section("call", "httpd's problems", "\n".join(verdict.problems))
    item.add_report_section("call", "error log", verdict.log)
    _latch(item, verdict)


def _latch(node: pytest.Item | pytest.Collector, verdict: Verdict) -> None:
    """After a crash, stop the run: what comes next would only be noise."""
    if verdict.crashes and not KEEP_GOING:
        node.session.shouldstop = f"a child of httpd crashed in {node.nodeid}; KEEP_GOING=1 runs on after a crash"


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """The backend that the tests run on: "local" or "docker"."""
    name = str(request.param)
    if name != "local":
        tools.require(name)
    backends.factory(name)  # once, also when it fails
    return name


@pytest.fixture
def serve(request: pytest.FixtureRequest, backend: str) -> Iterator[Serve]:
    """Start servers for one test: `serve(config, app=NAME)`; see `_serve`."""
    yield from _serve(request, backend)


@pytest.fixture(scope="class")
def serve_class(request: pytest.FixtureRequest, backend: str) -> Iterator[Serve]:
    """Start servers that the tests of a class share: a class-scoped fixture of the class returns `serve_class(...)`."""
    yield from _serve(request, backend)


@pytest.fixture(scope="module")
def serve_module(request: pytest.FixtureRequest, backend: str) -> Iterator[Serve]:
    """Start servers that the tests of a module share."""
    yield from _serve(request, backend)


@pytest.fixture
def config_error(request: pytest.FixtureRequest, backend: str) -> Callable[..., str]:
    """Return a function: what httpd says against a configuration, AssertionError when it accepts it."""
    fleet = request.config.stash[FLEET]

    def refusal(config: str | Config, **options: Any) -> str:
        return fleet.prepare(backends.factory(backend), request.node.name, _config(request, config, options)).refusal()

    return refusal


def _serve(request: pytest.FixtureRequest, backend: str) -> Iterator[Serve]:
    """Yield a function that starts a server with a configuration (text or `Config`) and sites of test/apps.

    Its keyword arguments besides `app` and `apps` are those of `Config`.
    """
    fleet = request.config.stash[FLEET]
    started: list[Server] = []

    def serve(config: str | Config = "", *, app: str = "", apps: tuple[str, ...] = (), **options: Any) -> Server:
        server = fleet.prepare(backends.factory(backend), request.node.name, _config(request, config, options))
        for name in (app, *apps):
            server.install(name)
        started.append(fleet.launch(server, shared=request.scope != "function"))
        return server

    yield serve
    verdicts = [fleet.retire(server) for server in started]
    for verdict in verdicts:
        _latch(request.node, verdict)
    if problems := [problem for verdict in verdicts for problem in verdict.problems]:
        pytest.fail("httpd, at its end:\n" + "\n".join(problems), pytrace=False)


def _config(request: pytest.FixtureRequest, config: str | Config, options: dict[str, Any]) -> Config:
    if isinstance(config, Config):
        return config
    return Config(config, **{"verbosity": request.config.get_verbosity(), **options})
