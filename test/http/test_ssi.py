"""Server-side includes: `<!--#python eval/exec -->` in pages of a live httpd."""

import os
import re

import pytest
import requests

DIRECTORY = """
<Directory "${DOCROOT}">
  Options %s
  AddOutputFilter INCLUDES .shtml
  %s
</Directory>
"""
ERROR = "[an error occurred while processing this directive]"


def site(*lines, options="+Includes"):
    return DIRECTORY % (options, "\n  ".join(lines))


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(
        site() + "Alias /debug ${DOCROOT}/debug\n<Location /debug>\nPythonDebug On\n</Location>", app="ssi"
    )


@pytest.fixture
def page(server):
    """Writes a page and returns what the client gets of it."""

    def page(text, path="page.shtml"):
        server.write(path, text)
        response = server.get(f"/{path}")
        assert response.status_code == 200
        return response.text

    return page


class TestElements:
    @pytest.mark.parametrize(
        ("element", "text"),
        [
            ('<!--#python eval="1 + 1" -->', "2"),
            ('<!--#python eval="None" -->', ""),
            ("<!--#python eval=\"''\" -->", ""),
            ("<!--#python eval='\"single\"' -->", "single"),
            ("<!--#python eval=`'back' + \"quotes\"` -->", "backquotes"),
            ("<!--#python eval=\"b'bytes'\" -->", "b'bytes'"),
            ("<!--#python eval=\"'caf\u00e9'\" -->", "café"),
            ('<!--#python eval="1 &lt; 2 &amp;&amp; 0" -->', None),
            ('<!--#python eval="1 &lt; 2" -->', "True"),
            ("<!--#python eval=\"'$given ${given}'\" -->", "$given ${given}"),
            ('<!--#python eval="  3  " -->', "3"),
            ('<!--#python eval="\n (1,\n 2)\n" -->', "(1, 2)"),
            ("<!--#python exec=\"filter.write('written')\" -->", "written"),
            ('<!--#python exec="x = 1" -->', ""),
            ('<!--#python exec="print(1, 2, file=filter)" -->', "1 2\n"),
            ('<!--#python exec="for i in range(3):\n    filter.write(str(i))\n" -->', "012"),
            ("<!--#python exec=\"\nif 1:\n  filter.write('a')\n\n  filter.write('b')\n   \" -->", "ab"),
            ('<!--#python exec="\r\nfor i in range(2):\r\n    filter.write(str(i))\r\n" -->', "01"),
            ("<!--#python exec=\"filter.write(b'\\xff'.hex())\" -->", "ff"),
            ('<!--#PYTHON eval="4" -->', "4"),
        ],
    )
    def test_what_they_put_into_the_page(self, server, page, element, text):
        if text is None:
            server.allow_log("MP0100")
            text = ERROR
        assert page(f"<p>{element}</p>") == f"<p>{text}</p>"

    def test_a_file_says_where_it_is(self, server, page):
        assert page('<!--#python eval="__file__" -->') == str(server.docroot / "page.shtml")

    def test_the_filter_knows_the_request(self, page):
        code = "filter.name, filter.handler, filter.dir, filter.is_input, filter.closed, filter.req.uri"
        assert page(f'<!--#python eval="{code}" -->') == str(("includes", None, None, 0, 0, "/page.shtml"))

    def test_what_an_element_writes_to_the_request_is_no_part_of_the_page(self, page):
        elements = "<!--#python exec=\"filter.req.write('<!--#echo var=X -->|')\" --> <!--#python eval=\"'next'\" -->"
        assert page(elements).endswith("<!--#echo var=X -->| next")

    def test_there_is_nothing_to_read_in_an_element(self, page):
        code = "(filter.read(), filter.read(5), filter.readline(), filter.pass_on(), filter.disable())"
        assert page(f'<!--#python eval="{code}" -->!') == "(None, None, None, None, None)!"

    def test_closing_ends_the_element_only(self, page):
        code = "filter.write('a')\nfilter.close()\nfilter.close()\nfilter.flush()\nx = filter.closed"
        assert page(f'(<!--#python exec="{code}" -->,<!--#python eval="x" -->)') == "(a,1)"

    def test_a_kept_filter_is_of_no_use_later(self, page):
        code = "try: kept.write('x')\nexcept RuntimeError as error: filter.write(str(error))"
        assert page(f'<!--#python exec="kept = filter" --><!--#python exec="{code}" -->') == (
            "the filter call this object belongs to has ended"
        )

    def test_a_lot_of_output(self, page):
        assert page("(<!--#python exec=\"for n in range(3000): filter.write(100 * 'x')\" -->)") == f"({300_000 * 'x'})"

    def test_many_elements(self, page):
        assert page("".join(f'<!--#python eval="{n}" -->,' for n in range(1000))) == "".join(
            f"{n}," for n in range(1000)
        )


