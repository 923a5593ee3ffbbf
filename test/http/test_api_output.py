"""The response."""

import os

import pytest
from remote import CONFIG, Remote, header

from testenv.wait import until

EXTRA = """
RegisterHttpMethod MIX
<Location "/run/compressed">
    SetOutputFilter DEFLATE
</Location>
<Location "/run/read">
    EnableMMAP Off
</Location>
"""


@pytest.fixture(scope="module")
def python(serve_module):
    return Remote(serve_module(CONFIG + EXTRA, app="api", processes=1))


def answer(python, code, line=b"GET /run HTTP/1.0"):
    """The whole response, byte by byte."""
    return python.server.raw(
        line + b"\r\nHost: x\r\nConnection: close\r\nX-Python: " + header(code).encode() + b"\r\n\r\n"
    )


class TestWrite:
    @pytest.mark.parametrize(
        ("data", "sent"),
        [
            ("'caf\\xe9 \\u20ac'", "café €".encode()),
            ("b'\\0\\xff'", b"\0\xff"),
            ("bytearray(b'ab')", b"ab"),
            ("memoryview(b'abc')[1:]", b"bc"),
            ("__import__('array').array('H', [1])", b"\1\0"),
            ("'\\udcff'", b"\xff"),
            ("''", b""),
            ("b''", b""),
            ("'x' * 100000", b"x" * 100000),
        ],
    )
    def test_text_goes_as_utf8_and_anything_with_a_buffer_as_it_is(self, python, data, sent):
        assert python.run(f"req.write({data})").content == sent

    @pytest.mark.parametrize("data", ["None", "5", "['a']", "1.5", ""])
    def test_anything_else_is_refused(self, python, data):
        with pytest.raises(TypeError):
            python(f"req.write({data})")

    def test_a_flush_sends_the_head_so_the_rest_is_chunked(self, python):
        response = python.run(
            "req.write('a'); req.headers_out['X-Late'] = '1'; req.write('b'); req.flush(); req.write('c', 0)"
        )
        assert response.text == "abc"
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert "X-Late" not in response.headers

    def test_without_flushing_the_length_is_known(self, python):
        response = python.run("req.write('a', 0); req.headers_out['X-Late'] = '1'; req.write(b'b' * 500, 0)")
        assert (response.headers["Content-Length"], response.headers["X-Late"]) == ("501", "1")

    def test_an_empty_write_does_not_flush(self, python):
        assert "X-Late" in python.run("req.write(''); req.headers_out['X-Late'] = '1'").headers

    def test_what_was_flushed_is_at_the_client(self, python):
        code = header("req.write('first'); req.write(req.read())").encode()
        with python.server.connect() as connection:
            connection.send(b"POST /run HTTP/1.0\r\nContent-Length: 6\r\nX-Python: " + code + b"\r\n\r\n")
            assert connection.receive_until(b"first").endswith(b"first")
            connection.send(b"second")
            assert connection.receive_all() == b"second"

    def test_a_client_that_is_gone_is_an_os_error(self, python):
        code = "try:\n    while True: req.write('x' * 100000)\nexcept OSError as error: kept['gone'] = repr(error)"
        with python.server.connect() as connection:
            connection.send(b"GET /run HTTP/1.0\r\nX-Python: " + header(code).encode() + b"\r\n\r\n")
            connection.receive()
            connection.abort()
        until(lambda: "ClientGone" in python("kept.get('gone', '')"), 20, "the error")

    def test_head_gets_no_body(self, python):
        assert answer(python, "req.write('body', 0)", b"HEAD /run HTTP/1.0").endswith(b"\r\n\r\n")

    def test_send_http_header_does_nothing(self, python):
        assert "X-Late" in python.run("req.send_http_header(); req.headers_out['X-Late'] = '1'").headers


