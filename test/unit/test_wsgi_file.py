"""wsgi.file_wrapper: which files may be sent by descriptor, and iteration over the others."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest

from mod_python.wsgi_file import FileWrapper, file_region


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(b"0123456789")
    return path


@pytest.mark.parametrize("buffering", [-1, 0])
def test_a_plain_file_is_sent_from_its_position_to_its_end(path: Path, buffering: int) -> None:
    with path.open("rb", buffering=buffering) as file:
        file.read(3)
        assert file_region(file) == (file.fileno(), 3, 7)


def test_what_was_written_to_a_file_is_sent_too(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x" * 20)
        file.seek(0)
        assert file_region(file) == (file.fileno(), 0, 20)


def test_a_file_at_its_end_has_no_region(path: Path) -> None:
    with path.open("rb") as file:
        file.read()
        assert file_region(file) is None


def test_a_compressed_file_is_read_although_it_has_a_descriptor(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "data.gz", "wb") as file:
        file.write(b"text")
    with gzip.open(tmp_path / "data.gz") as file:
        assert file.fileno() > 0
        assert file_region(file) is None
        assert b"".join(FileWrapper(file)) == b"text"


def test_a_buffer_over_something_else_is_read() -> None:
    assert file_region(io.BufferedReader(io.BytesIO(b"text"))) is None
    assert file_region(io.BytesIO(b"text")) is None


def test_a_pipe_is_read() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"text")
    os.close(writer)
    with open(reader, "rb") as file:
        assert file_region(file) is None


def test_files_that_claim_to_be_empty_are_read() -> None:
    with open("/proc/self/status", "rb") as file:
        assert file_region(file) is None
        assert b"".join(FileWrapper(file)).startswith(b"Name:")


def test_the_wrapper_reads_blocks_of_the_given_size() -> None:
    assert list(FileWrapper(io.BytesIO(b"12345"), 2)) == [b"12", b"34", b"5"]


def test_iteration_over_a_text_file_ends() -> None:
    assert len(list(FileWrapper(io.StringIO("text")))) == 1


def test_the_wrapper_closes_its_file() -> None:
    file = io.BytesIO()
    FileWrapper(file).close()
    assert file.closed


def test_the_wrapper_has_close_only_if_the_file_has_it() -> None:
    class Reader:
        def read(self, size: int) -> bytes:
            return b"" * size

    assert not hasattr(FileWrapper(Reader()), "close")
