"""FieldStorage on a request, apply_fs_data and redirect."""

from __future__ import annotations

import io
from typing import Any, NoReturn
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeRequest, FakeTable
from mod_python import util
from mod_python.constants import APLOG_ERR, APLOG_WARNING, DONE
from mod_python.errors import SERVER_RETURN
from mod_python.util import Field, FieldStorage, StringField, apply_fs_data, redirect

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=XX"


class Request(FakeRequest):
    """Counts the blocks that are read, and remembers the levels of what is logged."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.blocks: list[int] = []
        self.levels: list[int] = []

    def read(self, length: int = -1) -> bytes:
        self.blocks.append(length)
        return super().read(length)

    def log_error(self, message: str, level: int = 3) -> None:
        super().log_error(message, level)
        self.levels.append(level)


def post(body: bytes, content_type: str | None = URLENCODED, **attributes: Any) -> Request:
    headers = {"Content-Length": str(len(body))} | ({"Content-Type": content_type} if content_type else {})
    return Request("POST", body, headers_in=FakeTable(headers), **attributes)


def parts(*parts: tuple[str, bytes]) -> bytes:
    heads = [(f"--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode(), content) for head, content in parts]
    return b"".join(head + content + b"\r\n" for head, content in heads) + b"--XX--\r\n"


def post_parts(*given: tuple[str, bytes], **attributes: Any) -> Request:
    return post(parts(*given), MULTIPART, **attributes)


def refused(req: Request, **arguments: Any) -> tuple[object, str]:
    """The status that the form of `req` is answered with, and the message that is logged."""
    with pytest.raises(SERVER_RETURN) as caught:
        FieldStorage(req, **arguments)
    [message] = req.logged
    return caught.value.result, message


# -- Reading ---------------------------------------------------------------------------------------------------


def test_query_string_of_any_method() -> None:
    for method in ("GET", "HEAD", "PUT"):
        assert FieldStorage(Request(method, args="a=1&b=2")).items() == [("a", "1"), ("b", "2")]


def test_no_form_at_all() -> None:
    form = FieldStorage(Request("GET"))
    assert not form
    assert (form.list, form.keys(), len(form)) == ([], [], 0)


def test_query_string_comes_before_the_body() -> None:
    assert FieldStorage(post(b"a=2", args="a=1")).getlist("a") == ["1", "2"]


@pytest.mark.parametrize(
    "content_type", [None, "", URLENCODED, URLENCODED.upper(), f"{URLENCODED}; charset=utf-8", f" {URLENCODED}"]
)
def test_urlencoded_body(content_type: str | None) -> None:
    assert FieldStorage(post(b"a=1", content_type))["a"] == "1"


@pytest.mark.parametrize(
    "content_type", [MULTIPART, "Multipart/Form-Data; boundary=XX", "multipart/mixed; boundary=XX"]
)
def test_multipart_body(content_type: str) -> None:
    assert FieldStorage(post(parts(('name="a"', b"1")), content_type))["a"] == "1"


@pytest.mark.parametrize("content_type", [None, URLENCODED, MULTIPART])
def test_body_may_be_empty(content_type: str | None) -> None:
    assert not FieldStorage(post(b"", content_type))


def test_missing_length_is_no_body() -> None:
    assert not FieldStorage(Request("POST"))


def test_chunked_body_is_read() -> None:
    headers = FakeTable({"Transfer-Encoding": "chunked", "Content-Type": URLENCODED})
    assert FieldStorage(Request("POST", b"a=1", headers_in=headers))["a"] == "1"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "GET"])
def test_body_of_other_methods_is_left_unread(method: str) -> None:
    req = Request(method, b"a=1", args="b=2")
    assert FieldStorage(req).keys() == ["b"]
    assert req.blocks == []


def test_body_is_read_in_blocks_to_the_end() -> None:
    req = post(parts(('name="a"', b"x" * 200_000)) + b"epilogue" * 20_000, MULTIPART)
    FieldStorage(req)
    assert set(req.blocks) == {util.readBlockSize}
    assert req.read() == b""


def test_second_form_sees_only_the_query_string() -> None:
    req = post_parts(('name="a"', b"1"), args="b=2")
    FieldStorage(req)
    assert FieldStorage(req).keys() == ["b"]


def test_blank_values_are_kept_on_request() -> None:
    assert FieldStorage(post(b"a=&b", args="c=")).keys() == []
    assert FieldStorage(post(b"a=&b", args="c="), keep_blank_values=1).keys() == ["c", "a", "b"]


def test_blank_parts_are_always_kept() -> None:
    assert FieldStorage(post_parts(('name="a"', b"")))["a"] == ""


def test_strict_parsing_is_ignored() -> None:
    assert not FieldStorage(Request(args="a=&&"), strict_parsing=1)


def test_upload() -> None:
    head = 'name="f"; filename="../a.bin"\r\nContent-Type: image/PNG; q=1'
    field = FieldStorage(post_parts((head, b"\x00\xff\r\n")))["f"]
    assert isinstance(field, Field)
    assert (field.name, field.filename, field.value) == ("f", "../a.bin", b"\x00\xff\r\n")
    assert (field.type, field.type_options, field.disposition) == ("image/png", {"q": "1"}, "form-data")
    assert field.disposition_options == {"name": "f", "filename": "../a.bin"}
    assert field.disposition_options[b"filename"] == "../a.bin"
    assert field.headers["content-type"] == "image/PNG; q=1"
    assert field.file.read() == b"\x00\xff\r\n"


def test_upload_can_be_read_as_text() -> None:
    field = FieldStorage(post_parts(('name="f"; filename="a"', "né".encode())))["f"]
    assert io.TextIOWrapper(field.file, "utf-8").read() == "né"


def test_text_part_has_the_attributes_of_its_head() -> None:
    field = FieldStorage(post_parts(('name="a"\r\nContent-Type: text/x; q=1', b"v")))["a"]
    assert isinstance(field, StringField)
    assert (field.value, field.filename, field.type, field.type_options) == ("v", None, "text/x", {"q": "1"})
    assert (field.disposition, field.headers["Content-Type"], field.file.read()) == ("form-data", "text/x; q=1", b"v")


def test_file_input_without_a_file_is_an_empty_text() -> None:
    field = FieldStorage(post_parts(('name="f"; filename=""', b"")))["f"]
    assert isinstance(field, StringField)
    assert (field.value, field.filename, field.file.read()) == ("", "", b"")


def test_part_without_name_is_called_none() -> None:
    form = FieldStorage(post_parts(("x=y", b"1")))
    assert form[None] == "1"


class Collected(io.BytesIO):
    """A file that remembers what it was opened for."""

    def __init__(self, *arguments: str) -> None:
        super().__init__()
        self.arguments = arguments


def test_callbacks_make_the_files() -> None:
    given = ('name="f"; filename="x"', b"1"), ('name="e"; filename=""', b""), ('name="t"', b"2")
    form = FieldStorage(post_parts(*given), file_callback=Collected, field_callback=Collected)
    assert [form[name].file.arguments for name in "fet"] == [("x",), ("",), ()]
    assert [form[name].file.getvalue() for name in "fet"] == [b"1", b"", b"2"]
    assert (form["f"].value, form["t"].value) == (b"1", "2")


def test_things_that_cannot_be_called_are_no_callbacks() -> None:
    form = FieldStorage(post_parts(('name="f"; filename="x"', b"1")), 0, 0, "x", 5)  # type: ignore[arg-type]
    assert form["f"].value == b"1"


def test_error_of_a_callback_passes_through() -> None:
    def refuse(filename: str) -> NoReturn:
        raise ValueError(filename)

    with pytest.raises(ValueError, match=r"^x\.exe$"):
        FieldStorage(post_parts(('name="f"; filename="x.exe"', b"1")), file_callback=refuse)


def test_d3_get_and_post_are_parsed_alike() -> None:
    query = "a=1;2&b=%ff&c=%00"
    assert FieldStorage(Request(args=query)).items() == FieldStorage(post(query.encode())).items()


def test_d4_names_of_a_post_are_text() -> None:
    for req in (post(b"x=1"), post_parts(('name="x"', b"1")), Request(args="x=1")):
        form = FieldStorage(req)
        assert [type(name) for name in form.keys()] == [str]  # noqa: SIM118 - the method is under test
        assert form["x"] == form[b"x"] == "1"


def test_d6_text_that_is_not_utf_8_is_kept() -> None:
    for req in (post(b"x=%e9"), post(b"x=\xe9"), post_parts(('name="x"', b"\xe9")), Request(args="x=%e9")):
        assert FieldStorage(req)["x"].raw == b"\xe9"


# -- Errors and limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", ["many", "-1", "1.5", ""])
def test_length_that_is_no_number_is_411(length: str) -> None:
    req = Request("POST", headers_in=FakeTable({"Content-Length": length}))
    assert refused(req) == (411, f"MP0262: Content-Length is {length!r}")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart"])
def test_other_content_type_is_501(content_type: str) -> None:
    assert refused(post(b"{}", content_type)) == (501, f"MP0263: no form: Content-Type {content_type!r}")


@pytest.mark.parametrize("content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 71}"])
def test_bad_boundary_is_400(content_type: str) -> None:
    status, message = refused(post(b"x", content_type))
    assert status == 400
    assert message.startswith("MP0260: multipart bo")


@pytest.mark.parametrize(
    "body",
    [
        parts(('name="a"', b"1"))[:-6],
        b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf',
        b"--XX\r\nno header\r\n\r\n\r\n--XX--",
        b"no form",
    ],
)
def test_d12_malformed_or_truncated_body_is_400(body: bytes) -> None:
    req = post(body, MULTIPART)
    status, message = refused(req)
    assert (status, req.levels) == (400, [APLOG_WARNING])
    assert message.startswith("MP0260: multipart body: ")


def test_client_that_is_gone_is_an_os_error() -> None:
    def read(length: int) -> NoReturn:
        raise ConnectionResetError

    for content_type in (URLENCODED, MULTIPART):
        req = post(b"x", content_type, read=read)
        with pytest.raises(OSError):  # noqa: PT011 - nothing else to match
            FieldStorage(req)
        assert req.logged == []


def test_upload_that_is_cut_off_leaves_no_open_file() -> None:
    made: list[Collected] = []

    def open_file(filename: str) -> Collected:
        made.append(Collected(filename))
        return made[0]

    req = post(parts(('name="f"; filename="x"', b"half"))[:-6], MULTIPART)
    assert refused(req, file_callback=open_file)[0] == 400
    assert made[0].closed


@pytest.mark.parametrize(
    ("option", "value", "req"),
    [
        ("max_fields", 2, Request(args="a=1&a=2&a=3")),
        ("max_fields", 2, post(b"a=1&a=2&a=3")),
        ("max_fields", 2, post(b"a=1&a=2", args="a=3")),
        ("max_fields", 2, post_parts(*[('name="a"', b"")] * 3)),
        ("max_fields", 2, post_parts(*[('name="a"; filename="x"', b"")] * 3)),
        ("max_files", 1, post_parts(*[('name="a"; filename="x"', b"")] * 2)),
        ("max_files", 1, post_parts(*[('name="a"; filename=""', b"")] * 2)),
        ("max_memory", 5, post(b"a=1&b=2")),
        ("max_memory", 5, post_parts(('name="a"', b"123"), ('name="b"', b"456"))),
        ("max_memory", 5, post_parts(('name="a"; filename=""', b"123456"))),
        ("max_memory", 100, post_parts(('name="a"; filename="x"\r\nX-Kept: ' + 100 * "k", b""))),
    ],
)
def test_limit_is_413_and_names_its_option(option: str, value: int, req: Request) -> None:
    req.options[f"mod_python.form.{option}"] = str(value)
    status, message = refused(req)
    assert (status, req.levels) == (413, [APLOG_WARNING])
    assert message.startswith(f"MP0261: more than {value} ")
    assert message.endswith(f"(mod_python.form.{option})")


def test_limits_are_reached_without_being_exceeded() -> None:
    given = [('name="a"', b"123"), ('name="b"', b"45"), ('name="f"; filename="x"', b"6" * 100)]
    memory = 5 + sum(len(f"Content-Disposition form-data; {head}") - 1 for head, _ in given)
    options = {"max_fields": "3", "max_files": "1", "max_memory": str(memory), "max_part_headers": "1"}
    req = post_parts(*given, options={f"mod_python.form.{name}": value for name, value in options.items()})
    assert len(FieldStorage(req)) == 3


def test_limit_stops_the_reading() -> None:
    req = post(b"a=" + b"1" * 1_000_000, options={"mod_python.form.max_memory": "100000"})
    refused(req)
    assert len(req.blocks) == 2


@pytest.mark.parametrize(("option", "size"), [("max_part_header_size", "40"), ("max_part_headers", "0")])
def test_part_headers_have_limits(option: str, size: str) -> None:
    req = post_parts((f'name="{"a" * 40}"', b""), options={f"mod_python.form.{option}": size})
    status, message = refused(req)
    assert status == 413
    assert message.startswith("MP0261: multipart body: Maximum segment header ")


@pytest.mark.parametrize(("size", "in_memory"), [("100", True), ("99", False)])
def test_upload_is_spooled_to_disk(size: str, in_memory: bool) -> None:
    req = post_parts(('name="f"; filename="x"', b"1" * 100), options={"mod_python.form.spool_size": size})
    field = FieldStorage(req)["f"]
    assert isinstance(field.file._file, io.BytesIO) is in_memory
    assert field.value == b"1" * 100


def test_option_that_is_no_number_is_500() -> None:
    req = Request(args="a=1", options={"mod_python.form.max_fields": "many"})
    assert refused(req) == (500, "MP0264: PythonOption mod_python.form.max_fields is a number, not 'many'")
    assert req.levels == [APLOG_ERR]


def test_separators_are_an_option() -> None:
    req = Request(args="a=1;b=2&c=3", options={"mod_python.form.separators": "&;"})
    assert FieldStorage(req).keys() == ["a", "b", "c"]


# -- As a mapping ----------------------------------------------------------------------------------------------


@pytest.fixture
def form() -> FieldStorage:
    return FieldStorage(Request(args="b=1&a=2&b=3"))


def test_one_field_or_a_list(form: FieldStorage) -> None:
    assert form["a"] == "2"
    assert form["b"] == ["1", "3"]
    with pytest.raises(KeyError, match="missing"):
        form["missing"]


def test_names_and_fields(form: FieldStorage) -> None:
    assert form.keys() == list(form) == ["b", "a"]
    assert form.items() == [("b", "1"), ("a", "2"), ("b", "3")]
    assert form.values() == ["1", "2", "3"]
    assert len(form) == 2
    assert form
    assert {**form} == {"b": ["1", "3"], "a": "2"}


def test_first_and_all(form: FieldStorage) -> None:
    assert (form.getfirst("b"), form.getfirst(b"b"), form.getfirst("c"), form.getfirst("c", 0)) == ("1", "1", None, 0)
    assert (form.getlist("b"), form.getlist(b"a"), form.getlist("c")) == (["1", "3"], ["2"], [])


def test_lists_are_copies(form: FieldStorage) -> None:
    form.getlist("b").clear()
    form["b"].clear()
    assert form.getlist("b") == ["1", "3"]


def test_membership(form: FieldStorage) -> None:
    assert "a" in form
    assert b"a" in form
    assert form.has_key("b")
    assert "c" not in form


def test_add_field(form: FieldStorage) -> None:
    form.add_field(b"c", b"4")
    form.add_field("a", "5")
    assert form.items()[3:] == [("c", "4"), ("a", "5")]


def test_assignment_replaces_all_fields_of_the_name(form: FieldStorage) -> None:
    form["b"] = "4"
    assert form.items() == [("a", "2"), ("b", "4")]


def test_deletion(form: FieldStorage) -> None:
    del form[b"b"]
    assert form.keys() == ["a"]
    with pytest.raises(KeyError):
        del form["b"]


def test_clear(form: FieldStorage) -> None:
    form.clear()
    assert form.list == []
    form.add_field("a", "1")
    assert form["a"] == "1"


def test_repr(form: FieldStorage) -> None:
    assert repr(form) == "{'b': [Field('b', '1'), Field('b', '3')], 'a': [Field('a', '2')]}"


def test_fields_appended_from_outside_are_found(form: FieldStorage) -> None:
    form.list.append(Field("f"))
    assert form["f"].name == "f"


def test_d14_equal_values_under_other_names_stay(form: FieldStorage) -> None:
    form.add_field("c", "1")
    form["b"] = "9"
    del form["a"]
    assert form.items() == [("c", "1"), ("b", "9")]


def test_d15_get_has_a_default_and_takes_both_types(form: FieldStorage) -> None:
    assert (form.get("a"), form.get(b"a"), form.get("c"), form.get("c", 5)) == ("2", "2", None, 5)
    form[b"x"] = b"1"
    assert form["x"] == "1"


# -- Any form --------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.binary(), st.binary(), st.sampled_from([None, URLENCODED, MULTIPART, "text/plain"]))
def test_any_request_has_a_form_or_is_refused(query: bytes, body: bytes, content_type: str | None) -> None:
    req = post(body, content_type, args=query.decode("utf-8", "surrogateescape"))
    try:
        form = FieldStorage(req, keep_blank_values=1)
    except SERVER_RETURN as error:
        assert error.result in (400, 501)
        assert req.logged
    else:
        assert all(isinstance(name, str) or name is None for name in form)


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(), st.binary())))
def test_urlencoded_fields_come_back(pairs: list[tuple[bytes, bytes]]) -> None:
    form = FieldStorage(post(urlencode(pairs).encode()), keep_blank_values=1)
    assert [(name.encode("utf-8", "surrogateescape"), field.raw) for name, field in form.items()] == pairs


@settings(deadline=None)
@given(st.lists(st.binary().filter(lambda content: b"--XX" not in content)), st.integers(0, 10))
def test_uploads_and_texts_come_back(contents: list[bytes], spool_size: int) -> None:
    given = [(head, content) for content in contents for head in ('name="f"; filename="x"', 'name="t"')]
    form = FieldStorage(post_parts(*given, options={"mod_python.form.spool_size": str(spool_size)}))
    assert [field.value for field in form.getlist("f")] == contents
    assert [field.raw for field in form.getlist("t")] == contents


# -- apply_fs_data ---------------------------------------------------------------------------------------------


def test_texts_are_passed_as_text() -> None:
    for req in (Request(args="what=hello"), post(b"what=hello"), post_parts(('name="what"', b"hello"))):
        passed = apply_fs_data(lambda what: what, FieldStorage(req))
        assert (passed, type(passed)) == ("hello", str)


def test_repeated_fields_are_a_list() -> None:
    assert apply_fs_data(lambda a: a, FieldStorage(Request(args="a=1&a=2"))) == ["1", "2"]


def test_uploads_are_passed_as_fields() -> None:
    form = FieldStorage(post_parts(('name="f"; filename="x"', b"1"), ('name="e"; filename=""', b"")))
    assert apply_fs_data(lambda f, e: (f.value, e), form) == (b"1", "")


def test_presets_are_dropped_where_they_are_not_wanted() -> None:
    form = FieldStorage(Request(args="a=1"))
    assert apply_fs_data(lambda a: a, form, req="r") == "1"
    assert apply_fs_data(lambda a, req: (a, req), form, req="r") == ("1", "r")
    assert apply_fs_data(lambda **kw: kw, form, req="r") == {"a": "1", "req": "r"}


def test_d13_preset_wins() -> None:
    form = FieldStorage(Request(args="req=forged&req=twice"))
    assert apply_fs_data(lambda req: req, form, req="r") == "r"
    assert apply_fs_data(lambda **kw: kw, form, req="r") == {"req": "r"}


def test_fields_appended_from_outside_are_passed() -> None:
    form = FieldStorage(Request())
    form.add_field(b"a", "1")
    form.list.append(Field("f"))
    assert apply_fs_data(lambda **kw: kw, form) == {"a": "1", "f": None}


def test_missing_argument_is_an_argument_error() -> None:
    with pytest.raises(util.ArgumentError, match="misses 'a'"):
        apply_fs_data(lambda a: a, FieldStorage(Request()))


def test_type_error_of_the_function_is_its_own() -> None:
    with pytest.raises(TypeError) as caught:
        apply_fs_data(lambda a: a + 1, FieldStorage(Request(args="a=1")))
    assert not isinstance(caught.value, util.ArgumentError)


# -- redirect --------------------------------------------------------------------------------------------------


def redirected(location: str, *arguments: Any, **attributes: Any) -> Request:
    req = Request(**attributes)
    with pytest.raises(SERVER_RETURN) as caught:
        redirect(req, location, *arguments)
    assert caught.value.args == (DONE,)
    return req


def test_redirect_is_temporary_by_default() -> None:
    req = redirected("http://example.org/a?b=c&d=%20#e")
    assert (req.status, req.err_headers_out["Location"]) == (302, "http://example.org/a?b=c&d=%20#e")
    assert req.content_type is None


def test_redirect_can_be_permanent() -> None:
    assert redirected("/", 1).status == 301


def test_relative_location_stays_relative() -> None:
    assert redirected("../a;b=1?c").err_headers_out["Location"] == "../a;b=1?c"


def test_redirect_body_links_to_the_escaped_location() -> None:
    body = bytes(redirected("/?a=1&b='\"><script>").written)
    assert b'<a href="/?a=1&amp;b=&#x27;%22%3E%3Cscript%3E">' in body


def test_redirect_with_a_text_of_its_own() -> None:
    assert bytes(redirected("/", 0, "<b>moved</b>").written) == b"<b>moved</b>"
    assert bytes(redirected("/", 0, "").written) == b""


def test_location_is_percent_encoded() -> None:
    location = redirected("/é \\\t\udcff").err_headers_out["Location"]
    assert location == "/%C3%A9%20%5C%09%FF"


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\r\nSet-Cookie: a=b"])
def test_location_must_not_break_the_header(bad: str) -> None:
    req = Request()
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        redirect(req, f"/{bad}")
    assert (req.status, len(req.err_headers_out)) == (200, 0)


def test_location_must_be_text() -> None:
    with pytest.raises(TypeError, match="is str, not bytes"):
        redirect(Request(), b"/")  # type: ignore[arg-type]


def test_redirect_is_too_late_once_the_body_is_on_its_way() -> None:
    with pytest.raises(OSError, match="has been sent already"):
        redirect(Request(sent_bodyct=1), "/")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")))
def test_any_location_is_a_clean_header(location: str) -> None:
    header = redirected(location).err_headers_out.get("Location")
    assert header.isascii()
    assert header.isprintable()
    assert not {" ", "<", ">", '"'} & set(header)
