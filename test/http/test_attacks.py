"""Attacks from the outside on a server with every handler; none gets in. docs/security.md lists them."""

import gzip
import os
import random
import re
from urllib.parse import quote

import pytest

SECRET = "c0ffee"

CONFIG = """
<Directory "${DOCROOT}">
    Options +FollowSymLinks
</Directory>
<Directory "${DOCROOT}/pages">
    SetHandler mod_python
    PythonHandler mod_python.publisher
</Directory>
<Directory "${DOCROOT}/psp">
    SetHandler mod_python
    PythonHandler mod_python.psp
    PythonOption mod_python.psp.include_root "${DOCROOT}/psp"
</Directory>
<Directory "${DOCROOT}/cgi">
    SetHandler mod_python
    PythonHandler mod_python.cgihandler
</Directory>
<Location "/outlets">
    SetHandler mod_python
    PythonHandler outlets
</Location>
<Location "/outlets/wsgi">
    PythonHandler mod_python.wsgi
    PythonOption mod_python.wsgi.application outlets::application
</Location>
<LocationMatch "^/(read|some|ignored|smuggled)$">
    SetHandler mod_python
</LocationMatch>
<Location "/read">
    PythonHandler bodies::read
</Location>
<Location "/some">
    PythonHandler bodies::some
</Location>
<Location "/ignored">
    PythonHandler bodies::ignored
</Location>
<Location "/smuggled">
    PythonHandler bodies::smuggled
</Location>
<Location "/app">
    SetHandler mod_python
    PythonHandler mod_python.wsgi
    PythonOption mod_python.wsgi.application bodies::application
</Location>
<Directory "${DOCROOT}/strict">
    Options -FollowSymLinks
</Directory>
<Directory "${DOCROOT}/strict/pages">
    SetHandler mod_python
    PythonHandler mod_python.publisher
</Directory>
<Directory "${DOCROOT}/strict/psp">
    SetHandler mod_python
    PythonHandler mod_python.psp
</Directory>
<Directory "${DOCROOT}/strict/cgi">
    SetHandler mod_python
    PythonHandler mod_python.cgihandler
</Directory>
<Location "/form">
    SetHandler mod_python
    PythonHandler bodies::form
    SetInputFilter DEFLATE
</Location>
<Location "/hash">
    SetHandler mod_python
    PythonHandler bodies::hashing
</Location>
PythonPath "sys.path + ['${DOCROOT}']"
"""


@pytest.fixture(scope="module")
def server(serve_module):
    server = serve_module(CONFIG, app="attacks", processes=1)
    (server.root / "secret.txt").write_text(SECRET)
    return server


# -- Requests hidden in requests ----------------------------------------------------------------------------------

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(HIDDEN)

