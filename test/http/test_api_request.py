"""The attributes of a request."""

import time

import pytest
from remote import CONFIG, Remote, everywhere

from testenv.wait import until

EXTRA = """
PythonOption one 1
PythonOption emptied yes
PythonOption also-emptied yes
<Directory "${DOCROOT}/mapped">
    SetHandler mod_python
    PythonHandler evaluate::value
    PythonFixupHandler evaluate::phase
    PythonOption emptied
    PythonOption also-emptied
    PythonDebug Off
</Directory>
<Directory "${DOCROOT}/by-extension">
    SetHandler mod_python
    PythonHandler evaluate::value | .aa .bb.cc
    PythonHandler evaluate::value
</Directory>
AddLanguage de .de
AddEncoding x-gzip .gz
RewriteEngine On
RewriteRule ^/proxied /value [PT]
"""


@pytest.fixture(scope="module")
def python(serve_module):
    remote = Remote(serve_module(CONFIG + EXTRA, app="api", processes=1))
    remote.server.write("mapped/page.html", "")
    remote.server.write("mapped/page.html.de.gz", "")
    return remote


class TestRequestLine:
    def test_it_is_kept_as_received_and_in_parts(self, python):
        code = "req.the_request, req.method, req.method_number, req.protocol, req.proto_num, req.header_only"
        line = "OPTIONS /value HTTP/1.1"
        assert python(code, method="OPTIONS") == (line, "OPTIONS", 5, "HTTP/1.1", 1001, 0)

    def test_head_is_a_get_without_body(self, python):
        response = python.run(
            "req.headers_out['X'] = repr((req.method, req.method_number, req.header_only))", method="HEAD"
        )
        assert response.headers["X"] == "('HEAD', 0, 1)"

    def test_an_unknown_method_is_invalid(self, python):
        assert python("req.method, req.method_number == apache.M_INVALID", method="BREW") == ("BREW", True)

    def test_http_1_0(self, python):
        assert python.raw(b"GET /value HTTP/1.0", code="req.protocol, req.proto_num, req.hostname") == (
            "HTTP/1.0",
            1000,
            None,
        )

    def test_the_host_is_lower_case_without_port(self, python):
        assert python.raw(b"GET /value HTTP/1.0", b"Host: EXAMPLE.org:81", code="req.hostname") == "example.org"

    def test_the_start_is_in_seconds(self, python):
        assert -10 < python("req.request_time") - time.time() < 10

    def test_no_range_and_no_proxy(self, python):
        assert python("req.range, req.proxyreq, req.assbackwards") == (None, 0, 0)

    def test_the_client_s_address(self, python):
        address, port = python("req.useragent_addr")
        assert address == "127.0.0.1"
        assert port > 0
        assert python("req.useragent_ip") == "127.0.0.1"

    def test_assbackwards_suppresses_the_head(self, python):
        code = b"X-Python: req.assbackwards = 1; req.write('bare')"
        assert python.server.raw(b"GET /run HTTP/1.0\r\n" + code + b"\r\n\r\n") == b"bare"