class TestStatus:
    @pytest.mark.parametrize("status", [200, 201, 299, 404, 451, 503])
    def test_the_handler_s_body_goes_with_its_status(self, python, status):
        known = status not in (299,)
        response = python.run(f"req.status = {status}; req.write('mine')")
        assert (response.status_code, response.text) == (status if known else 500, "mine")

    def test_a_status_of_the_standard_library_is_one(self, python):
        assert python.run("import http; req.status = http.HTTPStatus.GONE").status_code == 410

    @pytest.mark.parametrize("status", ["0", "99", "600", "-1", "2 ** 40"])
    def test_what_is_no_status_is_a_value_error(self, python, status):
        with pytest.raises(ValueError, match="from 200 to 599"):
            python(f"req.status = {status}")

    @pytest.mark.parametrize("status", ["None", "'200'", "200.0"])
    def test_what_is_no_int_is_a_type_error(self, python, status):
        with pytest.raises(TypeError):
            python(f"req.status = {status}")

    @pytest.mark.parametrize("line", ["299 Odd but fine", "418 I'm a teapot", "404 Gone fishing", "200 "])
    def test_a_line_of_one_s_own_sets_the_status_too(self, python, line):
        assert answer(python, f"req.status_line = {line!r}").startswith(f"HTTP/1.1 {line}\r\n".encode())
        code = f"a = req.status_line; req.status_line = {line!r}; b = req.status; req.status_line = '200 OK'; a, b"
        assert python(code) == (None, int(line[:3]))

    def test_a_later_status_wins(self, python):
        assert answer(python, "req.status_line = '299 Odd'; req.status = 404").startswith(b"HTTP/1.1 404 Not Found\r\n")

    @pytest.mark.parametrize("line", ["Odd", "", "99 x", "600 x", "2000", "200\\r\\nX: y"])
    def test_what_is_no_line_is_a_value_error(self, python, line):
        with pytest.raises(ValueError, match="status_line"):
            python(f"req.status_line = '{line}'")


class TestHeaders:
    def test_the_type_goes_through_httpd(self, python):
        assert python.run("req.content_type = 'text/x-a'; req.write('a')").headers["Content-Type"] == "text/x-a"

    @pytest.mark.parametrize("value", ["a/b\\r\\nX: y", "a\\0"])
    def test_a_type_cannot_carry_another_header(self, python, value):
        with pytest.raises(ValueError, match="content_type"):
            python(f"req.content_type = '{value}'")

    def test_caching_can_be_forbidden(self, python):
        response = python.run("req.no_cache = 1; req.write('a', 0)")
        assert "Expires" in response.headers

    def test_a_length_is_announced(self, python):
        response = python.run(
            "kept['old'] = req.clength; req.set_content_length(3); req.write('abc'); kept['new'] = req.clength"
        )
        assert (response.headers["Content-Length"], response.text) == ("3", "abc")
        assert python("kept['old'], kept['new']") == (0, 3)

    def test_a_length_has_more_than_32_bits(self, python):
        size = 5 * 2**30
        code = f"req.set_content_length({size}); kept['length'] = req.clength; req.flush()"
        assert f"Content-Length: {size}\r\n".encode() in answer(python, code, b"HEAD /run HTTP/1.0")
        assert python("kept['length']") == size

    @pytest.mark.parametrize(
        ("length", "error"), [("-1", ValueError), ("'3'", TypeError), ("None", TypeError), ("2 ** 70", OverflowError)]
    )
    def test_what_is_no_length_is_refused(self, python, length, error):
        with pytest.raises(error):
            python(f"req.set_content_length({length})")

    def test_a_header_that_was_sent_shows_in_the_counters(self, python):
        code = """
        before = req.bytes_sent, req.sent_bodyct, req.eos_sent
        req.write("x" * 10)
        kept["sent"] = before, req.bytes_sent, req.sent_bodyct, req.chunked
        """
        python.run(code)
        assert python("kept['sent']") == ((0, 0, 0), 10, 1, 1)


