"""What is configured for WSGI, read at every request and understood once for each distinct configuration."""

from __future__ import annotations

from typing import Final, NamedTuple

from mod_python.wsgi_types import ConfigurationError, GatewayRequest

APPLICATION: Final = "mod_python.wsgi.application"
BASE_URI: Final = "mod_python.wsgi.base_uri"
PASS_AUTHORIZATION: Final = "mod_python.wsgi.pass_authorization"

SWITCH: Final = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}
Pairs = tuple[tuple[str, str], ...]


class Settings(NamedTuple):
    """The options of the WSGI handler, and the directives that concern it."""

    application: str | None
    base_uri: str | None
    pass_authorization: bool
    autoreload: bool
    debug: bool


def settings_of(req: GatewayRequest) -> Settings:
    """Return what is configured for `req`; raises ConfigurationError when an option cannot be understood."""
    config = req._configuration
    settings: Settings | None = config.derived.get(Settings)
    if settings is None:
        settings = config.derived[Settings] = _understand(config.options, config.autoreload, config.debug)
    return settings


def _understand(options: Pairs, autoreload: bool, debug: bool) -> Settings:
    option = {name.lower(): value for name, value in options}
    base = option.get(BASE_URI)
    if base and (base.endswith("/") or not base.startswith("/")):
        raise ConfigurationError(
            f"MP0204: PythonOption {BASE_URI} is {base!r}, but must begin with '/' and must not end with it;"
            " leave it out to serve the whole site"
        )
    word = option.get(PASS_AUTHORIZATION, "off")
    if word.lower() not in SWITCH:
        raise ConfigurationError(f"MP0216: PythonOption {PASS_AUTHORIZATION} must be On or Off, not {word!r}")
    return Settings(
        application=option.get(APPLICATION),
        base_uri=base,
        pass_authorization=SWITCH[word.lower()],
        autoreload=autoreload,
        debug=debug,
    )