class TestURI:
    def test_the_parts_of_a_path(self, python):
        shown = python.raw(b"GET /value/a%20b//%41?x=%20&y HTTP/1.0", code="req.unparsed_uri, req.uri, req.args")
        assert shown == ("/value/a%20b//%41?x=%20&y", "/value/a b/A", "x=%20&y")

    def test_no_query_and_an_empty_one_differ(self, python):
        connection = b"Host: x"
        assert python.raw(b"GET /value HTTP/1.0", connection, code="req.args") is None
        assert python.raw(b"GET /value? HTTP/1.0", connection, code="req.args") == ""

    def test_parsed_uri_of_a_path(self, python):
        shown = python.raw(b"GET /value/%20?q HTTP/1.0", b"Host: example.org:8080", code="req.parsed_uri")
        assert shown[5:] == (8080, "/value/ ", "q", None)
        assert shown[:5] == (None, None, None, None, None)

    def test_parsed_uri_of_a_whole_url(self, python):
        code = "[req.parsed_uri[getattr(apache, f'URI_{n}')] for n in ('SCHEME', 'HOSTINFO', 'HOSTNAME', 'PORT')]"
        shown = python.raw(b"GET http://example.org:81/value HTTP/1.0", b"Host: example.org:81", code=code)
        assert shown == ["http", "example.org:81", "example.org", 81]

    def test_parsed_uri_has_user_and_password(self, serve):
        """httpd refuses them unless it is told not to be strict."""
        python = Remote(serve("HttpProtocolOptions Unsafe\n" + CONFIG, app="api"))
        code = "req.parsed_uri[apache.URI_USER], req.parsed_uri[apache.URI_PASSWORD]"
        assert python.raw(b"GET http://u:p@example.org/value HTTP/1.0", b"Host: example.org", code=code) == ("u", "p")

    def test_bytes_that_are_no_utf8_come_as_surrogates_and_go_back(self, python):
        code = """
        uri, args, name = req.uri, req.args, req.filename
        req.uri, req.args, req.filename = uri, args, name
        uri, args, (req.uri, req.args, req.filename) == (uri, args, name)
        """
        shown = python.raw(b"GET /value/%E9%C3%A9?\xe9=%E9 HTTP/1.0", b"Host: x", code=code)
        assert shown == ("/value/\udce9é", "\udce9=%E9", True)

    @pytest.mark.parametrize(
        "name", ["uri", "args", "path_info", "filename", "canonical_filename", "handler", "ap_auth_type", "user"]
    )
    def test_text_can_be_assigned_in_any_form(self, python, name):
        code = f"req.{name} = 'caf\\xe9'; a = req.{name}; req.{name} = b'\\xff'; a, req.{name}"
        undecodable = "\xff" if name == "user" else "\udcff"
        assert python(code) == ("café", undecodable)

    @pytest.mark.parametrize("name", ["args", "path_info", "filename", "canonical_filename", "handler", "ap_auth_type"])
    def test_some_can_be_none(self, python, name):
        assert python(f"req.{name} = None; req.{name}") is None

    @pytest.mark.parametrize("name", ["uri", "filename", "args", "user", "content_type", "status_line"])
    def test_what_is_no_text_is_refused_by_type(self, python, name):
        with pytest.raises(TypeError, match=f"{name} must be str or bytes, not int"):
            python(f"req.{name} = 5")
        with pytest.raises(ValueError, match="NUL"):
            python(f"req.{name} = '200 \\0'")

    @pytest.mark.parametrize(
        "name", ["uri", "finfo", "filename", "status", "content_type", "user", "headers_in", "next", "method"]
    )
    def test_nothing_can_be_deleted(self, python, name):
        with pytest.raises(AttributeError):
            python(f"del req.{name}")


READ_ONLY = """
connection server next prev main the_request method method_number header_only protocol proto_num hostname request_time
unparsed_uri parsed_uri range useragent_addr useragent_ip content_encoding content_languages vlist_validator clength
sent_bodyct bytes_sent mtime eos_sent allowed allowed_methods allowed_xmethods remaining read_length read_body
read_chunked expecting_100 headers_in headers_out err_headers_out subprocess_env notes interpreter extension
""".split()
WRITABLE_NUMBERS = "assbackwards proxyreq chunked no_cache no_local_copy used_path_info".split()


class TestAssignment:
    @pytest.mark.parametrize("name", READ_ONLY)
    def test_read_only_attributes(self, python, name):
        with pytest.raises(AttributeError):
            python(f"req.{name} = req.{name}")

    @pytest.mark.parametrize("name", WRITABLE_NUMBERS)
    def test_writable_numbers(self, python, name):
        assert python(f"old = req.{name}; req.{name} = 1; new = req.{name}; req.{name} = old; new") == 1
        for value in ("None", "'1'", "1.0"):
            with pytest.raises(TypeError, match=f"{name} must be an int"):
                python(f"req.{name} = {value}")
        with pytest.raises(OverflowError):
            python(f"req.{name} = 2**40")

    def test_others_can_be_added_and_are_seen_by_later_phases(self, python):
        code = "req.mine = 5"
        assert python.at("/mapped/page.html", "req.mine", PythonFixupHandler=code) == 5

    def test_the_type_shows_its_name_and_makes_no_instances(self, python):
        assert python("str(type(req))") == "<class 'mp_request'>"
        with pytest.raises(TypeError):
            python("type(req)()")

    def test_requests_are_compared_by_identity(self, python):
        assert python("req == req, hash(req) == hash(req), req is req") == (True, True, True)


