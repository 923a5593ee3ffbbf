"""Which object is which, and what is left of it after its end.

Decisions A17 and A18.
"""

import pytest
from remote import CONFIG, Remote

from testenv.wait import until

EXTRA = """
PythonPostReadRequestHandler evaluate::phase
KeepAlive On
KeepAliveTimeout 20
<Location "/missing">
    ErrorDocument 404 /value
    SetHandler none
</Location>
<Location "/refusing">
    SetHandler mod_python
    PythonHandler "evaluate::handler"
    ErrorDocument 409 /value
</Location>
<Location "/run/cleaned">
    PythonCleanupHandler evaluate::phase
</Location>
<Directory "${DOCROOT}/ssi">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "${DOCROOT}/ssi/seen">
    PythonFixupHandler evaluate::phase
</Directory>
<Location "/other-interpreter">
    SetHandler mod_python
    PythonInterpreter other
    PythonHandler evaluate::value
    PythonFixupHandler evaluate::phase
</Location>
"""

ENDED = "the request this object belongs to has ended"


@pytest.fixture(scope="module")
def python(serve_module):
    remote = Remote(serve_module(CONFIG + EXTRA, app="api", processes=1))
    remote.server.write("ssi/page.shtml", '<!--#include virtual="/value" -->')
    remote.server.write("ssi/seen/page.shtml", '<!--#include virtual="/value" -->')
    return remote


class TestAfterTheEnd:
    """Each object of a request that is over, kept in a global."""

    @pytest.fixture(autouse=True)
    def kept(self, python):
        python.run("kept['req'] = req; kept['uri'] = req.uri")

    ATTRIBUTES = """
    connection server next prev main headers_in.keys headers_out.keys err_headers_out.keys
    subprocess_env.keys notes.keys the_request method method_number header_only protocol proto_num
    assbackwards proxyreq hostname request_time unparsed_uri uri args path_info parsed_uri range
    useragent_addr useragent_ip status status_line content_type content_encoding content_languages
    vlist_validator chunked clength sent_bodyct bytes_sent mtime no_cache no_local_copy eos_sent allowed
    allowed_methods allowed_xmethods remaining read_length read_body read_chunked expecting_100 user
    ap_auth_type filename canonical_filename finfo.size used_path_info handler extension _bytes_queued
    _request_rec
    """.split()

    @pytest.mark.parametrize("name", ATTRIBUTES)
    def test_an_attribute_is_a_runtime_error(self, python, name):
        with pytest.raises(RuntimeError, match=ENDED):
            python(f"kept['req'].{name}{'()' if name.endswith('keys') else ''}")

    @pytest.mark.parametrize("name", ["uri", "status", "content_type", "handler", "no_cache", "user", "status_line"])
    def test_assigning_is_a_runtime_error(self, python, name):
        with pytest.raises(RuntimeError, match=ENDED):
            python(f"kept['req'].{name} = {'200' if name in ('status', 'no_cache') else repr('200 a')}")

    METHODS = """
    add_handler('PythonLogHandler','x') add_input_filter('x') add_output_filter('x') allow_methods(['GET']) get_config()
    get_options() get_addhandler_exts() internal_redirect('/') register_cleanup(print) requires() read() read(1)
    readline() readlines() discard_request_body() write('x') flush() sendfile('/dev/null') set_content_length(1)
    set_etag() set_last_modified() update_mtime(1) meets_conditions() add_common_vars() add_cgi_vars() auth_name()
    auth_type() document_root() construct_url('/') get_basic_auth_pw() get_remote_host() is_https()
    ssl_var_lookup('HTTPS') log_error('x') build_wsgi_env()
    """.split()

    @pytest.mark.parametrize("call", METHODS)
    def test_a_method_is_a_runtime_error(self, python, call):
        with pytest.raises(RuntimeError, match=ENDED):
            python(f"kept['req'].{call}")

    @pytest.mark.parametrize("name", ["headers_in", "headers_out", "err_headers_out", "subprocess_env", "notes"])
    def test_so_is_every_use_of_its_tables(self, python, name):
        python.run(
            f"""
            t = kept["t"] = req.{name}
            t.update({{"a": 1, "b": 2}})
            kept["i"] = t.iteritems()
            next(kept["i"])
            None
            """
        )
        uses = "t['a']; t.get('a'); 'a' in t; len(t); t.items(); t.add('a','b'); t.clear(); t.copy(); t == {}; repr(t)"
        for use in [*uses.split("; "), "next(kept['i'])"]:
            with pytest.raises(RuntimeError, match=ENDED):
                python(f"t = kept['t']; {use}")

    @pytest.mark.parametrize("name", ["get_config", "get_options"])
    def test_and_of_the_tables_that_methods_return(self, python, name):
        python.run(f"kept['t'] = req.{name}(); None")
        with pytest.raises(RuntimeError, match=ENDED):
            python("kept['t'].items()")

    @pytest.mark.parametrize("use", ["f.size", "f[6]", "list(f)", "f.valid", "repr(f)", "f.mode"])
    def test_and_of_its_finfo(self, python, use):
        python.run("kept['f'] = req.finfo; None")
        with pytest.raises(RuntimeError, match=ENDED):
            python(f"f = kept['f']; {use}")

    def test_and_of_what_was_read_ahead(self, python):
        python.run("kept['req'] = req; req.readline(); None", method="POST", data="one\ntwo\n")
        with pytest.raises(RuntimeError, match=ENDED):
            python("kept['req'].read()")

    def test_attributes_of_one_s_own_stay(self, python):
        python.run("kept['req'] = req; req.mine = 5; None")
        assert python("kept['req'].mine") == 5

    def test_its_server_lives_on(self, python):
        python.run("kept['server'] = req.server; None")
        assert python("kept['server'].server_hostname") == "localhost"

    def test_a_subrequest_ends_before_its_main_request(self, serve):
        """One that mod_rewrite makes to look ahead."""
        rewrite = "RewriteEngine On\nRewriteRule ^/value - [E=AHEAD:%{LA-U:REQUEST_FILENAME}]\n"
        python = Remote(serve(CONFIG + rewrite + "PythonFixupHandler evaluate::phase\n", app="api", processes=1))
        with pytest.raises(RuntimeError, match=ENDED):
            python("kept['sub'].uri", PythonFixupHandler="if req.main: kept['sub'] = req")


