"""The publisher chapter of the manual, sentence by sentence."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fakes import FakeTable
from mod_python.constants import HTTP_FORBIDDEN, HTTP_NOT_FOUND, HTTP_OK, HTTP_UNAUTHORIZED
from publishing import Site

SAY = '''
""" Publisher example """

def say(req, what="NOTHING"):
   return "I am saying %s" % what
'''

MEMBERS = """
__auth_realm__ = "Members only"

def __auth__(req, user, passwd):

   if user == "eggs" and passwd == "spam" or \\
      user == "joe" and passwd == "eoj":
      return 1
   else:
      return 0

def __access__(req, user):
   if user == "eggs":
      return 1
   else:
      return 0

def hello(req):
   return "hello"
"""

MEMBERS_BY_DATA = """
__auth_realm__ = "Members only"
__auth__ = {"eggs":"spam", "joe":"eoj"}
__access__ = ["eggs"]

def hello(req):
   return "hello"
"""

SENSITIVE = """
def sensitive(req):

   def __auth__(req, user, password):
      if user == 'spam' and password == 'eggs':
         # let them in
         return 1
      else:
         # no access
         return 0

   # something involving sensitive information
   return 'sensitive information'

def harmless(req):
   return 'public'
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def posted(**fields: str) -> dict[str, object]:
    """Return the attributes of a request that submits a form."""
    body = urlencode(fields).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    return {"method": "POST", "body": body, "headers_in": FakeTable(headers)}


# -- Access to functions and variables via URLs -------------------------------------------------------------------


def test_allows_access_to_functions_and_variables_within_a_module_via_urls(site: Site) -> None:
    site.page("answer = 42\ndef say(req): return 'said'")
    assert (site.get("/m/say").text, site.get("/m/answer").text) == ("said", "42")


def test_a_url_would_return_i_am_saying_nothing(site: Site) -> None:
    assert site.page(SAY).get("/m/say").text == "I am saying NOTHING"


def test_a_url_would_return_i_am_saying_hello(site: Site) -> None:
    assert site.page(SAY).get("/m/say?what=hello").text == "I am saying hello"


# -- The publishing algorithm -------------------------------------------------------------------------------------


def test_maps_a_uri_to_a_variable_and_returns_its_string_representation(site: Site) -> None:
    assert site.page("things = [1, 'two']").get("/m/things").text == "[1, 'two']"


def test_maps_a_uri_to_a_callable_and_returns_the_string_representation_of_the_return_value(site: Site) -> None:
    assert site.page("def things(): return {'a': 1}").get("/m/things").text == "{'a': 1}"


def test_locates_and_imports_the_module_specified_in_the_uri(site: Site) -> None:
    site.write("one.py", "def index(): return 1")
    site.write("two.py", "def index(): return 2")
    assert [site.get("/one").text, site.get("/two").text] == ["1", "2"]


def test_the_module_location_is_determined_from_the_filename(site: Site) -> None:
    path = site.page("def index(): return __file__").root / "m"
    assert site.get("/elsewhere", filename=str(path), path_info="").text == f"{path}.py"


@pytest.mark.parametrize("url", ["/m.py/say", "/m.html/say", "/m.anything/say", "/m/say"])
def test_before_importing_the_file_extension_if_any_is_discarded(site: Site, url: str) -> None:
    assert site.page("def say(): return 'said'").get(url).text == "said"


@pytest.mark.parametrize("filename", ["", None])
def test_if_the_filename_is_empty_the_module_name_defaults_to_index(site: Site, filename: str | None) -> None:
    site.write("index.py", "def index(): return 'the index module'")
    assert site.get("/", filename=filename, path_info=None).text == "the index module"


def test_the_remaining_part_of_the_uri_up_to_the_query_finds_an_object(site: Site) -> None:
    page = site.page("class Thing:\n    name = 'thing'\nthing = Thing()")
    assert page.get("/m/thing/name?what=ever").text == "thing"