class TestNamespace:
    def test_all_elements_of_a_page_share_one(self, page):
        text = '<!--#python exec="import math\ndef area(r): return round(math.pi * r * r)\n" -->'
        assert page(text + '<!--#python eval="area(10)" -->') == "314"

    def test_another_request_has_another(self, server, page):
        counting = '<!--#python exec="n = globals().get(\'n\', 0) + 1" --><!--#python eval="n" -->'
        assert [page(counting) for _ in range(2)] == ["1", "1"]

    def test_there_is_no_req(self, page):
        assert page("<!--#python eval=\"'req' in globals()\" -->") == "False"

    def test_an_included_page_has_its_own(self, server, page):
        server.write("part.shtml", "<!--#python eval=\"globals().get('x'), filter.req.main.uri\" -->")
        text = '<!--#python exec="x = 1" --><!--#include virtual="/part.shtml" -->|<!--#python eval="x" -->'
        assert page(text) == "(None, '/page.shtml')|1"

    def test_an_element_can_include_nothing_but_set_variables(self, page):
        text = (
            "<!--#python exec=\"filter.req.subprocess_env['COLOUR'] = 'blue'\" -->"
            '<!--#echo var="COLOUR" --> <!--#set var="SHAPE" value="round" -->'
            "<!--#python eval=\"filter.req.subprocess_env['SHAPE']\" -->"
        )
        assert page(text) == "blue round"

    def test_a_fixup_handler_fills_it(self, serve):
        server = serve(site("PythonFixupHandler globals", "PythonLogHandler globals"), app="ssi")
        server.expect_log(r"the page left \['filter', 'given', 'made', 'req'\] and filter=None")
        server.write(
            "page.shtml",
            '<!--#python exec="made = 1" --><!--#python eval="given, req is filter.req" --><!--#echo var="WEATHER" -->',
        )
        assert server.get("/page.shtml").text == "('by the fixup handler', True)fine"

    def test_a_handler_s_own_page(self, serve):
        server = serve(site("SetHandler mod_python", "PythonHandler globals"), app="ssi")
        assert server.get("/x").text == "the handler's"


class TestAround:
    def test_an_element_in_a_false_branch_does_not_run(self, page):
        text = (
            '<!--#if expr="false" --><!--#python eval="1 / 0" --><!--#python nonsense -->no'
            '<!--#elif expr="true" --><!--#python eval="\'elif\'" -->'
            '<!--#else --><!--#python eval="1 / 0" -->no<!--#endif -->'
        )
        assert page(text) == "elif"

    def test_a_condition_can_ask_what_an_element_set(self, page):
        text = (
            "<!--#python exec=\"filter.req.subprocess_env['x'] = 'yes'\" -->"
            "<!--#if expr=\"v('x') = 'yes'\" -->set<!--#else -->not set<!--#endif -->"
        )
        assert page(text) == "set"

    def test_other_elements_keep_their_order(self, server, page):
        server.write("part.txt", "part")
        text = (
            '1<!--#python eval="2" -->3<!--#include virtual="/part.txt" -->4<!--#python exec="filter.write(\'5\')" -->6'
        )
        assert page(text) == "123part456"

    def test_a_flush_sends_what_is_there(self, server):
        fifo = server.docroot / "fifo"
        code = f"filter.write('second'); filter.flush(); filter.write(open('{fifo}').read())"
        server.write("slow.shtml", f'first <!--#python exec="{code}" -->')
        os.mkfifo(fifo)
        fifo.chmod(0o666)
        with requests.get(f"{server.url}/slow.shtml", stream=True, timeout=20) as response:
            pieces = response.iter_content(None)
            received = b""
            while received != b"first second":
                received += next(pieces)
            fifo.write_text("third")
            assert b"".join(pieces) == b"third"

    def test_a_python_filter_after_mod_include(self, serve):
        server = serve(site("PythonOutputFilter globals UPPER", "AddOutputFilter INCLUDES;UPPER .shtml"), app="ssi")
        server.write("page.shtml", "a<!--#python eval=\"'b'\" -->c")
        assert server.get("/page.shtml").text == "ABC"

    def test_the_xbithack(self, serve):
        server = serve(site("XBitHack On"))
        server.write("page.html", '<!--#python eval="1 + 1" -->').chmod(0o755)
        assert server.get("/page.html").text == "2"


class TestForbidden:
    @pytest.mark.parametrize("element", ['eval="1"', "exec=\"filter.write('x')\""])
    def test_includesnoexec(self, serve, element):
        server = serve(site(options="+IncludesNOEXEC"))
        server.write("page.shtml", f"(<!--#python {element} -->)")
        server.expect_log(
            "MP0040: the element #python in .*page.shtml is not possible: Options IncludesNOEXEC forbids it"
        )
        assert server.get("/page.shtml").text == f"({ERROR})"

    def test_without_the_option_nothing_runs(self, serve):
        server = serve(site(options="-Includes"))
        server.write("page.shtml", '<!--#python eval="1" -->')
        assert server.get("/page.shtml").text == '<!--#python eval="1" -->'