class TestThreads:
    def test_a_thread_that_outlives_its_request_meets_runtime_errors(self, python):
        code = """
        def outlive(req, table, go, seen):
            go.wait(10)
            for use in (lambda: req.uri, lambda: req.write("x"), lambda: table.items(), lambda: req.log_error("x")):
                try:
                    seen.append(use())
                except RuntimeError as error:
                    seen.append(str(error))
            print("printed afterwards")

        kept["go"], kept["seen"] = threading.Event(), []
        kept["thread"] = threading.Thread(target=outlive, args=(req, req.headers_in, kept["go"], kept["seen"]))
        kept["thread"].start()
        """
        python.run(code)
        python.server.expect_log("printed afterwards")
        assert python("kept['go'].set(); kept['thread'].join(10); kept['seen']") == [ENDED] * 4

    def test_a_thread_can_use_a_request_that_is_still_there(self, python):
        code = """
        seen = []
        thread = threading.Thread(target=lambda: seen.append((req.uri, req.headers_in["X-Mark"])))
        thread.start(); thread.join(10)
        seen
        """
        assert python(code, headers={"X-Mark": "1"}) == [("/value", "1")]


class TestConnection:
    def ask(self, connection, code):
        """The value of `code` in a request on an open connection."""
        connection.send(
            b"GET /value HTTP/1.1\r\nHost: x\r\nX-Python: " + code.replace("\n", "%0A").encode() + b"\r\n\r\n"
        )
        head = connection.receive_until(b"\r\n\r\n")
        assert b"chunked" in head
        return eval(connection.receive_until(b"0\r\n\r\n").split(b"\r\n")[1])[1]

    def test_it_is_one_object_over_keep_alive_and_keeps_attributes(self, python):
        with python.server.connect() as connection:
            self.ask(connection, "kept['c'] = req.connection; req.connection.mine = 5; req.connection.notes['n'] = '1'")
            code = "c = req.connection; c is kept['c'], c.mine, c.notes['n'], c.keepalives, c.aborted"
            assert self.ask(connection, code) == (True, 5, "1", 1, 0)

    def test_another_connection_is_another_object(self, python):
        python("kept['c'] = req.connection; req.connection.mine = 5")
        assert python("req.connection is kept['c'], hasattr(req.connection, 'mine')") == (False, False)

    def test_used_after_its_end_it_raises(self, python):
        with python.server.connect() as connection:
            self.ask(connection, "kept['c'] = req.connection; kept['n'] = req.connection.notes")
        state = "try: a = kept['c'].client_ip\nexcept RuntimeError as e: a = str(e)\na"
        until(
            lambda: python(state) == "the connection this object belongs to has ended", 20, "the end of the connection"
        )
        uses = "c.id; c.local_addr; c.base_server; c.notes['a']; c.log_error('x'); c.write('x'); c.read(1); c.keepalive"
        for use in [*uses.split("; "), "kept['n'].items()", "c._conn_rec"]:
            with pytest.raises(RuntimeError, match="connection this object belongs to has ended"):
                python(f"c = kept['c']; {use}")


