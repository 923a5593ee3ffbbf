"""Fields of a form."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import pytest

from mod_python.util import Field, FieldList, StringField


def named(name: Any, text: str = "") -> StringField:
    field = StringField(text)
    field.name = name
    return field


def upload(filename: str, content: bytes = b"") -> Field:
    return Field("f", io.BytesIO(content), "text/plain", {}, "form-data", {"filename": filename})


def test_field_takes_the_legacy_arguments() -> None:
    file = io.BytesIO(b"x")
    field = Field("f", file, "image/png", {"a": "b"}, "form-data", {"filename": "x.png"}, {"H": "v"})
    assert (field.file, field.type, field.type_options, field.disposition) == (
        file,
        "image/png",
        {"a": "b"},
        "form-data",
    )
    assert (field.filename, field.headers) == ("x.png", {"H": "v"})


def test_field_with_a_name_only() -> None:
    field = Field("f")
    assert (field.filename, field.file, field.value) == (None, None, None)


def test_value_is_the_whole_file_and_rewinds() -> None:
    field = upload("x", b"content")
    assert field.file.read(3) == b"con"
    assert field.value == field.value == b"content"
    assert field.file.tell() == 0


def test_value_of_a_text_file_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="gives bytes, not str"):
        _ = Field("f", io.StringIO("text")).value


def test_repr_shows_name_and_value() -> None:
    assert repr(upload("x", b"v")) == "Field('f', b'v')"
    assert repr(named("a", "v")) == "Field('a', 'v')"


def test_file_is_closed_with_its_field() -> None:
    field = upload("x")
    file = field.file
    del field
    assert file.closed


@pytest.mark.parametrize(
    ("filename", "basename"),
    [
        ("report.txt", "report.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\dir\\report.txt", "report.txt"),
        (".htaccess", "htaccess"),
        ("a\r\n\0b\udcff.txt", "ab.txt"),
        ("..", None),
        ("dir/", None),
    ],
)
def test_basename_is_safe_and_filename_untouched(filename: str, basename: str | None) -> None:
    assert (upload(filename).filename, upload(filename).basename) == (filename, basename)


def test_d5_text_field_prints_as_text() -> None:
    field = StringField("naïve")
    assert (str(field), f"{field}", "%s" % field) == ("naïve", "naïve", "naïve")  # noqa: UP031 - what programs do
    assert type(str(field)) is str


def test_d6_octets_that_are_not_utf_8_are_kept() -> None:
    field = StringField(b"\xe9t\xc3\xa9")
    assert field.value == field == "\udce9té"
    assert field.raw == field.file.read() == b"\xe9t\xc3\xa9"


def test_d7_text_field_has_a_binary_file() -> None:
    field = StringField("naïve")
    assert field.file.read() == "naïve".encode()
    assert field.file is field.file


def test_value_is_plain_text_even_of_other_types() -> None:
    assert type(StringField(StringField("a")).value) is str
    assert StringField(5) == "5"


def test_text_field_has_the_attributes_of_a_field() -> None:
    field = StringField("a")
    assert (field.name, field.filename, field.disposition, field.disp_options) == (None, None, None, None)
    assert (field.type, field.ctype) == ("text/plain", "text/plain")


def test_text_field_can_be_pickled_and_copied() -> None:
    field = named("a", "v")
    field.file.read()
    for again in (pickle.loads(pickle.dumps(field)), copy.copy(field)):
        assert (again, again.name, again.file.read()) == ("v", "a", b"v")


def test_d17_fields_share_no_state() -> None:
    one, other = StringField("a"), StringField("a")
    one.headers["X"] = "1"
    one.type_options["y"] = "2"  # type: ignore[index]
    assert (other.headers, other.type_options, other.disposition_options) == ({}, {}, {})
    assert Field("a").headers is not Field("a").headers


def test_d17_destructor_survives_a_field_without_file() -> None:
    Field.__new__(Field).__del__()


def test_table_groups_fields_by_name() -> None:
    a1, b, a2 = named("a"), named("b"), named(b"a")
    table = FieldList([a1, b, a2]).table()
    assert list(table) == ["a", "b"]
    assert [id(field) for field in table["a"]] == [id(a1), id(a2)]


def test_table_is_remembered() -> None:
    fields = FieldList([named("a")])
    assert fields.table() is fields.table()


def replace_all(fields: FieldList) -> None:
    fields[:] = [named("n")]


def replace_one(fields: FieldList) -> None:
    fields[0] = named("n")


def delete_one(fields: FieldList) -> None:
    del fields[0]


def add_in_place(fields: FieldList) -> None:
    fields += [named("n")]


def repeat_in_place(fields: FieldList) -> None:
    fields *= 2


@pytest.mark.parametrize(
    "change",
    [
        *(replace_all, replace_one, delete_one, add_in_place, repeat_in_place),
        lambda fields: fields.append(named("n")),
        lambda fields: fields.extend([named("n")]),
        lambda fields: fields.insert(0, named("n")),
        lambda fields: fields.pop(),
        lambda fields: fields.remove(fields[0]),
        lambda fields: fields.clear(),
        lambda fields: fields.sort(reverse=True),
        lambda fields: fields.reverse(),
    ],
)
def test_d17_table_follows_every_change(change: Any) -> None:
    fields = FieldList([named("a", "1"), named("b", "2"), named("a", "3")])
    fields.table()
    change(fields)
    fresh = FieldList(list(fields)).table()
    assert list(fields.table().items()) == list(fresh.items())
