"""The options of the WSGI handler: defaults, words for On and Off, and clear errors."""

from __future__ import annotations

import pytest

from mod_python.wsgi_settings import Settings, settings_of
from mod_python.wsgi_types import ConfigurationError
from wsgi_double import WsgiRequest, in_section


def settings(config: dict[str, str] | None = None, **options: str) -> Settings:
    named = {f"mod_python.wsgi.{name}": value for name, value in options.items()}
    return settings_of(WsgiRequest(options=named, config=config or {}))


def test_defaults_are_a_whole_site_without_authorization_that_reloads() -> None:
    assert settings() == Settings(None, "/site/", "", b"", False, True, False)


def test_everything_can_be_set() -> None:
    given = settings(
        {"PythonAutoReload": "0", "PythonDebug": "1"}, application="m", base_uri="/b", pass_authorization="On"
    )
    assert given == Settings("m", "/site/", "/b", b"/b", True, False, True)


def test_handlers_of_two_places_with_the_same_configuration_are_told_apart() -> None:
    req = WsgiRequest()
    places = [
        in_section("/one/", is_location=False),
        in_section("/two/", is_location=False),
        in_section("/one/", is_location=True),
    ]
    found = []
    for place in places * 2:
        req.hlist = place
        found.append(settings_of(req))
    assert [(each.directory, each.base_uri) for each in found] == [("/one/", ""), ("/two/", ""), (None, "/one")] * 2


def test_options_are_found_in_any_case_as_in_other_tables() -> None:
    assert settings_of(WsgiRequest(options={"Mod_Python.WSGI.Application": "m"})).application == "m"


@pytest.mark.parametrize(("word", "on"), [("on", True), ("YES", True), ("true", True), ("0", False), ("No", False)])
def test_on_and_off_have_many_words(word: str, on: bool) -> None:
    assert settings(pass_authorization=word).pass_authorization is on


@pytest.mark.parametrize("word", ["of", "", "2"])
def test_a_misspelt_switch_is_an_error_and_never_on(word: str) -> None:
    with pytest.raises(ConfigurationError, match="MP0216"):
        settings(pass_authorization=word)


@pytest.mark.parametrize("base", ["/", "/app/", "app", "http://host/app/"])
def test_an_unusable_base_uri_is_an_error_every_time(base: str) -> None:
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="MP0204"):
            settings(base_uri=base)
