"""An output filter: called for each piece of a response, and once more at its end."""

import time

FOOTER = "<footer><p>Added by a filter at {}, after {} bytes.</p></footer>\n"


def outputfilter(filter):
    req = filter.req
    if not hasattr(req, "footer_after"):  # the first piece: what httpd said of the file is not true of our answer
        req.footer_after = 0
        for header in ("ETag", "Last-Modified"):
            req.headers_out.pop(header, None)
    while chunk := filter.read():
        req.footer_after += len(chunk)
        filter.write(chunk)
    if chunk is None:  # the end; an empty piece would mean that more will come
        filter.write(FOOTER.format(time.strftime("%X"), req.footer_after))
        filter.close()