class TestMapping:
    def test_a_file_and_what_follows_it(self, python):
        code = "req.filename, req.path_info, req.canonical_filename, req.finfo.filetype"
        file = str(python.server.docroot / "mapped/page.html")
        assert python.at("/mapped/page.html/more/of/it", code) == (file, "/more/of/it", file, 1)
        assert python.at("/mapped/page.html", code) == (file, "", file, 1)

    def test_the_handler_that_was_chosen(self, python):
        assert python("req.handler, req.used_path_info") == ("mod_python", 2)

    def test_languages_and_encoding(self, python):
        code = "req.content_languages, req.content_encoding, req.vlist_validator"
        assert python.raw(b"GET /mapped/page.html.de.gz HTTP/1.0", code=code) == (("de",), "x-gzip", None)
        assert python("req.content_languages, req.content_encoding") == ((), None)

    def test_an_earlier_phase_can_claim_the_content(self, serve):
        config = CONFIG + "PythonFixupHandler evaluate::phase\nPythonHandler evaluate::value"
        server = serve(config, app="api")
        headers = {"X-PythonFixupHandler": "req.handler = 'mod_python'", "X-Python": "req.handler"}
        assert "mod_python" in server.get("/evaluate.py", headers=headers).text

    def test_a_request_can_become_a_proxy_s(self, serve):
        server = serve("PythonTransHandler evaluate::phase\n" + CONFIG, app="api", modules=("proxy", "proxy_http"))
        server.write("target.txt", "from the target")
        code = f"""
        to_proxy = req.uri == "/elsewhere"
        if to_proxy:
            req.proxyreq = apache.PROXYREQ_REVERSE
            req.filename = "proxy:{server.url}/target.txt"
            req.handler = "proxy-server"
        apache.OK if to_proxy else apache.DECLINED
        """
        assert Remote(server).get("/elsewhere", PythonTransHandler=code).text == "from the target"


class TestTables:
    def test_each_is_a_table(self, python):
        names = ["headers_in", "headers_out", "err_headers_out", "subprocess_env", "notes"]
        assert python(f"{{str(type(getattr(req, n))) for n in {names}}}") == {"<class 'mp_table'>"}

    def test_headers_in_are_the_client_s(self, python):
        assert python("req.headers_in['x-test'], 'Host' in req.headers_in", headers={"X-Test": "a b"}) == ("a b", True)

    def test_a_cookie_of_any_bytes_is_read(self, python):
        shown = python.raw(
            b"GET /value HTTP/1.0", b"Host: x", b"Cookie: a=\xe9\xff; b=\xc3\xa9", code="req.headers_in['Cookie']"
        )
        assert shown == "a=\udce9\udcff; b=é"

    @pytest.mark.parametrize("name", ["headers_out", "err_headers_out"])
    def test_headers_out_reach_the_client(self, python, name):
        assert python.run(f"req.{name}['X-Test'] = 'caf\\xe9'").headers["X-Test"].encode("latin-1") == "café".encode()

    def test_an_error_carries_only_err_headers_out(self, python):
        response = python.run("req.headers_out['X-A'] = '1'; req.err_headers_out['X-B'] = '2'; 404")
        assert (response.status_code, "X-A" in response.headers, response.headers["X-B"]) == (404, False, "2")

    def test_notes_pass_between_phases(self, python):
        code = "req.notes['left'] = 'here'"
        assert python.at("/mapped/page.html", "req.notes['left']", PythonFixupHandler=code) == "here"