class TestRelatives:
    def test_alone_a_request_has_none(self, python):
        assert python("req.main, req.prev, req.next") == (None, None, None)

    def test_an_internal_redirect_links_the_same_objects(self, python):
        code = """
        if req.prev is None:
            req.mine = "first"
            kept["first"] = req
            req.internal_redirect("/value?a=b")
            kept["after"] = req.next is kept["second"], req.eos_sent, req.next.uri
            result = None
        else:
            kept["second"] = req
            result = req.prev is kept["first"], req.prev.next is req, req.prev.mine, req.main, req.args
        result
        """
        assert python.run(code).text == ascii(("value", (True, True, "first", None, "a=b")))
        assert python("kept['after']") == (True, 1, "/value")

    @pytest.mark.parametrize("call", ["write('late')", "flush()", "sendfile('/etc/passwd')"])
    def test_after_a_redirect_the_response_is_complete(self, python, call):
        code = f"""
        if req.prev is None:
            req.internal_redirect("/value")
            try:
                req.{call}
            except OSError as error:
                kept["late"] = str(error)
        None if req.prev is None else 5
        """
        assert python.run(code).text == "('value', 5)"
        assert "the response is complete" in python("kept['late']")

    @pytest.mark.parametrize(("uri", "error"), [("None", TypeError), ("5", TypeError), ("'/a\\0'", ValueError)])
    def test_a_redirect_wants_a_path(self, python, uri, error):
        with pytest.raises(error):
            python(f"req.internal_redirect({uri})")

    def test_an_error_document_has_the_failed_request_before_it(self, python):
        code = """
        req.prev.uri, req.prev.status, req.method, req.prev.next is req, req.main, req.status,
        """
        assert python.get("/missing/x", code).text == ascii(("value", ("/missing/x", 404, "GET", True, None, 404)))

    def test_an_error_document_knows_the_failure(self, python):
        code = (
            "req.add_common_vars(); [req.subprocess_env[f'REDIRECT_{n}'] for n in ('STATUS', 'REQUEST_METHOD', 'URL')]"
        )
        response = python.server.post("/missing/x", data="x", headers={"X-Python": code})
        assert response.text == ascii(("value", ["404", "POST", "/missing/x"]))

    def test_of_python_s_own_request_it_is_the_same_object(self, python):
        code = """
        if req.prev is None:
            req.mine = 5
            req.err_headers_out["X-Kept"] = "1"
        409 if req.prev is None else (req.prev.mine, req.prev.next is req)
        """
        response = python.get("/refusing", code)
        assert (response.status_code, response.text) == (409, ascii(("value", (5, True))))
        assert response.headers["X-Kept"] == "1"

    def test_a_subrequest_has_its_main_request(self, python):
        code = """
        (req.main.uri, req.main.main, req.main is req.main, req.prev, req.protocol, req.proto_num, req.assbackwards,
         req.the_request.split()[1], req.main.connection is req.connection)
        """
        shown = ("/ssi/page.shtml", None, True, None, "INCLUDED", 0, 1, "/ssi/page.shtml", True)
        assert python.get("/ssi/page.shtml", code).text == ascii(("value", shown))

    def test_and_sees_what_python_left_there(self, python):
        response = python.get("/ssi/seen/page.shtml", "req.main.mine", PythonFixupHandler="req.mine = 5; None")
        assert response.text == "('value', 5)"

    def test_a_redirect_begins_with_the_first_phase_and_a_subrequest_does_not(self, python):
        note = "kept.setdefault('began', []).append(req.uri); None"
        python.get("/ssi/page.shtml", "5", PythonPostReadRequestHandler=note)
        redirect = "req.internal_redirect('/value') if req.prev is None else None\nNone"
        python.run(redirect, PythonPostReadRequestHandler=note)
        assert python("kept.pop('began')") == ["/ssi/page.shtml", "/run", "/value"]

    def test_each_interpreter_has_objects_of_its_own(self, python):
        code = "req.connection.mine = 5; None"
        python(code)
        assert python.at("/other-interpreter", "hasattr(req.connection, 'mine'), req.interpreter") == (False, "other")


class TestCleanup:
    def test_clean_ups_run_at_the_end_the_last_one_first(self, python):
        code = """
        kept["ran"] = []
        for data in "ab":
            req.register_cleanup(kept["ran"].append, data)
        req.register_cleanup(lambda data: kept["ran"].append((data, req.uri)))
        None
        """
        python.run(code)
        until(lambda: python("kept['ran']") == [(None, "/run"), "b", "a"], 20, "the clean-ups")

    def test_a_redirect_s_target_that_one_meets_ends_too(self, python):
        code = "req.internal_redirect('/value') if req.prev is None else 5; None"
        python.run(code, "/cleaned", PythonCleanupHandler="kept['met'] = req.next; None")
        until(lambda: python("'met' in kept"), 20, "the clean-up handler")
        with pytest.raises(RuntimeError, match=ENDED):
            python("kept['met'].uri")

    def test_an_error_is_logged_with_its_traceback_and_ends_only_its_clean_up(self, python):
        python.server.expect_log(r"MP0100: register_cleanup .*ZeroDivisionError")
        python.server.allow_log("MP0100")
        python.run(
            "kept['ran'] = []; req.register_cleanup(kept['ran'].append, 1); req.register_cleanup(lambda d: 1 / 0); None"
        )
        until(lambda: python("kept['ran']") == [1], 20, "the other clean-up")

    def test_a_clean_up_handler_may_register_one(self, python):
        code = "kept.pop('late', None); req.register_cleanup(lambda d: kept.update(late=d), 'ran'); None"
        python.run("None", "/cleaned", PythonCleanupHandler=code)
        until(lambda: python("kept.get('late')") == "ran", 20, "the clean-up")

    def test_what_cannot_be_called_is_a_value_error(self, python):
        with pytest.raises(ValueError, match="callable"):
            python("req.register_cleanup(5)")
