"""Cookies: plain, signed, and signed with plain Python data inside.

Source: the manual's chapter on `mod_python.Cookie`; RFC 6265; decision A3 and defects D18 to D25 in docs/decisions.md.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from mod_python import cookiedate, cookiesign, plainmarshal
from mod_python.octets import to_bytes, to_str

__all__ = ["Cookie", "CookieError", "MarshalCookie", "SignedCookie", "add_cookie", "get_cookie", "get_cookies"]

_ATTRIBUTES = (
    *("version", "path", "domain", "secure", "comment", "expires"),
    *("max_age", "samesite", "commentURL", "discard", "port", "httponly"),
)
_BY_LOWER_CASE = {name.lower(): name for name in _ATTRIBUTES}
_LABELS = {"max_age": "Max-Age"}
_FLAGS = frozenset({"secure", "discard", "httponly"})

#: A value in quotes that ends where a pair may end, so that `;` and `,` can stand in it.
_QUOTED = r'"(?:[^"\\]|\\.)*"(?=\s*(?:[;,]|$))'

#: One pair of a `Cookie` header.
_PAIR = re.compile(rf"([^,;\s=][^;\s=]*)\s*=?\s*({_QUOTED}|[^;]*)", re.DOTALL | re.ASCII)

#: Where httpd has joined two `Cookie` lines: comma, blank, and what RFC 6265 allows at the start of a pair only.
_JOINT = re.compile(rf'(={_QUOTED})|, (?=[^\s;,="]+=)', re.DOTALL | re.ASCII)

_BAD_IN_NAME = re.compile(r'[\x00-\x20\x7f;,="]')
_BAD_IN_VALUE = re.compile(r"[\x00-\x1f\x7f;]")

#: Bytes of the text of a `MarshalCookie`; browsers keep no more of a whole cookie.
MAX_MARSHAL_SIZE = 4096


class CookieError(ValueError):
    """A cookie that cannot be sent, or whose signature or content is wrong."""


class _Slotted(type):
    """Gives every subclass slots, so that it takes the attributes of a cookie and no others."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _Slotted:
        namespace.setdefault("__slots__", ())
        return super().__new__(cls, name, bases, namespace)


class Cookie(metaclass=_Slotted):
    """One cookie; `str(cookie)` is what follows `Set-Cookie:`.

    `attributes` are `version path domain secure comment expires max_age samesite commentURL discard port httponly`, in
    any case; others raise `AttributeError`, here and when set later. An attribute that has not been set does not exist;
    one that is `None`, and a false `secure`, `discard` or `httponly`, is not sent.

    `str(cookie)` raises `CookieError`, a `ValueError`, when the name has blanks, controls, quotes or one of `;,=`, when
    anything else has controls or `;`, and when the value would be read back as several cookies.
    """

    __slots__ = ("name", "value", "__data__", "_expires", *(name for name in _ATTRIBUTES if name != "expires"))

    DOWNGRADE: ClassVar[int] = 0
    IGNORE: ClassVar[int] = 1
    EXCEPTION: ClassVar[int] = 3

    name: str
    value: Any
    version: Any
    path: str | None
    domain: str | None
    secure: Any
    comment: str | None
    max_age: Any
    samesite: str | None
    commentURL: str | None  # noqa: N815 - the documented name
    discard: Any
    port: Any
    httponly: Any
    _expires: str | None
    __data__: dict[str, Any]

    def __init__(self, name: str, value: Any, **attributes: Any) -> None:
        self.name = name
        self.value = value
        self.__data__ = {}
        for attribute, setting in attributes.items():
            setattr(self, _BY_LOWER_CASE.get(attribute.lower(), attribute), setting)

    @property
    def expires(self) -> str | None:
        """The date as it is sent.

        It can be set to seconds since the epoch, or to a date such as `Thu, 01-Jan-1970 00:00:00 GMT` or, in the
        standard format, `Thu, 01 Jan 1970 00:00:00 GMT`. Raises `ValueError` for other text and for numbers without a
        date, `TypeError` for other types.
        """
        return self._expires

    @expires.setter
    def expires(self, when: str | float | None) -> None:
        if isinstance(when, (int, float)):
            self._expires = cookiedate.at(when)
        elif when is None or isinstance(when, str):
            self._expires = None if when is None else cookiedate.check(when)
        else:
            raise TypeError(f"expires is a date or a number of seconds, not {type(when).__name__}")

    @expires.deleter
    def expires(self) -> None:
        del self._expires

    @classmethod
    def parse(cls, string: str, *, names: Any = None, unquote: bool = False) -> dict[str, Any]:
        """The cookies in `string`, the text after `Cookie:`, as a dictionary of name to instance of this class.

        `names` restricts the result to some names. The last of several cookies with one name wins; names that start
        with `$` are left out. Values keep their quotes unless `unquote` is true. Nothing a client sends is an error;
        `TypeError` when `string` is not `str`.
        """
        return {name: cls(name, _unquoted(value) if unquote else value) for name, value in _pairs(string, names)}

    def _text(self) -> str:
        """The value as it is sent."""
        return to_str(self.value)

    def _attributes(self) -> Iterator[str]:
        for name in _ATTRIBUTES:
            setting = getattr(self, name, None)
            label = _LABELS.get(name, name)
            if name in _FLAGS and setting:
                yield label
            elif name not in _FLAGS and setting is not None:
                yield f"{label}={to_str(setting)}"

    def __str__(self) -> str:
        pair = _checked(f"{_checked_name(self.name)}={self._text()}")
        if len(_PAIR.findall(_unjoined(pair))) > 1:
            raise CookieError(f"would be read back as several cookies: {pair!r}")
        return "; ".join((pair, *map(_checked, self._attributes())))

    def __repr__(self) -> str:
        pair = f"{to_str(self.name)}={to_str(self.value)}"
        return f"<{type(self).__name__}: {'; '.join((pair, *self._attributes()))}>"