def test_traverses_the_path_one_element_at_a_time_from_left_to_right(site: Site) -> None:
    site.page("""
        seen = []
        class Node:
            def __init__(self, **children): self.__dict__.update(children)
            def __getattribute__(self, name):
                if not name.startswith('_'): seen.append(name)
                return object.__getattribute__(self, name)
        a = Node(b=Node(c=Node(d=lambda: seen)))
    """)
    assert site.get("/m/a/b/c/d").text == "['b', 'c', 'd']"


def test_if_no_path_info_was_given_the_default_is_index(site: Site) -> None:
    assert site.page("def index(): return 'default'").get("/m").text == "default"


def test_if_the_element_before_the_object_is_a_directory_the_module_name_defaults_to_index(site: Site) -> None:
    site.write("dir/index.py", "def hello(): return 'from index'")
    assert site.get("/dir/hello").text == "from index"


@pytest.mark.parametrize("path", ["/m/_private", "/m/thing/_private", "/m/_private/name", "/m/__name__"])
def test_404_if_any_of_the_traversed_names_begin_with_an_underscore(site: Site, path: str) -> None:
    site.page("class Thing:\n    _private = name = 1\nthing = _private = Thing()")
    assert site.get(path).status == HTTP_NOT_FOUND


@pytest.mark.parametrize("path", ["/m/os", "/m/os/getcwd", "/m/thing/module"])
def test_404_if_a_module_is_encountered(site: Site, path: str) -> None:
    site.page("import os\nclass Thing:\n    module = os\nthing = Thing()")
    assert site.get(path).status == HTTP_NOT_FOUND


@pytest.mark.parametrize("path", ["/m/nothing", "/m/thing/nothing", "/m/thing/nothing/more"])
def test_404_if_an_object_in_the_path_could_not_be_found(site: Site, path: str) -> None:
    assert site.page("class Thing: pass\nthing = Thing()").get(path).status == HTTP_NOT_FOUND


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/", "We are in index()"),
        ("/index", "We are in index()"),
        ("/index/index", "We are in index()"),
        ("/index.py", "We are in index()"),
        ("/hello", "We are in hello()"),
        ("/index/hello", "We are in hello()"),
        ("/index.py/hello", "We are in hello()"),
    ],
)
def test_given_the_example_configuration_and_index_file(site: Site, url: str, expected: str) -> None:
    site.write("index.py", """
        def index(req):
           return "We are in index()"

        def hello(req):
           return "We are in hello()"
    """)  # fmt: skip
    assert site.get(url).text == expected


def test_given_the_example_the_url_spam_is_not_found(site: Site) -> None:
    site.write("index.py", "def index(req): return 1")
    assert site.get("/spam").status == HTTP_NOT_FOUND


# -- Argument matching and invocation -----------------------------------------------------------------------------


def test_gets_the_list_of_arguments_that_the_object_expects(site: Site) -> None:
    page = site.page("def show(first, second='2nd', *, third='3rd'): return (first, second, third)")
    assert page.get("/m/show?third=c&first=a").text == "('a', '2nd', 'c')"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_values_of_matching_fields_are_passed_as_strings_by_post_or_get(site: Site, method: str) -> None:
    site.page("def show(number: int): return type(number).mro()[-2], number")
    response = site.get("/m/show", **posted(number="7")) if method == "POST" else site.get("/m/show?number=7")
    assert response.text == "(<class 'str'>, '7')"


def test_fields_that_do_not_match_are_silently_dropped(site: Site) -> None:
    response = site.page("def show(a): return a").get("/m/show?a=1&b=2")
    assert (response.text, response.log) == ("1", "")


def test_unmatched_fields_are_passed_in_kwargs(site: Site) -> None:
    page = site.page("def show(req, a, **others): return a, others")
    assert page.get("/m/show?a=1&b=2").text == "('1', {'b': '2'})"


def test_a_class_as_destination_returns_its_string_representation(site: Site) -> None:
    site.page("class Thing:\n    def __init__(self): raise RuntimeError('instantiated')")
    assert re.fullmatch(r"<class '\w+_m_py\.Thing'>", site.get("/m/Thing").text)


# -- Access control -----------------------------------------------------------------------------------------------


