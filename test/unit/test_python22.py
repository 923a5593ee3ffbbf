"""The module that once held what Python 2.2 lacked."""

import importlib
import sys

import pytest


def test_it_can_be_imported_with_a_warning_and_is_empty() -> None:
    sys.modules.pop("mod_python.python22", None)
    with pytest.warns(DeprecationWarning, match="python22"):
        module = importlib.import_module("mod_python.python22")
    assert [name for name in vars(module) if not name.startswith("__")] == ["warnings"]