def _pairs(string: str, names: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(string, str):
        raise TypeError(f"cookies are read from str, not {type(string).__name__}")
    for name, value in _PAIR.findall(string):
        if not name.startswith("$") and (names is None or name in names):
            yield name, value.strip(" \t")


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if quoted else value


def _unjoined(header: str) -> str:
    """`header` with a semicolon where httpd has put a comma between two lines (defect D22)."""
    return _JOINT.sub(lambda found: found[1] or "; ", header)


def _checked_name(name: object) -> str:
    text = to_str(name)
    if not text or _BAD_IN_NAME.search(text):
        raise CookieError(f"not a name for a cookie: {text!r}")
    return text


def _checked(part: str) -> str:
    if _BAD_IN_VALUE.search(part):
        raise CookieError(f"a cookie cannot have control characters or semicolons in {part!r}")
    return part


class SignedCookie(Cookie):
    """A cookie whose value is sent behind its signature: 64 hexadecimal digits, HMAC-SHA-256 over `name=value`.

    `secret` (`str` or `bytes`) is the key. Cookies that older versions signed, with 32 digits, are accepted and
    written back the way they were read. `str(cookie)` raises `CookieError` when there is no secret.
    """

    def __init__(self, name: str, value: Any, secret: str | bytes | None = None, **attributes: Any) -> None:
        super().__init__(name, value, **attributes)
        self.__data__["secret"] = secret

    @classmethod
    def parse(  # type: ignore[override]
        cls, string: str, secret: str | bytes, mismatch: int = Cookie.DOWNGRADE, **kw: Any
    ) -> dict[str, Any]:
        """As `Cookie.parse`, with every value verified by `secret` and freed of its signature.

        A cookie that does not verify is returned as plain `Cookie` with the value as received (`Cookie.DOWNGRADE`:
        check the type!), left out (`Cookie.IGNORE`, recommended), or raises `CookieError` (`Cookie.EXCEPTION`).
        """
        cookies: dict[str, Any] = {}
        for name, received in Cookie.parse(string, **kw).items():
            cookie = cls(name, received.value)
            try:
                cookie._verify(secret)
                cookies[name] = cookie
            except CookieError:
                if mismatch == Cookie.EXCEPTION:
                    raise
                if mismatch != Cookie.IGNORE:
                    cookies[name] = received
        return cookies

    def hexdigest(self, text: str) -> str:
        """The signature of `text` as the value of this cookie. Raises `CookieError` without a secret."""
        secret = self.__data__["secret"]
        if not secret:
            raise CookieError(f"cookie {self.name!r} cannot be signed without a secret")
        scheme = self.__data__.get("scheme", cookiesign.sign)
        digest: str = scheme(to_bytes(secret), to_bytes(_checked_name(self.name)), to_bytes(text))
        return digest

    def unsign(self, secret: str | bytes) -> None:
        """Replaces the signed value by the value proper and remembers `secret`; `CookieError` when it is not signed."""
        try:
            scheme, value = cookiesign.verify(to_bytes(secret), to_bytes(self.name), to_bytes(self.value))
        except ValueError as error:
            raise CookieError(f"cookie {self.name!r}: {error}") from error
        self.value = to_str(value)
        self.__data__.update(secret=secret, scheme=scheme)

    def _verify(self, secret: str | bytes) -> None:
        self.unsign(secret)

    def _text(self) -> str:
        text = self._plain_text().rstrip(" \t")  # browsers drop trailing blanks, which would break the signature
        return self.hexdigest(text) + text

    def _plain_text(self) -> str:
        return to_str(self.value)


class MarshalCookie(SignedCookie):
    """A signed cookie whose value is plain Python data: `None`, numbers, strings, and collections of them.

    Kept for programs that use it. JSON in a `SignedCookie` is the better choice: the format of `marshal` depends on the
    version of Python. `CookieError` is raised for other data, and for more than 4096 bytes of base64.
    """

    def unmarshal(self, secret: str | bytes) -> None:
        """Replaces the signed text by the value it stands for. Raises `CookieError` when either is wrong."""
        self.unsign(secret)
        self.value = _unmarshalled(self.value)

    def _verify(self, secret: str | bytes) -> None:
        self.unmarshal(secret)

    def _plain_text(self) -> str:
        return _marshalled(self.value)


def _marshalled(value: Any) -> str:
    try:
        text = base64.b64encode(plainmarshal.dumps(value)).decode("ascii")
    except ValueError as error:
        raise CookieError(f"the value cannot be marshalled: {error}") from error
    return _sized(text)


def _unmarshalled(text: str) -> Any:
    try:
        return plainmarshal.loads(base64.b64decode(_sized(text), validate=True))
    except ValueError as error:
        raise CookieError(f"the value is not marshalled: {error}") from error


def _sized(text: str) -> str:
    if len(text) > MAX_MARSHAL_SIZE:
        raise CookieError(f"the value needs more than {MAX_MARSHAL_SIZE} bytes")
    return text


def add_cookie(req: Any, cookie: Any, value: Any = "", *, always: bool = False, **attributes: Any) -> None:
    """Adds `Set-Cookie` to the response; `cookie` is a cookie, or the name of a `Cookie(name, value, **attributes)`.

    The header goes to `req.headers_out`, which httpd does not send with error responses; with `always` true it goes
    to `req.err_headers_out`, which it sends with every response. The first cookie of a response also adds
    `Cache-Control: no-cache="set-cookie"`. Raises `CookieError` for a cookie that cannot be sent.
    """
    if not isinstance(cookie, Cookie):
        cookie = Cookie(cookie, value, **attributes)
    text = str(cookie)
    headers = req.err_headers_out if always else req.headers_out
    if "Set-Cookie" not in req.headers_out and "Set-Cookie" not in req.err_headers_out:
        headers.add("Cache-Control", 'no-cache="set-cookie"')
    headers.add("Set-Cookie", text)


def get_cookies(req: Any, Class: type[Cookie] = Cookie, **kw: Any) -> dict[str, Any]:  # noqa: N803 - documented name
    """The cookies of the request: `Class.parse(header, **kw)`, and `{}` when there are none.

    Several `Cookie` lines are read as one. httpd joins them by `, `, so that a comma, a blank and `name=` start a new
    cookie here, except inside quotes.
    """
    if "Cookie" not in req.headers_in:
        return {}
    lines = req.headers_in["Cookie"]
    return Class.parse(_unjoined(lines if isinstance(lines, str) else "; ".join(lines)), **kw)


def get_cookie(req: Any, name: str, Class: type[Cookie] = Cookie, **kw: Any) -> Any:  # noqa: N803 - documented name
    """The cookie called `name`, or `None`; arguments as for `get_cookies`."""
    return get_cookies(req, Class, names=[name], **kw).get(name)