class TestConfiguration:
    def test_directives_in_effect(self, python):
        config = python.at("/mapped/page.html", "dict(req.get_config())")
        assert config["PythonDebug"] == "0"
        assert set(config) == {"PythonDebug", "PythonPath"}

    def test_options_are_merged_and_emptied_ones_are_gone(self, python):
        assert python.at("/mapped/page.html", "req.get_options().items()") == [("one", "1")]
        assert sorted(python("req.get_options().keys()")) == ["also-emptied", "emptied", "one"]

    def test_they_are_the_request_s_own(self, python):
        assert python("req.get_options()['mine'] = '1'; req.get_options()['mine']") == "1"
        assert python("req.get_config()['mine'] = '1'; 'mine' in req.get_options()") is False
        assert python("'mine' in req.get_config()") is False

    def test_extensions_of_addhandler(self, serve):
        lines = "AddHandler mod_python .py .psp\nAddHandler cgi-script .cgi\n"
        lines += '<Directory "/x">\nAddHandler mod_python ext\n</Directory>\n'
        assert Remote(serve(lines + CONFIG, app="api"))("req.get_addhandler_exts()") == "py psp ext "

    def test_without_addhandler_there_are_none(self, python):
        assert python("req.get_addhandler_exts()") == ""

    @pytest.mark.parametrize(
        ("name", "extension"), [("x.aa", ".aa"), ("x.bb.cc", ".bb.cc"), ("x.cc", None), ("x.AA", None)]
    )
    def test_the_extension_that_chose_the_handlers(self, python, name, extension):
        python.server.write(f"by-extension/{name}", "")
        assert python.at(f"/by-extension/{name}", "req.extension") == extension


class TestOwn:
    def test_the_phase_is_the_running_one(self, python):
        code = "req.before = req.phase"
        shown = python.at("/mapped/page.html", "req.before, req.phase", PythonFixupHandler=code)
        assert shown == ("PythonFixupHandler", "PythonHandler")

    def test_between_phases_there_is_none(self, python):
        """A thread sees the request while httpd is busy with it."""
        code = "req.register_cleanup(lambda d: kept.update(phase=req.phase)); None"
        python.run(code)
        until(lambda: python("'phase' in kept"), 20, "the clean-up")
        assert python("kept['phase']") in (None, "PythonCleanupHandler")

    def test_what_was_queued_is_counted(self, python):
        path = str(python.server.write("some.txt", "12345"))
        python.run(
            f"req.write('caf\\xe9'); a = req._bytes_queued; req.sendfile({path!r}, 2); kept['q'] = a, req._bytes_queued"
        )
        assert python("kept['q']") == (5, 8)

    def test_c_extensions_find_httpd_s_structures(self, python):
        code = """
        import ctypes
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
        capsules = req._request_rec, req.connection._conn_rec, req.server._server_rec
        [type(c).__name__ for c in capsules], len({get(c, None) for c in capsules})
        """
        assert python(code) == (["PyCapsule"] * 3, 3)

    def test_a_content_type_of_one_s_own_is_noted(self, python):
        assert python("a = req._content_type_set; req.content_type = 'a/b'; a, req._content_type_set") == (0, 1)


class TestHandlerList:
    def test_it_shows_the_running_handler(self, python):
        code = "h = req.hlist; h.handler, h.directory, h.is_location, h.location, h.silent, str(type(h))"
        assert python(code) == ("evaluate::value", "/value", 1, "/value", 0, "<class 'mp_hlist'>")
        directory = f"{python.server.docroot}/mapped/"
        assert python.at("/mapped/page.html", code) == ("evaluate::value", directory, 0, None, 0, "<class 'mp_hlist'>")

    def test_past_the_end_everything_is_none(self, python):
        code = """
        h = req.hlist
        h.next(); h.next(); h.next()
        h.handler, h.directory, h.is_location, h.silent, h.location, repr(h)
        """
        assert python(code) == (None, None, None, None, None, "{}")

    def test_repr_shows_the_entry(self, python):
        shown = eval(python("repr(req.hlist)"))
        assert shown["handler"] == "evaluate::value"

    @pytest.mark.parametrize("use", ["h.other", "h.handler = 'x'", "h.other = 5", "del h.handler"])
    def test_it_is_read_only(self, python, use):
        with pytest.raises(AttributeError):
            python("h = req.hlist; " + use)

    def test_next_skips_the_following_handler(self, serve):
        server = serve(everywhere("PythonHandler evaluate evaluate::no_such_function evaluate::value"), app="api")
        code = "None if req.hlist.handler == 'evaluate' and not req.hlist.next() else req.hlist.handler"
        assert Remote(server)(code) == "evaluate::value"

    def test_silent_entries_are_those_of_a_handler_module(self, serve):
        server = serve(everywhere("PythonHandlerModule evaluate"), app="api")
        assert server.get("/", headers={"X-Python": "assert req.hlist.silent == 1"}).status_code == 200