def test_at_every_traversal_step_checks_for_auth_and_access(site: Site) -> None:
    site.page("""
        asked = []
        class Node:
            def __init__(self, name, **children): self.__dict__.update(children, name=name)
            def __auth__(self, req, user, password): asked.append(self.name + ' auth'); return True
            def __access__(self, req, user): asked.append(self.name + ' access'); return True
        def __auth__(req, user, password): asked.append('module auth'); return True
        def __access__(req, user): asked.append('module access'); return True
        a = Node('a', b=Node('b', leaf=asked))
    """)
    expected = ["module auth", "module access", "a auth", "a access", "b auth", "b access"]
    assert site.get("/m/a/b/leaf", login=("me", "secret")).text == str(expected)


def test_auth_is_called_with_the_request_the_user_name_and_the_password(site: Site) -> None:
    site.page("""
        def __auth__(req, user, password):
            global seen
            seen = req, user, password
            return True
        def index(req): return [seen[0] is req, *seen[1:]]
    """)
    assert site.get("/m", login=("me", "se:cret")).text == "[True, 'me', 'se:cret']"


@pytest.mark.parametrize("false", ["0", "None", "''", "[]", "{}", "False"])
def test_unauthorized_if_the_return_value_of_auth_is_false(site: Site, false: str) -> None:
    site.page(f"def __auth__(req, user, password): return {false}\ndef index(): return 'secret'")
    response = site.get("/m", login=("me", "secret"))
    assert (response.status, response.body) == (HTTP_UNAUTHORIZED, b"")


@pytest.mark.parametrize(
    ("login", "status"),
    [(("eggs", "spam"), HTTP_OK), (("eggs", "eoj"), HTTP_UNAUTHORIZED), (("spam", "spam"), HTTP_UNAUTHORIZED)],
)
def test_if_auth_is_a_dictionary_user_is_the_key_and_password_the_value(
    site: Site, login: tuple[str, str], status: int
) -> None:
    site.page("__auth__ = {'eggs': 'spam', 'joe': 'eoj'}\ndef index(): return 'ok'")
    assert site.get("/m", login=login).status == status


@pytest.mark.parametrize("false", ["None", "0", '""', "False", "()", "{}"])
def test_auth_can_be_a_constant_and_if_it_is_false_the_answer_is_unauthorized(site: Site, false: str) -> None:
    site.page(f"__auth__ = {false}\ndef index(): return 'secret'")
    assert site.get("/m", login=("me", "secret")).status == HTTP_UNAUTHORIZED


def test_auth_can_be_a_constant_that_is_true(site: Site) -> None:
    assert site.page("__auth__ = 1\ndef index(): return 'ok'").get("/m", login=("me", "any")).text == "ok"


def test_the_auth_realm_string_is_sent_to_the_client(site: Site) -> None:
    site.page("__auth_realm__ = 'Members only'\n__auth__ = 0\ndef index(): return 1")
    assert site.get("/m").challenge == 'Basic realm="Members only"'


def test_access_is_called_with_the_request_and_the_user_name(site: Site) -> None:
    site.page("""
        __auth__ = {'me': 'secret'}
        def __access__(req, user):
            global seen
            seen = req, user
            return True
        def index(req): return [seen[0] is req, seen[1]]
    """)
    assert site.get("/m", login=("me", "secret")).text == "[True, 'me']"


@pytest.mark.parametrize("false", ["0", "None", "''", "False"])
def test_forbidden_if_the_return_value_of_access_is_false(site: Site, false: str) -> None:
    site.page(f"def __access__(req, user): return {false}\ndef index(): return 'secret'")
    response = site.get("/m")
    assert (response.status, response.body) == (HTTP_FORBIDDEN, b"")


@pytest.mark.parametrize(("user", "status"), [("eggs", HTTP_OK), ("joe", HTTP_FORBIDDEN)])
def test_if_access_is_a_list_the_user_name_is_matched_against_its_elements(site: Site, user: str, status: int) -> None:
    site.page("__auth__ = {'eggs': 'x', 'joe': 'x'}\n__access__ = ['eggs', 'spam']\ndef index(): return 'ok'")
    assert site.get("/m", login=(user, "x")).status == status