SMUGGLERS = {
    "two kinds of length": (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "the other way round": (LENGTH + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "two lengths": (b"Content-Length: 0\r\n" + LENGTH, HIDDEN),
    "a list of lengths": (b"Content-Length: 0, %d\r\n" % len(HIDDEN), HIDDEN),
    "a length with a sign": (b"Content-Length: +0\r\n", HIDDEN),
    "a length below zero": (b"Content-Length: -1\r\n", HIDDEN),
    "a hexadecimal length": (b"Content-Length: 0x0\r\n", HIDDEN),
    "a length beyond 64 bits": (b"Content-Length: 18446744073709551616\r\n", HIDDEN),
    "an unknown coding": (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "a coding after chunked": (b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + HIDDEN),
    "a folded coding": (b"Transfer-Encoding:\r\n xchunked\r\n" + LENGTH, HIDDEN),
    "a coding with a control": (b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "a blank before the colon": (b"Content-Length : 0\r\n", HIDDEN),
    "a line with a lone CR": (b"X: a\rContent-Length: 0\r\n", HIDDEN),
    "a line that ends in a lone LF": (b"X: a\nContent-Length: 0\r\n", HIDDEN),
    "a chunk beyond 64 bits": (b"Transfer-Encoding: chunked\r\n", b"10000000000000000\r\n\r\n0\r\n\r\n" + HIDDEN),
    "a chunk below zero": (b"Transfer-Encoding: chunked\r\n", b"-1\r\n\r\n" + HIDDEN),
    "an endless chunk extension": (b"Transfer-Encoding: chunked\r\n", b"0;" + b"x" * 20000 + b"\r\n\r\n" + HIDDEN),
    "a chunk of another length": (b"Transfer-Encoding: chunked\r\n", b"1\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    "a body that nobody reads": (LENGTH, HIDDEN),
}


@pytest.mark.parametrize("path", ["/read", "/some", "/ignored", "/app", "/pages/index", "/psp/page.psp"])
def test_no_request_is_smuggled_in_another(server, path):
    server.allow_log("MP0100|MP0101|MP0260|MP0262|MP0263|AH")
    for attack, (head, body) in SMUGGLERS.items():
        answer = server.raw(b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n%b" % (path.encode(), head, body), half_close=True)
        assert b"SMUGGLED" not in answer, attack
        assert answer.startswith(b"HTTP/1.1 "), attack


# -- Text in headers and in the log -------------------------------------------------------------------------------

LINES = ["a\r\nSet-Cookie: evil=1", "a\nSet-Cookie: evil=1", "a\rSet-Cookie: evil=1", "\r\n\r\n<script>", "a\0b"]
OUTLETS = [
    *("header", "header_name", "add", "err_header", "content_type", "status_line", "allow"),
    *("cookie_value", "cookie_name", "cookie_path", "location", "redirect", "internal_redirect", "realm"),
    *("wsgi/header", "wsgi/status"),
]


@pytest.mark.parametrize("outlet", OUTLETS)
def test_harmless_text_leaves_by_every_outlet(server, outlet):
    text = "/files/file.txt" if outlet in {"redirect", "location", "internal_redirect"} else "harmless"
    assert server.get(f"/outlets/{outlet}?{text}", allow_redirects=False).status_code in {200, 302, 401}


@pytest.mark.parametrize("outlet", OUTLETS)
def test_no_text_becomes_another_header(server, outlet):
    server.allow_log("MP0100|AH")
    for text in LINES:
        answer = server.raw(f"GET /outlets/{outlet}?{quote(text)} HTTP/1.0\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert not re.search(rb"(?i)[\r\n]set-cookie: *evil", head), text
        assert b"\0" not in head and not re.search(rb"\r(?!\n)|(?<!\r)\n", head), text
        assert not body.startswith(b"<script>"), text


@pytest.mark.parametrize("outlet", ["message", "user", "printed", "raised"])
def test_no_text_becomes_another_record_of_the_log(server, outlet):
    server.allow_log("MP0100|about a user|forged")
    forged = "a\n[Sun Jan 01 00:00:00 2023] [core:emerg] [pid 1] forged\x1b[2J\x07\x9b\x7f\r"
    server.get(f"/outlets/{outlet}?{quote(forged)}")
    server.get(f"/files/{quote(forged)}")
    log = server.log.path.read_bytes()
    assert b"forged" in log
    assert not re.search(rb"(?m)^(?:\[Sun Jan 01|forged)", log)
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", log)


# -- Paths out of the site ----------------------------------------------------------------------------------------

UP = ["..", "%2e%2e", "%2E.", "..%2f..", "%252e%252e", "..\\..", "..%5c..", "....//..", "..;", "%c0%ae%c0%ae", "%00/.."]


@pytest.mark.parametrize("place", ["files", "pages", "pages/index", "psp", "psp/page.psp", "cgi", "cgi/script.py"])
def test_no_path_leads_out_of_the_site(server, place):
    server.allow_log("MP02|MP0100|MP0301|AH")
    for up in UP:
        for target in ("secret.txt", "secret", "secret.txt%00.psp", "//secret.txt"):
            path = f"/{place}/" + f"{up}/" * 4 + target
            answer = server.raw(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            assert SECRET.encode() not in answer, path


@pytest.mark.parametrize("path", ["/psp/{}.psp", "/pages/{}.py/_hidden", "/cgi/{}.py"])
def test_no_name_of_a_file_is_cut_by_a_nul(server, path):
    for name in ("page%00", "%00page", "index%00.txt", "script%00/x"):
        assert server.raw(f"GET {path.format(name)} HTTP/1.0\r\n\r\n".encode()).startswith(
            (b"HTTP/1.1 404", b"HTTP/1.1 400")
        )


def test_a_double_slash_gets_around_no_guard(server):
    server.allow_log("MP0226")
    paths = ["//pages//_hidden", "/pages//_hidden", "/pages/./_hidden", "/pages/x/../_hidden", "/pages///index/_hidden"]
    answers = [server.raw(f"GET {path} HTTP/1.0\r\n\r\n".encode()) for path in paths]
    assert [answer[9:12] for answer in answers] == [b"404"] * len(paths)


LINKS = {
    "files/link.txt": SECRET,
    "pages/link.py": f"def index(): return '{SECRET}'",
    "psp/link.psp": SECRET,
    "cgi/link.py": f"print('Content-Type: text/plain\\n\\n{SECRET}')",
}


def link(server, place):
    """Make links to a file outside of the site and to its directory; return what they are called."""
    name = os.path.basename(place)
    outside = server.root / "outside"
    outside.mkdir(exist_ok=True)
    (outside / name).write_text(LINKS[place.removeprefix("strict/")])
    path = server.docroot / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(outside / name)
    (path.parent / "directory").symlink_to(outside)
    return place, place.rpartition(".")[0], f"{os.path.dirname(place)}/directory/{name}"


@pytest.mark.parametrize("place", LINKS)
def test_no_link_is_followed_where_links_are_not(server, place):
    server.allow_log("AH00037|MP0301|MP02")
    for path in link(server, f"strict/{place}"):
        response = server.get(f"/{path}")
        assert (response.status_code in {403, 404}, SECRET in response.text) == (True, False), path


# -- Walks along objects ------------------------------------------------------------------------------------------

WALKS = [
    *("__class__", "thing/__class__", "thing/__class__/__mro__", "thing/__dict__", "index/__globals__"),
    *("index/func_globals", "index/__code__/co_consts", "index/__defaults__", "thing/method/__func__"),
    *("thing/method/im_func", "generate/gi_frame", "generate/gi_frame/f_back", "generate/__defaults__", "log/name"),
    *("log/manager", "log/parent", "os", "os/environ", "os/popen", "logging", "_hidden", "thing/_Thing__secret"),
    *("items/keys", "items/a", "items/__class__", "thing..method", "__builtins__/open"),
]


@pytest.mark.parametrize("walk", WALKS)
def test_no_walk_along_objects_leads_to_a_secret(server, walk):
    server.allow_log("MP022")
    for path in (f"/pages/{walk}", f"/pages/index/{walk}", f"/pages/index.py/{walk}"):
        response = server.get(path)
        assert (response.status_code, SECRET in response.text) == (404, False)


@pytest.mark.parametrize("text", ["{0.__class__}", "{text.__globals__}", "%(text)s", "${_hidden}", "{_hidden}"])
def test_a_format_string_is_text(server, text):
    assert server.get("/pages/index", params={"text": text}).text == text
    assert server.get("/pages/formatted", params={"text": text}).text == f"<{text}>"


# -- Too much of everything ---------------------------------------------------------------------------------------

BIG = "x" * 20_000
MULTIPART = "Content-Type: multipart/form-data"

OVERSIZED = {
    "URI": f"GET /pages/index?{BIG} HTTP/1.0\r\n\r\n",
    "path": f"GET /pages{'/x' * 4000} HTTP/1.0\r\n\r\n",
    "method": f"{BIG} / HTTP/1.0\r\n\r\n",
    "header": f"GET /pages/index HTTP/1.0\r\nX: {BIG}\r\n\r\n",
    "header name": f"GET /pages/index HTTP/1.0\r\n{BIG}: x\r\n\r\n",
    "headers": "GET /pages/index HTTP/1.0\r\n" + "X: y\r\n" * 200 + "\r\n",
    "cookies": "GET /pages/index HTTP/1.0\r\n" + f"Cookie: {'pysid=x; ' * 900}\r\n" * 50 + "\r\n",
    "digits": f"POST /form HTTP/1.0\r\nContent-Length: {'9' * 5000}\r\n\r\nx",
    "fields": f"GET /form?{'&' * 8000}{'a&' * 50} HTTP/1.0\r\n\r\n",
    "boundary": f"POST /form HTTP/1.0\r\n{MULTIPART}; boundary={'x' * 7000}\r\nContent-Length: 1\r\n\r\nx",
    "ranges": f"GET /files/file.txt HTTP/1.0\r\nRange: bytes={'0-1,' * 1900}0-1\r\n\r\n",
    "credentials": f"GET /pages/index HTTP/1.0\r\nAuthorization: Basic {'YTph' * 1900}\r\n\r\n",
    "types": f"GET /pages/index HTTP/1.0\r\nAccept: {'a/b;q=0.1,' * 780}\r\n\r\n",
}


@pytest.mark.parametrize("part", OVERSIZED)
def test_too_much_of_anything_is_refused_or_harmless(server, part):
    server.allow_log("MP02|AH")
    assert server.raw(OVERSIZED[part].encode())[9:12] in {b"200", b"400", b"403", b"404", b"411", b"413", b"414"}


FORMS = {
    "fields": (b"a=1&" * 20_000, None),
    "text": (b"a=" + b"x" * 17_000_000, None),
    "name": (b'--X\r\nContent-Disposition: form-data; name="' + b"x" * 20_000 + b'"\r\n\r\n\r\n--X--', "X"),
    "header": (b"--X\r\n" + b"x" * 20_000 + b": y\r\n\r\n\r\n--X--", "X"),
    "headers": (b"--X\r\n" + b"A: b\r\n" * 1000 + b"\r\n\r\n--X--", "X"),
    "files": (b"--X\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n\r\n" * 300 + b"--X--", "X"),
}


@pytest.mark.parametrize("part", FORMS)
def test_too_much_in_a_form_is_413(server, part):
    server.expect_log("MP0261")
    body, boundary = FORMS[part]
    kind = f"multipart/form-data; boundary={boundary}" if boundary else "application/x-www-form-urlencoded"
    assert server.post("/form", data=body, headers={"Content-Type": kind}).status_code == 413


def test_what_a_compressed_body_becomes_is_bounded(server):
    server.allow_log("MP0101|MP0261|MP0260|AH")
    bomb = gzip.compress(b"a=" + bytes(40_000_000))
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
    assert server.post("/form", data=bomb, headers=headers).status_code in {400, 413}
    assert server.post("/form", data=gzip.compress(b"a=1"), headers=headers).text == "1\n"


def test_hashes_of_text_cannot_be_foreseen(serve_module):
    answers = [serve_module(CONFIG, app="attacks", env={"PYTHONHASHSEED": "1"}).get("/hash").text for _ in range(2)]
    assert [answer.partition(" ")[0] for answer in answers] == ["1", "1"]
    assert answers[0] != answers[1]


# -- Any octets ---------------------------------------------------------------------------------------------------

REQUESTS = [
    b'GET /pages/index?text=a HTTP/1.1\r\nHost: x\r\nCookie: pysid=a; b="c"\r\nAccept: */*;q=0.5\r\n\r\n',
    b"POST /form?a=1 HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nb=%20&c",
    b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=X\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"2f\r\n--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n8\r\nb\r\n--X--\r\n0\r\n\r\n",
    b"GET /cgi/script.py/x HTTP/1.0\r\nAuthorization: Basic YTpi\r\n\r\n",
    b"GET /psp/page.psp HTTP/1.0\r\nRange: bytes=0-1\r\n\r\n",
    b"POST /app HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
]
PIECES = (b"\r\n", b"%", b"\0", b"\xff", b"", b"a" * 9)


def mutated(choose):
    """One of the requests with a few octets changed, dropped or added."""
    data = bytearray(choose.choice(REQUESTS))
    for _ in range(choose.randrange(1, 6)):
        at = choose.randrange(len(data))
        data[at : at + choose.choice((0, 1, 1, 8))] = choose.choice(PIECES)
    return bytes(data)


def test_no_octets_end_the_child(server):
    server.allow_log(r"MP02|MP03\d\d|MP0101|AH")
    children = server.children()
    choose = random.Random(20)
    for _ in range(300):
        server.raw(mutated(choose), half_close=True)
    assert server.children() == children
