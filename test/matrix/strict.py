"""On the machines of scripts/matrix, warnings that our own modules cause are errors in the Python of httpd, too."""

import pytest

CONFIG = """
<Directory "${DOCROOT}">
    SetHandler mod_python
    PythonHandler warns
</Directory>
<Directory "${DOCROOT}/main">
    PythonInterpreter main_interpreter
</Directory>
"""
WARNS = """
import builtins, warnings

def handler(req):
    category, module = req.args.split(":")
    try:
        warnings.warn_explicit("", getattr(builtins, category), "", 1, module)
    except Warning:
        req.write("an error")
    return 0
"""
CATEGORIES = ["DeprecationWarning", "PendingDeprecationWarning", "FutureWarning", "SyntaxWarning"]


@pytest.fixture(scope="module")
def server(serve_module):
    server = serve_module(CONFIG)
    for directory in ("", "main/"):
        server.write(f"{directory}warns.py", WARNS)
    return server


@pytest.mark.parametrize("module", ["mod_python", "mod_python.publisher"])
@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("directory", ["/", "/main/"])
def test_ours_are_errors_in_every_interpreter(server, directory, category, module):
    assert server.get(f"{directory}?{category}:{module}").text == "an error"


@pytest.mark.parametrize("category", CATEGORIES)
def test_those_of_others_are_none(server, category):
    assert server.get(f"/?{category}:flask.app").text == ""
