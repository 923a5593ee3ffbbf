"""The API reference is what the generator makes of the docstrings, and everything in it is described."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("griffe")

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
GENERATOR = REFERENCE / "generate.py"


@pytest.fixture(scope="module")
def generator():
    return runpy.run_path(str(GENERATOR))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The pages, as the generator writes them now."""
    directory = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, GENERATOR, directory], check=True)
    return {path.name: path.read_text("utf-8") for path in directory.iterdir()}


def everything(generator):
    """What the reference has entries for."""
    package = generator["PACKAGE"]
    scopes = [package[page] for page in ("apache", *generator["MODULES"])]
    scopes += [package[page][name] for page, (name, _) in generator["OBJECTS"].items()]
    while scopes:
        for found in generator["members"](scopes.pop()):
            target = found.final_target if found.is_alias else found
            yield target
            scopes.extend([target] if target.is_class else [])


def test_the_reference_is_up_to_date(written):
    committed = {path.name: path.read_text("utf-8") for path in REFERENCE.glob("*.md")}
    assert written == committed, "run: make docs"


def test_every_class_function_and_property_has_a_docstring(generator):
    found = [found for found in everything(generator) if not found.is_attribute or "property" in found.labels]
    assert len(found) > 250
    assert [each.path for each in found if not each.docstring] == []


def test_every_attribute_of_the_objects_is_described(written):
    pages = ("request", "connection", "server", "filter", "finfo", "hlist")
    items = [line for page in pages for line in re.findall(r"^- `\w+\.\w+`.*", written[f"{page}.md"], re.MULTILINE)]
    assert len(items) > 80
    assert [line for line in items if not re.search(r"[`)]: \S", line)] == []


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("request.md", "- `req.uri` (`str`, writable): The path, unescaped and without query."),
        ("request.md", "req.read(len: int | None = -1) -> bytes"),
        ("request.md", "- `ValueError`: the phase is over."),
        ("table.md", "apache.table(items: Any = ())"),
        ("constants.md", "- `apache.HTTP_NOT_FOUND` = `404`"),
        ("apache.md", "See [apache.table](table.md)."),
        ("Cookie.md", "Extends `SignedCookie`."),
    ],
)
def test_pages_show_signatures_types_values_and_sections(written, page, line):
    assert line in written[page].splitlines()


def test_overrides_without_a_docstring_are_left_to_the_base_class(written):
    assert "### Cache.build\n" in written["cache.md"]
    assert "### FileCache.build\n" not in written["cache.md"]


def test_links_lead_somewhere(written):
    targets = {target for page in written.values() for target in re.findall(r"\]\(([\w./-]+)\)", page)}
    assert [target for target in targets if not (REFERENCE / target).exists()] == []
