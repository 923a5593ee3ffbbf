"""Says hello to who posts a name, so that the libraries that forms need have to be there."""

from mod_python import apache, mp_version, util


def handler(req):
    req.content_type = "text/plain"
    form = util.FieldStorage(req)
    req.write(f"Hello, {form['name']}, from mod_python {mp_version} in {apache.__file__}")
    return apache.OK
