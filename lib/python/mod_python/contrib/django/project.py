"""What `mod_python serve` has to know about a Django project, from its settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any


def target_of(settings: Any) -> str:
    """The TARGET: WSGI_APPLICATION, or the `wsgi` module beside the settings, as `module:application`."""
    dotted = getattr(settings, "WSGI_APPLICATION", None)
    if not dotted:
        package = settings.SETTINGS_MODULE.rpartition(".")[0]
        dotted = f"{package}.wsgi.application" if package else "wsgi.application"
    module, _, name = dotted.rpartition(".")
    return f"{module}:{name}"


def directory_of(module: str) -> str:
    """The directory from which `module` is imported, for `sys.path`; raises ModuleNotFoundError without one."""
    root = module.partition(".")[0]
    spec = find_spec(root)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module named {root!r}", name=root)
    directory = os.path.dirname(os.path.abspath(spec.origin))
    return os.path.dirname(directory) if spec.submodule_search_locations else directory


def aliases_of(settings: Any) -> Iterator[tuple[str, str]]:
    """URLs of static and uploaded files and the directories that have them, as far as these exist."""
    for url, root in ((settings.STATIC_URL, settings.STATIC_ROOT), (settings.MEDIA_URL, settings.MEDIA_ROOT)):
        path = (url or "").rstrip("/")
        if path.startswith("/") and root and os.path.isdir(root):
            yield path, str(root)
