"""Multipart bodies without I/O, and the options of forms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeTable
from mod_python import forms
from mod_python.forms import FormError, FormOptionError, FormOptions, FormTooLargeError, MultipartDecoder, Part

HEAD = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n'


def decode(body: bytes, size: int = 65536, options: FormOptions = FormOptions()) -> list[tuple[Part, bytes]]:  # noqa: B008
    """The parts of `body`, fed in pieces of `size` bytes."""
    decoder = MultipartDecoder(b"XX", options)
    parts: list[tuple[Part, bytes]] = []
    for start in range(0, len(body) + size, size):
        for event in decoder.feed(body[start : start + size]):
            if isinstance(event, Part):
                parts.append((event, b""))
            elif event:
                parts[-1] = (parts[-1][0], parts[-1][1] + event)
    return parts


def encode(*parts: tuple[str, bytes]) -> bytes:
    """The multipart body that a browser sends for parts of a disposition and a content."""
    heads = [(f"--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode(), content) for head, content in parts]
    return b"".join(head + content + b"\r\n" for head, content in heads) + b"--XX--\r\n"


def contents(body: bytes, size: int = 65536) -> list[tuple[str | None, bytes]]:
    return [(part.name, content) for part, content in decode(body, size)]


def test_part_tells_its_head() -> None:
    head = 'name="f"; filename="a.PNG"\r\nContent-Type: Image/PNG; Quality="high;er"\r\nX-Other: 1'
    [(part, content)] = decode(encode((head, b"\x89PNG")))
    assert (part.name, part.filename, content) == ("f", "a.PNG", b"\x89PNG")
    assert (part.disposition, part.disposition_options) == ("form-data", {"name": "f", "filename": "a.PNG"})
    assert (part.type, part.type_options) == ("image/png", {"quality": "high;er"})
    assert part.headers["x-other"] == "1"


@pytest.mark.parametrize(
    ("header", "type_"),
    [("", "text/plain"), ("\r\nContent-Type: odd", "application/octet-stream"), ("\r\nContent-Type: A/B", "a/b")],
)
def test_content_type_of_a_part(header: str, type_: str) -> None:
    [(part, _)] = decode(encode((f'name="a"{header}', b"")))
    assert part.type == type_


def test_part_without_name_has_none() -> None:
    [(part, _)] = decode(encode(("x=y", b"")))
    assert (part.name, part.filename) == (None, None)


def test_folded_part_header_is_one_header() -> None:
    assert contents(encode(('\r\n name="a"', b"1"))) == [("a", b"1")]


def test_preamble_is_skipped() -> None:
    assert contents(b"preamble\r\n" + encode(('name="a"', b"1"))) == [("a", b"1")]


def test_d8_name_in_utf_8() -> None:
    assert contents(encode(('name="naïve;1"', b"1"))) == [("naïve;1", b"1")]


def test_d8_name_that_is_not_utf_8_survives() -> None:
    [(name, _)] = contents(encode(('name="NAME"', b"1")).replace(b"NAME", b"\xe9\x85"))
    assert name is not None
    assert name.encode("utf-8", "surrogateescape") == b"\xe9\x85"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=XX",
        'multipart/form-data; boundary="XX"',
        "multipart/form-data; BOUNDARY=XX; charset=utf-8",
        "multipart/form-data; charset=utf-8 ; boundary = XX ;",
    ],
)
def test_d9_parameters_around_the_boundary(content_type: str) -> None:
    assert forms.boundary(content_type) == b"XX"


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", f"multipart/x; boundary={'x' * 71}"]
)
def test_boundary_is_mandatory_and_short(content_type: str) -> None:
    with pytest.raises(FormError, match="boundary"):
        forms.boundary(content_type)


def test_d10_closing_delimiter_may_end_the_body() -> None:
    assert contents(encode(('name="a"', b"1"))[:-2]) == [("a", b"1")]


def test_d11_epilogue_is_skipped() -> None:
    assert contents(encode(('name="a"', b"1")) + b"epilogue\r\n--XX\r\nmore") == [("a", b"1")]


@pytest.mark.parametrize(
    "body",
    [
        b"--XX\r\n\r\ncontent\r\n--XX--\r\n",
        b"--XX\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--XX--\r\n",
        b"--XX\r\nno header\r\n\r\ncontent\r\n--XX--\r\n",
        b'--XX\nContent-Disposition: form-data; name="a"\n\ncontent\n--XX--\n',
        b"--XX\r\n folded\r\n\r\n\r\n--XX--\r\n",
        b"no form at all",
    ],
)
def test_d12_malformed_body_is_a_form_error(body: bytes) -> None:
    with pytest.raises(FormError, match="multipart body: ") as caught:
        decode(body)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body", [HEAD, HEAD + b"half", HEAD[:20], HEAD + b"all\r\n--XX", HEAD + b"all\r\n--XX-", b"--XX\r\n"]
)
def test_truncated_body_is_a_form_error(body: bytes) -> None:
    with pytest.raises(FormError, match="end of multipart"):
        decode(body)


def test_length_of_a_part_header_is_limited() -> None:
    with pytest.raises(FormTooLargeError, match="header length") as caught:
        decode(encode((f'name="{"a" * 100}"', b"")), options=FormOptions(max_part_header_size=100))
    assert caught.value.status == 413


def test_endless_part_header_is_limited() -> None:
    with pytest.raises(FormTooLargeError, match="header length"):
        decode(HEAD[:-4] + b"a" * 20_000, size=1000)


def test_number_of_part_headers_is_limited() -> None:
    with pytest.raises(FormTooLargeError, match="header count"):
        decode(encode(('name="a"' + "\r\nX-A: b" * 16, b"")))


@settings(deadline=None)
@given(st.binary(), st.integers(1, 70))
def test_any_octets_are_parts_or_a_form_error(body: bytes, size: int) -> None:
    for start in (b"", HEAD, b"--XX\r\nContent-Disposition: form-data; "):
        try:
            decode(start + body, size)
            decode(start + body + b"\r\n\r\n\r\n--XX--", size)
        except FormError:
            pass


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text("ab \u00e9\u4e2d"), st.binary().filter(lambda content: b"--XX" not in content))),
    st.integers(1, 100),
)
def test_what_was_encoded_is_decoded(fields: list[tuple[str, bytes]], size: int) -> None:
    body = encode(*[(f'name="{name}"', content) for name, content in fields])
    assert contents(body, size) == fields


@settings(deadline=None)
@given(
    st.binary(max_size=5).map(lambda content: content + b"\r\n--X" + content + b"\r\n" + content), st.integers(1, 20)
)
def test_what_looks_like_a_delimiter_is_content(content: bytes, size: int) -> None:
    if b"--XX" not in content:
        assert contents(encode(('name="a"', content)), size) == [("a", content)]


def test_options_have_safe_defaults() -> None:
    assert FormOptions.read(FakeTable()) == FormOptions()


def test_options_are_read_by_name() -> None:
    table = FakeTable({"mod_python.form.max_fields": "7", "mod_python.form.separators": "&;", "other": "x"})
    assert FormOptions.read(table) == FormOptions(max_fields=7, separators="&;")


@pytest.mark.parametrize("text", ["many", "-1", "1e6", "", "٣", "1 "])
def test_option_that_is_no_number_is_named(text: str) -> None:
    with pytest.raises(FormOptionError, match="mod_python.form.max_memory is a number, not") as caught:
        FormOptions.read(FakeTable({"mod_python.form.max_memory": text}))
    assert caught.value.status == 500


@pytest.mark.parametrize("text", ["", ",", "& "])
def test_other_separators_are_refused(text: str) -> None:
    with pytest.raises(FormOptionError, match="mod_python.form.separators is '&', ';' or both"):
        FormOptions.read(FakeTable({"mod_python.form.separators": text}))


def test_another_package_called_multipart_is_explained(tmp_path: Path) -> None:
    (tmp_path / "multipart.py").write_text("")
    path = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(Path(forms.__file__).parents[1])!r}]; "
    ran = subprocess.run([sys.executable, "-c", path + "import mod_python.forms"], stderr=subprocess.PIPE, check=False)
    assert b"MP0265: forms need the PyPI package 'multipart', version 1.2 or later" in ran.stderr
