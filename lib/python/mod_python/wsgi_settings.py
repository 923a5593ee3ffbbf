"""What is configured for WSGI, read at every request and understood once for each place in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mod_python.options import SWITCH
from mod_python.wsgi_types import ConfigurationError, GatewayRequest

if TYPE_CHECKING:  # it exists inside httpd only
    from mod_python.configuration import Configuration

APPLICATION: Final = "mod_python.wsgi.application"
BASE_URI: Final = "mod_python.wsgi.base_uri"
PASS_AUTHORIZATION: Final = "mod_python.wsgi.pass_authorization"


class Settings(NamedTuple):
    """The options of the WSGI handler, the directives that concern it, and where it stands."""

    application: str | None
    directory: str | None
    """Where its module is looked for first."""
    base_uri: str
    """What becomes SCRIPT_NAME, without a slash at the end."""
    packed_base_uri: bytes
    pass_authorization: bool
    autoreload: bool
    debug: bool


def settings_of(req: GatewayRequest) -> Settings:
    """Return what is configured for `req`; raises ConfigurationError when an option cannot be understood."""
    config = req._configuration
    hlist = req.hlist
    handler = None if hlist is None else hlist._current
    directory, is_location = (None, False) if handler is None else (handler.directory, handler.is_location)
    place = Settings, directory, is_location
    settings: Settings | None = config.derived.get(place)
    if settings is None:
        settings = config.derived[place] = _understand(config, directory, is_location)
    return settings


def _understand(config: Configuration, directory: str | None, is_location: bool) -> Settings:
    option = {name.lower(): value for name, value in config.options}
    location = directory.removesuffix("/") if is_location and directory else ""
    base = _checked_base(option.get(BASE_URI) or "") or location
    word = option.get(PASS_AUTHORIZATION, "off")
    if word.lower() not in SWITCH:
        raise ConfigurationError(f"MP0216: PythonOption {PASS_AUTHORIZATION} must be On or Off, not {word!r}")
    return Settings(
        application=option.get(APPLICATION),
        directory=None if is_location else directory,
        base_uri=base,
        packed_base_uri=base.encode("utf-8", "surrogateescape"),
        pass_authorization=SWITCH[word.lower()],
        autoreload=config.autoreload,
        debug=config.debug,
    )


def _checked_base(base: str) -> str:
    if base and (base.endswith("/") or not base.startswith("/")):
        raise ConfigurationError(
            f"MP0204: PythonOption {BASE_URI} is {base!r}, but must begin with '/' and must not end with it;"
            " leave it out to serve the whole site"
        )
    return base