class TestValidators:
    TIME = 1_000_000_000  # Sun, 09 Sep 2001 01:46:40 GMT

    def test_the_time_of_change_only_rises(self, python):
        assert python("req.mtime") == 0.0
        assert python(
            "req.update_mtime(5.25); a = req.mtime; req.update_mtime(3); req.update_mtime(6); a, req.mtime"
        ) == (5.25, 6.0)

    @pytest.mark.parametrize("time", ["'5'", "None", "[]"])
    def test_a_time_is_a_number(self, python, time):
        with pytest.raises(TypeError):
            python(f"req.update_mtime({time})")

    def test_last_modified_and_etag_come_from_it(self, python):
        path = str(python.server.write("tagged", "12345"))
        os.utime(path, (self.TIME, self.TIME))
        code = f"""
        req.finfo = apache.stat({path!r}, apache.APR_FINFO_MIN)
        req.update_mtime(req.finfo.mtime); req.set_last_modified(); req.set_etag()
        """
        headers = python.run(code).headers
        assert headers["Last-Modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"
        assert headers["ETag"].startswith('"5-')

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 200),
            ({"If-Modified-Since": "Sun, 09 Sep 2001 01:46:40 GMT"}, 304),
            ({"If-Modified-Since": "Sat, 08 Sep 2001 01:46:40 GMT"}, 200),
            ({"If-Unmodified-Since": "Sat, 08 Sep 2001 01:46:40 GMT"}, 412),
            ({"If-None-Match": '"tag"'}, 304),
            ({"If-None-Match": '"other"'}, 200),
            ({"If-Match": '"other"'}, 412),
        ],
    )
    def test_conditions_are_judged(self, python, headers, status):
        code = f"""
        req.headers_out["ETag"] = '"tag"'
        req.update_mtime({self.TIME}); req.set_last_modified()
        met = req.meets_conditions()
        req.write("page") if met == apache.OK else None
        met
        """
        response = python.run(code, headers=headers)
        assert response.status_code == status
        assert (response.text == "page") is (status == 200)

    def test_no_local_copy_means_no_304(self, python):
        code = "req.no_local_copy = 1; req.headers_out['ETag'] = '\"tag\"'; req.meets_conditions()"
        assert python.run(code, headers={"If-None-Match": '"tag"'}).status_code == 200


class TestAllow:
    def test_standard_and_other_methods_are_listed(self, python):
        code = """
        req.allow_methods(["POST", "GET", "BREW", b"PUT", "MIX"])
        listed = req.allowed_methods
        req.allow_methods(["DELETE"], 1)
        listed, req.allowed_methods
        """
        assert python(code) == (("GET", "PUT", "POST", "MIX", "BREW"), ("DELETE",))

    @pytest.mark.parametrize("reset", ["True", "2", "'yes'"])
    def test_anything_true_resets_and_so_with_no_methods(self, python, reset):
        assert python(f"req.allow_methods(['GET']); req.allow_methods([], {reset}); req.allowed_methods") == ()

    def test_they_make_the_allow_header(self, python):
        response = python.run("req.allow_methods(['POST', 'BREW'], 1); 405")
        assert {method.strip() for method in response.headers["Allow"].split(",")} >= {"POST", "BREW"}

    @pytest.mark.parametrize("methods", ["'GET'", "b'GET'", "5", "None", "[5]"])
    def test_what_is_no_list_of_methods_is_refused(self, python, methods):
        with pytest.raises(TypeError):
            python(f"req.allow_methods({methods})")

    def test_apache_has_it_as_a_function(self, python):
        assert python("apache.allow_methods(req, ['GET'], 1); req.allowed_methods") == ("GET",)

    def test_the_mask_is_httpd_s(self, python):
        assert python("req.allowed, req.allowed_xmethods") == (0, ())


