"""What can be reached by a URL, and above all what cannot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mod_python.constants import HTTP_NOT_FOUND, HTTP_OK
from mod_python.errors import SERVER_RETURN
from mod_python.publisher import process_auth, resolve_object
from mod_python.publisher.nested import NestedDefinitionError
from mod_python.publisher.pages import execute
from mod_python.publisher.traverse import find
from publishing import PublisherRequest, Site

ZOO = """
import abc, builtins, collections, datetime, enum, functools, io, logging, os, os.path as path, sys, types
from decimal import Decimal
from os import environ, getcwd, path as os_path
from os import popen, popen as open_process
from subprocess import run
from time import time
from http import HTTPStatus

class Meta(type):
    def __call__(cls, *args, **kwargs): raise RuntimeError('instantiated')

class Made(metaclass=Meta): pass
class Abstract(abc.ABC): pass
class Module(types.ModuleType): pass
class Colour(enum.Enum): RED = 1
Pair = collections.namedtuple('Pair', 'left right')

class Thing:
    number = 7
    data = {'key': 1}
    shell = staticmethod(os.system)
    module = os
    kind = dict
    def method(self): return 'method'
    @staticmethod
    def static(): return 'static'
    @classmethod
    def of_class(cls): return 'class'
    @property
    def computed(self): return 'computed'
    @property
    def failing(self): return self.missing

class Log(logging.Logger): pass

