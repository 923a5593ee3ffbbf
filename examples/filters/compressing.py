"""An output filter that compresses with gzip, for clients that understand it. (In earnest, use mod_deflate.)"""

import zlib

GZIP = 16 + zlib.MAX_WBITS


def outputfilter(filter):
    req = filter.req
    if not hasattr(req, "compressor"):
        if not is_wanted(req):
            filter.pass_on()
            filter.disable()
            return
        begin(req)
    while data := filter.read():
        filter.write(req.compressor.compress(data))
    if data is None:
        filter.write(req.compressor.flush())
        filter.close()
    else:  # nothing more now: the client can show what it has
        filter.write(req.compressor.flush(zlib.Z_SYNC_FLUSH))
        filter.flush()


def begin(req):
    req.compressor = zlib.compressobj(6, zlib.DEFLATED, GZIP)
    req.headers_out["Content-Encoding"] = "gzip"
    etag = req.headers_out.get("ETag")
    if etag and not etag.startswith("W/"):
        req.headers_out["ETag"] = "W/" + etag  # the same page, but not the same bytes


def is_wanted(req):
    """Whether the client takes gzip, and the response is not compressed already."""
    req.headers_out.add("Vary", "Accept-Encoding")
    if "Content-Encoding" in req.headers_out or req.status == 206 or not may_have_body(req):
        return False
    return any(accepts_gzip(word) for word in req.headers_in.get("Accept-Encoding", "").split(","))


def may_have_body(req):
    return req.main is None and req.status not in (204, 304)


def accepts_gzip(word):
    """Whether one item of Accept-Encoding, such as `gzip;q=0.5`, allows gzip."""
    name, _, quality = word.partition(";")
    try:
        weight = float(quality.strip().removeprefix("q=") or 1)
    except ValueError:
        weight = 0
    return name.strip().lower() in ("gzip", "x-gzip", "*") and weight > 0