class TestSendfile:
    @pytest.fixture
    def path(self, python):
        return str(python.server.write("ten.txt", "0123456789"))

    @pytest.mark.parametrize(
        ("arguments", "sent"),
        [
            ("", b"0123456789"),
            ("0, -1", b"0123456789"),
            ("3", b"3456789"),
            ("3, -1", b"3456789"),
            ("2, 5", b"23456"),
            ("0, 0", b""),
            ("8, 100", b"89"),
            ("10", b""),
            ("50", b""),
            ("50, 5", b""),
        ],
    )
    def test_a_part_of_a_file(self, python, path, arguments, sent):
        call = f"req.sendfile({path!r}{', ' * bool(arguments)}{arguments})"
        response = python.run(f"kept['sent'] = {call}, req._bytes_queued")
        assert response.content == sent
        assert python("kept['sent']") == (len(sent), len(sent))

    def test_several_parts_and_text_keep_their_order(self, python, path):
        code = f"""
        req.write("<", 0)
        req.sendfile({path!r}, 2, 2)
        req.write("|")
        req.sendfile({path!r}, 0, 1)
        req.write(">")
        """
        assert python.run(code).text == "<23|0>"

    @pytest.mark.parametrize("arguments", ["-1", "0, -2", "-5, 2"])
    def test_negative_values_are_value_errors(self, python, path, arguments):
        with pytest.raises(ValueError, match="no part of a file"):
            python(f"req.sendfile({path!r}, {arguments})")

    @pytest.mark.parametrize("arguments", ["5", "None", "'/x', '1'", "'/x', 0, None"])
    def test_wrong_types_are_type_errors(self, python, arguments):
        with pytest.raises(TypeError):
            python(f"req.sendfile({arguments})")

    def test_a_missing_file_a_directory_and_an_unreadable_one_are_os_errors(self, python, path):
        with pytest.raises(FileNotFoundError, match="No such file"):
            python("req.sendfile('/no/such/file')")
        with pytest.raises(OSError, match="sendfile"):
            python(f"req.sendfile({os.path.dirname(path)!r})")
        with pytest.raises(PermissionError):
            python("req.sendfile('/etc/shadow')")

    def test_a_fifo_is_an_os_error_and_nobody_waits(self, python, path):
        os.mkfifo(f"{path}.fifo", 0o644)
        with pytest.raises(OSError, match="not a regular file"):
            python(f"req.sendfile({path + '.fifo'!r})")

    def test_a_file_with_holes_beyond_4_gib(self, python):
        path = str(python.server.write("holes.bin", "start"))
        with open(path, "r+b") as file:
            file.seek(5 * 2**30)
            file.write(b"end")
        call = f"req.sendfile({path!r}, {5 * 2**30 - 2})"
        assert python.run(f"kept['sent'] = {call}").content == b"\0\0end"
        assert python("kept['sent']") == 5
        assert python.run(f"req.sendfile({path!r}, 3, 4); None").content == b"rt\0\0"

    def test_a_large_file_arrives_unchanged(self, python):
        data = os.urandom(3_000_000)
        path = str(python.server.write("large.bin", data))
        assert python.run(f"req.sendfile({path!r}); None").content == data
        assert python.run(f"req.sendfile({path!r}, 1234567, 1000000); None").content == data[1234567:2234567]

    def test_output_filters_see_it(self, python, path):
        response = python.run(
            f"req.content_type = 'text/plain'; req.sendfile({path!r}); None",
            "/compressed",
            headers={"Accept-Encoding": "gzip"},
        )
        assert (response.headers["Content-Encoding"], response.text) == ("gzip", "0123456789")

    def test_a_name_that_is_no_utf8(self, python, path):
        name = os.fsencode(path) + b"\xe9"
        with open(name, "wb") as file:
            file.write(b"found")
        assert python.run(f"req.sendfile({name!r}); None").content == b"found"
        assert python.run(f"req.sendfile({os.fsdecode(name)!r}); None").content == b"found"


class TestPlumbing:
    def test_descriptors_are_sent_too(self, python):
        path = str(python.server.write("ten.txt", "0123456789"))
        code = f"import os; fd = os.open({path!r}, os.O_RDONLY); req.sendfile_fd(fd, 2, 3); os.close(fd)"
        assert python.run(code).content == b"234"

    def test_the_place_in_a_descriptor_stays_the_caller_s(self, python):
        path = str(python.server.write("ten.txt", "0123456789"))
        code = f"""
        import os
        fd = os.open({path!r}, os.O_RDONLY)
        os.lseek(fd, 1, os.SEEK_SET)
        req.sendfile_fd(fd, 2, 3)
        req.flush()
        kept["place"] = os.lseek(fd, 0, os.SEEK_CUR)
        os.close(fd)
        """
        assert python.run(code, "/read").content == b"234"
        assert python("kept['place']") == 1

    def test_a_deleted_file_is_one_still(self, python):
        code = "import tempfile; f = tempfile.TemporaryFile(); f.write(b'abc'); f.flush(); req.sendfile_fd(f.fileno())"
        assert python.run(f"{code}; None").content == b"abc"

    @pytest.mark.parametrize("descriptor", ["os.pipe()[0]", "os.open('/', os.O_RDONLY)", "-1"])
    def test_what_is_no_file_is_an_os_error(self, python, descriptor):
        with pytest.raises(OSError, match="sendfile_fd"):
            python(f"import os; req.sendfile_fd({descriptor})")

    def test_an_exception_half_way_shows_as_truncation(self, python):
        python.server.expect_log("MP0100: PythonHandler evaluate: ZeroDivisionError")
        python.server.allow_log("MP0100")
        response = answer(python, "req.write('some'); 1 / 0", b"GET /run HTTP/1.1")
        assert response.endswith(b"\r\n4\r\nsome\r\n")

    def test_an_aborted_connection_shows_as_truncation(self, python):
        response = answer(python, "req.write('some'); req.abort_connection(); apache.DONE", b"GET /run HTTP/1.1")
        assert b"some" in response
        assert not response.endswith(b"0\r\n\r\n")
