"""examples/filters, as its configuration says, and its filters in other chains."""

import gzip
import os
import zlib

import pytest
import requests
from filtering import section

from testenv.httpd import REPOSITORY


@pytest.mark.local_only
class TestExamples:
    """Line numbers, and compression."""

    EXAMPLE = REPOSITORY / "examples" / "filters"
    POEM = (EXAMPLE / "public" / "poem.txt").read_text()
    NUMBERED = "".join(f"{number:6}  {line}\n" for number, line in enumerate(POEM.splitlines(), 1))

    @pytest.fixture
    def example(self, serve):
        return serve(f'Define FILTERS "{self.EXAMPLE}"\nInclude "{self.EXAMPLE}/filters.conf"')

    @pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5", "*", "GZIP"])
    def test_numbered_and_compressed(self, example, accepted):
        response = example.get("/numbered/poem.txt", headers={"Accept-Encoding": accepted}, stream=True)
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert not {"ETag", "Last-Modified"} & set(response.headers)
        assert gzip.decompress(response.raw.read()).decode() == self.NUMBERED

    @pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br, deflate", "gzip;q=x"])
    def test_numbered_only(self, example, accepted):
        response = example.get("/numbered/poem.txt", headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in response.headers
        assert response.text == self.NUMBERED

    def test_pieces_that_end_in_the_middle_of_lines(self, serve):
        server = serve(
            section('Directory "${DOCROOT}"', f"PythonPath \"['{self.EXAMPLE}', '${{DOCROOT}}'] + sys.path\"",
                    "PythonOutputFilter numbering NUMBER", "PythonOutputFilter compressing COMPRESS",
                    "SetOutputFilter NUMBER;COMPRESS", "SetHandler mod_python", "PythonHandler pages"),
            app="filters",
        )  # fmt: skip
        numbered = b"     1  one\n     2  two\n     3  three\n     4  four"
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            assert server.get("/pieces", headers=headers).content == numbered

    def test_a_flush_of_the_handler_reaches_the_reader(self, serve):
        server = serve(
            section('Directory "${DOCROOT}"', f"PythonPath \"['{self.EXAMPLE}', '${{DOCROOT}}'] + sys.path\"",
                    "PythonOutputFilter compressing COMPRESS", "SetOutputFilter COMPRESS", "SetHandler mod_python",
                    "PythonHandler pages"),
            app="filters",
        )  # fmt: skip
        fifo = server.docroot / "fifo"
        os.mkfifo(fifo)
        fifo.chmod(0o666)
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        with requests.get(
            f"{server.url}/waiting", headers={"Accept-Encoding": "gzip"}, stream=True, timeout=20
        ) as response:
            text = b""
            while text != b"first\n":
                text += unpacker.decompress(response.raw.read1(65536))
            fifo.write_text("second\n")
            assert unpacker.decompress(response.raw.read()) == b"second\n"