MALFORMED = [
    ("<!--#python -->", "the attribute eval or exec is missing"),
    ('<!--#python eval="" -->', "the attribute is empty"),
    ("<!--#python eval -->", "the attribute is empty"),
    ("<!--#python exec= -->", None),
    ('<!--#python eval="1" eval="2" -->', "only one of eval and exec is possible, and only once"),
    ('<!--#python eval="1" exec="x = 2" -->', "only one of eval and exec is possible, and only once"),
    ('<!--#python exec="x = 1" exec="x = 2" -->', "only one of eval and exec is possible, and only once"),
    ('<!--#python run="1" -->', "the only attributes are eval and exec"),
    ('<!--#python EVALUATE="1" -->', "the only attributes are eval and exec"),
    ('<!--#python eval="1" extra="2" -->', "the only attributes are eval and exec"),
    ('<!--#python ="1" -->', None),
    ('<!--#python eval="1 -->', None),
]
WRONG = [element for element, reason in MALFORMED if reason]


class TestMalformed:
    @pytest.mark.parametrize(("element", "reason"), MALFORMED)
    def test_an_error_text_stands_in_its_place(self, server, page, element, reason):
        if reason:
            server.expect_log(f"MP0040: the element #python in .*page.shtml is not possible: {reason}")
        else:
            server.allow_log("MP0040|include:error")
        text = page(f'<p>{element}</p><!--#python eval="2" -->')
        assert text.startswith(f"<p>{ERROR}")
        assert not reason or text == f"<p>{ERROR}</p>2"

    def test_the_site_s_own_text(self, serve):
        server = serve(site('SSIErrorMsg "sorry"'))
        server.allow_log("MP0040|MP0100")
        server.write(
            "page.shtml", '<!--#python --><!--#python eval="1 / 0" --><!--#config errmsg="oh" --><!--#python -->'
        )
        assert server.get("/page.shtml").text == "sorrysorryoh"

    def test_a_hundred_of_them_do_not_hurt_the_child(self, server):
        server.allow_log("MP0040|include:error|MP0100")
        server.write("bad.shtml", "".join(WRONG) + '<!--#python eval="1 / 0" -->')
        server.write("good.shtml", '<!--#python eval="1 + 1" -->')
        children = server.children()
        with server.session() as session:
            for _ in range(100):
                assert session.get(f"{server.url}/bad.shtml").text == (len(WRONG) + 1) * ERROR
                assert session.get(f"{server.url}/good.shtml").text == "2"
        assert set(children) <= set(server.children())


class TestErrors:
    FAILING = [
        ('eval="1 / 0"', "ZeroDivisionError: division by zero"),
        ('eval="1 +"', "SyntaxError"),
        ('eval="x = 1"', "SyntaxError"),
        ('exec="  x = 1"', "IndentationError"),
        ('exec="raise SystemExit(3)"', "SystemExit: 3"),
        ('exec="raise KeyboardInterrupt"', "KeyboardInterrupt"),
        ('exec="from mod_python import apache\nraise apache.SERVER_RETURN(apache.HTTP_FORBIDDEN)"', "SERVER_RETURN"),
        ('exec="filter.write(None)"', "TypeError: body data must be str or bytes-like, not NoneType"),
        ('exec="def f(): return f()\nf()"', "RecursionError"),
        ("eval=\"'&lt;script&gt;' + 1\"", "TypeError"),
    ]

    @pytest.mark.parametrize(("code", "error"), FAILING)
    def test_the_log_tells_and_the_page_goes_on(self, server, page, code, error):
        server.expect_log(f"MP0100: SSI .*page.shtml: .*{re.escape(error)}")
        server.allow_log("MP0100")
        assert page(f'<p><!--#python {code} --></p><!--#python eval="2" -->') == f"<p>{ERROR}</p>2"

    @pytest.mark.parametrize(("code", "error"), FAILING)
    def test_with_debug_the_traceback_stands_in_its_place(self, server, page, code, error):
        server.allow_log("MP0100")
        text = page(f'<p><!--#python {code} --></p><!--#python eval="2" -->', "debug/page.shtml")
        assert text.startswith("<p><pre>")
        assert text.endswith("</pre></p>2")
        assert error in text
        assert "<script>" not in text
        assert "include.py" not in text

    def test_what_was_written_before_stays(self, server, page):
        server.allow_log("MP0100")
        assert page("<!--#python exec=\"filter.write('before ')\n1 / 0\" -->") == f"before {ERROR}"

    def test_the_namespace_survives(self, server, page):
        server.allow_log("MP0100")
        text = '<!--#python exec="x = 1\n1 / 0" --><!--#python eval="x" --><!--#python eval="filter is None" -->'
        assert page(text) == f"{ERROR}1False"

    def test_one_in_an_included_page(self, server, page):
        server.allow_log("MP0100")
        server.write("part.shtml", '[<!--#python eval="1 / 0" -->]')
        assert page('<!--#include virtual="/part.shtml" -->!') == f"[{ERROR}]!"

    def test_a_client_that_goes_away_ends_the_page(self, server):
        server.write("endless.shtml", "<!--#python exec=\"while True: filter.write(100000 * 'x')\" -->")
        server.expect_log("MP0101: SSI .*endless.shtml: .*the filter chain failed")
        connection = server.connect()
        connection.send(b"GET /endless.shtml HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.receive()
        connection.abort()
