/* Reading a request's body into the bytes object that Python gets: through the bridge, each byte would be copied once more. */

#ifndef MP_READER_H
#define MP_READER_H

#include <Python.h>

/* A function for Python: read_body(request, least, size) is the bytes that mp_body_read() reads for the request_rec at that
 * address, or the int that it returns for a failure. A new reference, or NULL. */
PyObject *mp_reader_function(void);

#endif
