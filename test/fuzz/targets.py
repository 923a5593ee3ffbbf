"""Every target by its name: a parser, and what must hold of it for any octets."""

from __future__ import annotations

from fuzz import cookies, forms, heads, pages

TARGETS = {
    target.__name__: target
    for target in (
        *(forms.query, forms.form, forms.multipart, forms.header),
        *(cookies.cookie, cookies.signed_cookie, cookies.marshal, cookies.session_cookie, cookies.session_record),
        *(pages.psp, pages.handler_name, pages.published, pages.debug_page, pages.directive),
        *(heads.wsgi_head, heads.cgi_reply, heads.accept),
    )
}
