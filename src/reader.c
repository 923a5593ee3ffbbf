/* Bytes of a request's body for Python. */

#include "reader.h"

#include "bridge/bridge.h"

/* Without the GIL: nobody else knows BYTES yet. */
static int read_into(PyObject *bytes, request_rec *r, size_t least, size_t size, size_t *count)
{
    int status;

    Py_BEGIN_ALLOW_THREADS;
    status = mp_body_read(r, PyBytes_AS_STRING(bytes), least, size, count);
    Py_END_ALLOW_THREADS;
    return status;
}

static PyObject *read_bytes(request_rec *r, size_t least, size_t size)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    size_t count = 0;
    int status;

    if (!bytes) {
        return NULL;
    }
    status = read_into(bytes, r, least, size, &count);
    if (status != OK) {
        Py_DECREF(bytes);
        return PyLong_FromLong(status);
    }
    _PyBytes_Resize(&bytes, (Py_ssize_t)count); /* which is NULL then, if there is no memory */
    return bytes;
}

static PyObject *read_body(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    request_rec *r;
    Py_ssize_t least, size;

    (void)self;
    if (count != 3) {
        return PyErr_Format(PyExc_TypeError, "read_body() takes 3 arguments, not %zd", count);
    }
    r = PyLong_AsVoidPtr(arguments[0]);
    least = PyNumber_AsSsize_t(arguments[1], PyExc_OverflowError);
    size = PyNumber_AsSsize_t(arguments[2], PyExc_OverflowError);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (least < 0 || least > size) {
        return PyErr_Format(PyExc_ValueError, "from %zd to %zd bytes cannot be read", least, size);
    }
    return read_bytes(r, (size_t)least, (size_t)size);
}

PyObject *mp_reader_function(void)
{
    static PyMethodDef method = {"read_body", (PyCFunction)(void (*)(void))read_body, METH_FASTCALL,
                                 "bytes of a request's body, or the status of a failure"};

    return PyCFunction_New(&method, NULL);
}
