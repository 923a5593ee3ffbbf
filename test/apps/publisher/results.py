"""Every kind of result."""

import asyncio

from mod_python import apache, psp

number = 12


def text():
    return "caf\xe9"


def octets():
    return bytes(range(256))


def html():
    return "<html><body>a page</body></html>\n"


def nothing(req):
    req.write("written, ")
    req.write("not returned")


def typed(req):
    req.content_type = "text/css"
    return "body {}"


async def coroutine(name="nobody"):
    await asyncio.sleep(0)
    return "awaited by %s" % name


def generator(count="3"):
    for i in range(int(count)):
        yield "%d " % i


async def async_generator():
    for word in ("one ", "two ", "three"):
        await asyncio.sleep(0)
        yield word


def endless(req):
    try:
        while True:
            yield "more and more " * 1000
    finally:
        req.log_error("the endless generator is closed")


def page(req):
    return psp.PSP(req, string="<p><%= 6 * 7 %></p>")


def missing():
    raise apache.SERVER_RETURN(apache.HTTP_GONE)


def failing():
    raise ValueError("on purpose")
