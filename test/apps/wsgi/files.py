"""Files through wsgi.file_wrapper: this source itself, from a descriptor, from memory, or in part."""

import gzip
import io


def plain():
    return open(__file__, "rb")


def rest():
    file = plain()
    file.seek(10)
    return file


def memory():
    with plain() as file:
        return io.BytesIO(file.read())


def unpacked():
    with plain() as file:
        return gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(file.read())))


WAYS = {"/plain": plain, "/rest": rest, "/memory": memory, "/unpacked": unpacked}


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/x-python")])
    return environ["wsgi.file_wrapper"](WAYS[environ["PATH_INFO"]](), 100)