@pytest.mark.parametrize(("constant", "status"), [("1", HTTP_OK), ("0", HTTP_FORBIDDEN), ("None", HTTP_FORBIDDEN)])
def test_similarly_access_can_be_a_constant(site: Site, constant: str, status: int) -> None:
    assert site.page(f"__access__ = {constant}\ndef index(): return 'ok'").get("/m").status == status


@pytest.mark.parametrize("source", [MEMBERS, MEMBERS_BY_DATA], ids=["functions", "data"])
@pytest.mark.parametrize(
    ("login", "status"),
    [
        (("eggs", "spam"), HTTP_OK),
        (("joe", "eoj"), HTTP_FORBIDDEN),
        (("eggs", "wrong"), HTTP_UNAUTHORIZED),
        (None, HTTP_UNAUTHORIZED),
    ],
)
def test_only_user_eggs_with_password_spam_can_access_the_hello_function(
    site: Site, source: str, login: tuple[str, str] | None, status: int
) -> None:
    response = site.page(source).get("/m/hello", login=login)
    assert (response.status, response.text) == (status, "hello" if status == HTTP_OK else "")


@pytest.mark.parametrize(
    ("login", "status"),
    [(("spam", "eggs"), HTTP_OK), (("spam", "spam"), HTTP_UNAUTHORIZED), (None, HTTP_UNAUTHORIZED)],
)
def test_an_auth_function_can_be_defined_within_the_function(
    site: Site, login: tuple[str, str] | None, status: int
) -> None:
    assert site.page(SENSITIVE).get("/m/sensitive", login=login).status == status


def test_an_auth_function_within_one_function_leaves_the_others_alone(site: Site) -> None:
    assert site.page(SENSITIVE).get("/m/harmless").text == "public"


@pytest.mark.parametrize(
    ("definition", "status"),
    [
        ("__auth__ = 0", HTTP_UNAUTHORIZED),
        ("__auth__ = 1", HTTP_OK),
        ("__access__ = 0", HTTP_FORBIDDEN),
        ("__access__ = 1", HTTP_OK),
    ],
)
def test_this_technique_also_works_with_a_constant(site: Site, definition: str, status: int) -> None:
    site.page(f"def index(req):\n    {definition}\n    return 'ok'")
    assert site.get("/m", login=("me", "any")).status == status


@pytest.mark.parametrize("definition", ["__auth__ = {'me': 'secret'}", "__access__ = ['me']"])
def test_it_does_not_work_with_a_dictionary_or_a_list(site: Site, definition: str) -> None:
    site.page(f"def index(req):\n    {definition}\n    return 'secret'")
    with pytest.raises(TypeError, match="MP0222"):
        site.get("/m", login=("me", "secret"))


def test_access_verifies_the_user_that_an_authentication_handler_has_authenticated(site: Site) -> None:
    site.page("__access__ = ['me']\ndef index(): return 'ok'")
    assert [site.get("/m", user=user).status for user in ("me", "you", None)] == [
        HTTP_OK,
        HTTP_FORBIDDEN,
        HTTP_FORBIDDEN,
    ]


def test_module_level_code_gets_executed_even_if_auth_is_false(site: Site) -> None:
    trace = site.root / "trace"
    site.page(f"open({str(trace)!r}, 'w').close()\n__auth__ = 0\ndef index(): return 1")
    assert (site.get("/m").status, trace.exists()) == (HTTP_UNAUTHORIZED, True)


# -- Form data ----------------------------------------------------------------------------------------------------


def test_the_field_storage_is_stored_in_the_form_attribute_of_the_request(site: Site) -> None:
    site.page("def index(req): return type(req.form).__name__, req.form['a'].value")
    assert site.get("/m?a=1").text == "('FieldStorage', '1')"


def test_a_field_storage_is_instantiated_only_once_per_request(site: Site) -> None:
    site.page("def index(req):\n    form = req.form\n    return lambda req, a: (req.form is form, a)")
    assert site.get("/m", **posted(a="1")).text == "(True, '1')"