thing = Thing()
pair = Pair(1, 2)
log = logging.getLogger('zoo')
my_log = Log('mine')
module = Module('made')
price = Decimal('1.50')
day = datetime.date(2020, 1, 2)
stream = io.StringIO('text')
colour = Colour.RED
text, number, items, nothing = 'text', 7, {'a': 1}, None
launch = functools.partial(os.system, 'true')
mine = functools.partial(lambda req: 'mine')
shouted = str.upper
code = (lambda: 1).__code__
error = ValueError('oops')
space = types.SimpleNamespace(a=1)
status = HTTPStatus.OK
def generate(): yield 1
def index(): return 'index'
alias = index
method = thing.method
@functools.lru_cache
def cached(): return 'cached'
"""


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("zoo")).page(ZOO)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("/m/thing/method", "method"),
        ("/m/thing/static", "static"),
        ("/m/thing/of_class", "class"),
        ("/m/thing/computed", "computed"),
        ("/m/thing/number", "7"),
        ("/m/thing.number", "7"),
        ("/m/thing/data", "{'key': 1}"),
        ("/m/pair/left", "1"),
        ("/m/colour/name", "RED"),
        ("/m/text", "text"),
        ("/m/items", "{'a': 1}"),
        ("/m/nothing", ""),
        ("/m/price", "1.50"),
        ("/m/day", "2020-01-02"),
        ("/m/error", "oops"),
        ("/m/alias", "index"),
        ("/m/method", "method"),
        ("/m/mine", "mine"),
        ("/m/cached", "cached"),
        ("/m/space", "namespace(a=1)"),
    ],
)
def test_published(zoo: Site, url: str, text: str) -> None:
    response = zoo.get(url)
    assert (response.status, response.text) == (HTTP_OK, text)


@pytest.mark.parametrize("name", ["Thing", "Made", "Abstract", "Colour", "Pair"])
def test_a_class_of_the_page_is_printed_whatever_its_metaclass(zoo: Site, name: str) -> None:
    assert name in zoo.get(f"/m/{name}").text


@pytest.mark.parametrize(
    "url",
    [
        # modules
        *("/m/os", "/m/path", "/m/os_path", "/m/sys/modules", "/m/builtins/open", "/m/module", "/m/thing/module/popen"),
        # imported functions, classes and values
        *("/m/popen?cmd=id", "/m/open_process", "/m/run", "/m/Decimal", "/m/HTTPStatus", "/m/environ", "/m/launch"),
        # builtins
        *("/m/getcwd", "/m/time", "/m/shouted", "/m/thing/shell", "/m/text/upper", "/m/items/keys", "/m/number/real"),
        # attributes of functions, methods and classes
        *("/m/index/func_globals", "/m/index/__globals__", "/m/index/func_code", "/m/thing/method/im_func"),
        *("/m/Thing/method", "/m/Thing/number", "/m/Thing/mro", "/m/Colour/RED", "/m/Made/mro", "/m/thing/kind"),
        *("/m/generate/gi_frame", "/m/mine/func", "/m/cached/cache_clear", "/m/cached/cache_info"),
        # underscores
        *("/m/__class__", "/m/thing/__class__", "/m/thing/__class__/__mro__", "/m/thing/__dict__", "/m/__builtins__"),
        *("/m/__file__", "/m/__doc__", "/m/text/__class__", "/m/thing/method/__func__/__globals__"),
        # the insides of foreign and built-in objects
        *("/m/log/name", "/m/log/manager", "/m/log/setLevel", "/m/my_log/setLevel", "/m/my_log/manager/root"),
        *("/m/stream/read", "/m/price/real", "/m/day/year", "/m/error/args", "/m/status/phrase", "/m/space/a"),
        # code
        *("/m/code", "/m/code/co_consts", "/m/thing/failing"),
        # empty components
        *("/m/thing//number", "/m/thing..number", "/m/.", "/m/thing/number/.", "/m///"),
    ],
)
def test_not_published(zoo: Site, url: str) -> None:
    response = zoo.get(url)
    assert (response.status, response.body) == (HTTP_NOT_FOUND, b"")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/m/_x", "MP0226"),
        ("/m/text/upper", "MP0227"),
        ("/m/os", "MP0228"),
        ("/m/popen", "MP0229"),
        ("/m/thing/shell", "MP0228"),
        ("/m/my_log/setLevel", "MP0229"),
    ],
)
def test_the_reason_is_in_the_log(zoo: Site, url: str, message: str) -> None:
    assert message in zoo.get(url).log


def test_what_is_merely_missing_is_not_logged(zoo: Site) -> None:
    assert zoo.get("/m/nosuch").log == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=st.lists(st.sampled_from([*dir(type), *vars(SimpleNamespace), "thing", "gi_frame", "f_globals"])))
def test_no_walk_along_python_internals_leads_anywhere(zoo: Site, path: list[str]) -> None:
    if path not in ([], ["thing"]):
        assert zoo.get("/m/" + "/".join(path)).status == HTTP_NOT_FOUND


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path_info=st.text())
def test_any_object_path_is_answered(zoo: Site, path_info: str) -> None:
    assert zoo.get("/m", path_info=path_info).status in {HTTP_OK, HTTP_NOT_FOUND}


# -- Names from elsewhere -----------------------------------------------------------------------------------------


def test_names_in_all_are_published_wherever_they_come_from(site: Site) -> None:
    site.page("from textwrap import dedent\nfrom os import environ\n__all__ = ['dedent', 'environ']")
    assert site.get("/m/dedent?text=+x").text == "x"
    assert site.get("/m/environ").status == HTTP_OK


def test_an_object_in_all_can_be_walked(site: Site) -> None:
    site.page("import string\nshop = string.Template('$a')\n__all__ = ('shop',)")
    assert site.get("/m/shop/template").text == "$a"
    assert site.get("/m/shop/safe_substitute").text == "$a"


@pytest.mark.parametrize("name", ["os", "getcwd", "_hidden"])
def test_all_does_not_publish_modules_builtins_and_hidden_names(site: Site, name: str) -> None:
    site.page("import os\nfrom os import getcwd\n_hidden = 1\n__all__ = ['os', 'getcwd', '_hidden']")
    assert site.get(f"/m/{name}").status == HTTP_NOT_FOUND


def test_all_as_text_lists_nothing(site: Site) -> None:
    assert site.page("from os import popen\n__all__ = 'popen'").get("/m/popen").status == HTTP_NOT_FOUND


def test_all_does_not_hide_other_names(site: Site) -> None:
    assert site.page("def index(): return 1\n__all__ = []").get("/m").text == "1"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for modules outside the document tree."""
    for name in ("helpers", "shop"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    path = tmp_path / "elsewhere"
    path.mkdir()
    monkeypatch.syspath_prepend(str(path))
    return path


@pytest.fixture
def inside(tmp_path: Path, elsewhere: Path) -> Site:
    """A site whose document root is a directory beside `elsewhere`."""
    return Site(tmp_path / "site")


SHOP = """
import os
from os import popen
LIMIT, environment = 10, os.environ
class Shop:
    name = 'shop'
    def sell(self): return 'sold'
def sell(): return 'sold'
"""


@pytest.mark.parametrize(
    ("url", "text"),
    [("/m/sell", "sold"), ("/m/LIMIT", "10"), ("/m/shop/sell", "sold"), ("/m/shop/name", "shop")],
)
def test_objects_of_the_document_tree_are_published_when_imported(
    inside: Site, monkeypatch: pytest.MonkeyPatch, url: str, text: str
) -> None:
    inside.write("lib/shop.py", SHOP)
    monkeypatch.syspath_prepend(str(inside.root / "lib"))
    inside.page("from shop import *\nshop = Shop()")
    assert inside.get(url).text == text


def test_what_they_imported_themselves_is_not(inside: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.write("lib/shop.py", SHOP)
    monkeypatch.syspath_prepend(str(inside.root / "lib"))
    assert inside.page("from shop import *").get("/m/popen").status == HTTP_NOT_FOUND


@pytest.mark.parametrize("statement", ["from shop import *", "from shop import Shop, sell, LIMIT, environment"])
@pytest.mark.parametrize("url", ["/m/sell", "/m/Shop", "/m/LIMIT", "/m/environment", "/m/shop/sell", "/m/shop/name"])
def test_objects_from_outside_the_document_tree_are_not_found(
    inside: Site, elsewhere: Path, statement: str, url: str
) -> None:
    (elsewhere / "shop.py").write_text(SHOP)
    assert inside.page(f"{statement}\nshop = Shop()").get(url).status == HTTP_NOT_FOUND


@pytest.mark.parametrize("statement", ["from shop import *", "from shop import environment"])
@pytest.mark.parametrize("change", ["shop.environment = dict(shop.environment)", "del sys.modules['shop']"])
def test_an_imported_value_stays_foreign_when_its_module_changes(
    inside: Site, elsewhere: Path, statement: str, change: str
) -> None:
    (elsewhere / "shop.py").write_text(SHOP)
    inside.page(f"{statement}\nimport shop, sys\ndef index():\n    {change}\n    return 'changed'")
    assert inside.get("/m/index").text == "changed"
    assert inside.get("/m/environment").status == HTTP_NOT_FOUND


def test_a_name_that_the_page_binds_again_is_its_own(inside: Site, elsewhere: Path) -> None:
    (elsewhere / "shop.py").write_text(SHOP)
    inside.page("from shop import environment, LIMIT\nLIMIT = 'of my own'")
    assert inside.get("/m/LIMIT").text == "of my own"


def test_the_directory_of_the_handler_directive_belongs_to_the_document_tree(inside: Site, elsewhere: Path) -> None:
    (elsewhere / "shop.py").write_text(SHOP)
    inside.page("from shop import sell")
    hlist = SimpleNamespace(directory=f"{elsewhere}/", is_location=False)
    assert inside.get("/m/sell", hlist=hlist).text == "sold"


@pytest.mark.parametrize("is_location", [True, None])
def test_a_location_is_no_directory(inside: Site, elsewhere: Path, is_location: bool | None) -> None:
    (elsewhere / "shop.py").write_text(SHOP)
    inside.page("from shop import sell")
    hlist = SimpleNamespace(directory=str(elsewhere) if is_location else None, is_location=is_location)
    assert inside.get("/m/sell", hlist=hlist).status == HTTP_NOT_FOUND


def test_site_packages_below_the_document_root_are_elsewhere(inside: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.write("venv/lib/python3/site-packages/shop.py", SHOP)
    monkeypatch.syspath_prepend(str(inside.root / "venv/lib/python3/site-packages"))
    assert inside.page("from shop import sell").get("/m/sell").status == HTTP_NOT_FOUND


def test_a_document_root_reached_through_a_symbolic_link(inside: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.write("lib/shop.py", SHOP)
    monkeypatch.syspath_prepend(str(inside.root / "lib"))
    inside.page("from shop import sell")
    link = inside.root.parent / "current"
    link.symlink_to(inside.root)
    assert Site(link).get("/m/sell").text == "sold"


def test_pages_loaded_by_get_page_belong_to_the_document_tree(inside: Site) -> None:
    inside.write("shop.py", SHOP)
    inside.page("from mod_python.publisher import page_cache\nshop = page_cache.load(__file__[:-4] + 'shop.py').Shop()")
    assert inside.get("/m/shop/name").text == "shop"


def test_a_function_under_a_foreign_decorator_is_the_pages_own(inside: Site, elsewhere: Path) -> None:
    (elsewhere / "helpers.py").write_text("def plain(f):\n    def inner(req): return f(req)\n    return inner")
    inside.page("from helpers import plain\n@plain\ndef index(req): return 'own'")
    assert inside.get("/m").text == "own"


def test_an_import_after_a_definition_of_the_same_name_is_foreign(site: Site) -> None:
    site.page("def popen(): pass\nfrom os import popen")
    assert site.get("/m/popen").status == HTTP_NOT_FOUND


def test_a_fallback_for_a_failed_import_is_the_pages_own(site: Site) -> None:
    site.page("""
        try:
            from no_such_module import limit, sell
        except ImportError:
            limit = 5
            def sell(): return 'sold'
    """)
    assert (site.get("/m/limit").text, site.get("/m/sell").text) == ("5", "sold")


def test_a_rebound_import_is_the_pages_own(site: Site) -> None:
    assert site.page("from os import environ\nenviron = 'mine'").get("/m/environ").text == "mine"


def test_imports_inside_functions_bind_nothing_in_the_page(site: Site) -> None:
    site.page("from sys import platform as system\nplatform = system\ndef f():\n    from sys import platform")
    assert site.get("/m/platform").status == HTTP_OK
    assert site.get("/m/system").status == HTTP_NOT_FOUND


def test_a_page_may_compute_its_names(site: Site) -> None:
    site.page("""
        def __getattr__(name):
            if name == 'made': return lambda: 'computed'
            raise AttributeError(name)
    """)
    assert [site.get("/m/made").text, site.get("/m/other").status] == ["computed", HTTP_NOT_FOUND]


@pytest.mark.parametrize("name", ["thing.save", "thing/save", ".save", "_save", "save."])
def test_a_dot_or_a_slash_is_part_of_no_name(site: Site, name: str) -> None:
    site.page(f"globals()[{name!r}] = lambda: 'published'")
    assert site.get(f"/m/{name}").status == HTTP_NOT_FOUND


PIECES = [
    "def f(): pass",
    "def f():\n    def __auth__(req, user, password): return user == 'me'",
    "def f():\n    __access__ = 0",
    "def f(way):\n    if way: __access__ = 0",
    "def f(__auth__): pass",
    "f = g = lambda: 1",
    "f = functools.partial(len)",
    "f = functools.wraps(f)(lambda: 1)",
    *(  # never those of the standard library
        f"if f.__globals__ is globals(): {change}"
        for change in ("f.__access__ = 0", "f.note = 1", "f.__code__ = (lambda: (lambda __access__: 1)).__code__")
    ),
    "from os.path import join as f",
    "from os.path import *",
    "class Thing:\n    __access__ = 0\n    def f(self): pass\nf = Thing().f",
    "globals()['g.f'] = globals()['g/f'] = globals()['_f'] = lambda: 1",
    "__auth__ = {'me': 'secret'}",
    "__access__ = 0",
    "__auth_realm__ = 'Here'",
    "__all__ = ['f', 'join', '_f']",
    "def __getattr__(name): return None",
    "sys.modules[__name__].__class__ = type('Page', (types.ModuleType,), {'__access__': 0})",
    "__class__ = __dict__ = None",
]
NAMES = ["f", "g", "g.f", "g/f", "_f", "join", "f.__call__", "f/", "", "Thing", "functools", "__auth__", "f\0"]


def page_of(pieces: list[str], file: Path) -> ModuleType:
    safe = (f"try: exec({piece!r})\nexcept (NameError, AttributeError, ValueError): pass" for piece in pieces)
    return execute(str(file), "\n".join(["import functools, sys, types", *safe]).encode())


def outcome(way: Callable[..., object], req: PublisherRequest, page: ModuleType, name: str) -> tuple[object, ...]:
    try:
        return way(req, page, name), req.logged
    except SERVER_RETURN as answer:
        return answer.result, req.logged, dict(req.err_headers_out)
    except NestedDefinitionError as error:
        return type(error), str(error)


@given(st.lists(st.sampled_from(PIECES), max_size=5), st.sampled_from(NAMES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_one_step_leads_where_the_long_way_does(site: Site, pieces: list[str], name: str) -> None:
    page = page_of(pieces, site.root / "m.py")

    def long_way(req: PublisherRequest, page: ModuleType, name: str) -> object:
        return resolve_object(req, page, name, *process_auth(req, page))

    assert outcome(find, site.prepare("/m"), page, name) == outcome(long_way, site.prepare("/m"), page, name)


def test_an_exception_other_than_attributeerror_propagates(site: Site) -> None:
    site.page("class Thing:\n    @property\n    def a(self): raise KeyError('a')\nthing = Thing()")
    with pytest.raises(KeyError):
        site.get("/m/thing/a")
