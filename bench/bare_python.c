/* The least that Python in httpd can take: one call of a function, and nothing around it. No request object, dispatch,
 * reloading, locks, checks or error pages: not for use, but to show how much of a request is left for those.
 *
 * SetHandler bare-python: calls bare.work.hello() with functions of C in place of a request object.
 * SetHandler bare-wsgi:   calls applications.work.NAME, where NAME is the last part of the path (PEP 3333). */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <util_script.h>

#include <apr_strings.h>

static __thread PyThreadState *thread_state;
static PyObject *functions, *applications;

/* ---- what the functions are given ---- */

static request_rec *request_of(PyObject *number)
{
    return PyLong_AsVoidPtr(number);
}

static PyObject *set_type(PyObject *number, PyObject *type)
{
    request_rec *r = request_of(number);

    ap_set_content_type(r, apr_pstrdup(r->pool, PyUnicode_AsUTF8(type)));
    Py_RETURN_NONE;
}

static PyObject *write_text(PyObject *number, PyObject *text)
{
    Py_ssize_t length;
    const char *data = PyUnicode_AsUTF8AndSize(text, &length);

    ap_rwrite(data, (int)length, request_of(number));
    Py_RETURN_NONE;
}

static void set_header(request_rec *r, PyObject *item)
{
    const char *name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(item, 0));
    const char *value = PyUnicode_AsUTF8(PyTuple_GET_ITEM(item, 1));

    if (!strcasecmp(name, "Content-Type")) {
        ap_set_content_type(r, apr_pstrdup(r->pool, value));
    }
    else {
        apr_table_add(r->headers_out, name, value);
    }
}

static PyObject *start_response(PyObject *number, PyObject *arguments)
{
    request_rec *r = request_of(number);
    PyObject *status, *headers;

    if (!PyArg_ParseTuple(arguments, "UO!", &status, &PyList_Type, &headers)) {
        return NULL;
    }
    r->status_line = apr_pstrdup(r->pool, PyUnicode_AsUTF8(status));
    r->status = atoi(r->status_line);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(headers); i++) {
        set_header(r, PyList_GET_ITEM(headers, i));
    }
    Py_RETURN_NONE;
}

/* ---- calling ---- */

static PyObject *call_handler(request_rec *r, PyObject *number)
{
    static PyMethodDef methods[] = {{"set_type", set_type, METH_O, NULL}, {"write", write_text, METH_O, NULL}};
    PyObject *type = PyCFunction_New(&methods[0], number);
    PyObject *write = PyCFunction_New(&methods[1], number);
    PyObject *result = PyObject_CallMethod(functions, "hello", "OO", type, write);

    (void)r;
    Py_DECREF(type);
    Py_DECREF(write);
    return result;
}

static int add_variable(void *environ, const char *name, const char *value)
{
    PyObject *text = PyUnicode_DecodeLatin1(value, (Py_ssize_t)strlen(value), NULL);

    PyDict_SetItemString(environ, name, text);
    Py_DECREF(text);
    return 1;
}

static PyObject *environ_of(request_rec *r)
{
    PyObject *environ = PyDict_New();

    ap_add_common_vars(r);
    ap_add_cgi_vars(r);
    apr_table_do(add_variable, environ, r->subprocess_env, NULL);
    add_variable(environ, "wsgi.url_scheme", "http");
    PyDict_SetItemString(environ, "wsgi.errors", PySys_GetObject("stderr"));
    PyDict_SetItemString(environ, "wsgi.multithread", Py_True);
    PyDict_SetItemString(environ, "wsgi.multiprocess", Py_True);
    PyDict_SetItemString(environ, "wsgi.run_once", Py_False);
    PyDict_SetItemString(environ, "wsgi.input", Py_None); /* no work that is measured with this has a body */
    return environ;
}

static void send_chunks(request_rec *r, PyObject *chunks)
{
    PyObject *iterator = PyObject_GetIter(chunks), *chunk;

    while ((chunk = PyIter_Next(iterator))) {
        ap_rwrite(PyBytes_AS_STRING(chunk), (int)PyBytes_GET_SIZE(chunk), r);
        Py_DECREF(chunk);
    }
    Py_DECREF(iterator);
}

static PyObject *call_application(request_rec *r, PyObject *number)
{
    static PyMethodDef method = {"start_response", start_response, METH_VARARGS, NULL};
    PyObject *start = PyCFunction_New(&method, number);
    PyObject *environ = environ_of(r);
    PyObject *result = PyObject_CallMethod(applications, strrchr(r->uri, '/') + 1, "OO", environ, start);

    if (result) {
        send_chunks(r, result);
    }
    Py_DECREF(environ);
    Py_DECREF(start);
    return result;
}

static int call(request_rec *r, PyObject *(*function)(request_rec *, PyObject *))
{
    PyObject *number, *result;

    if (!thread_state) {
        thread_state = PyThreadState_New(PyInterpreterState_Main());
    }
    PyEval_RestoreThread(thread_state);
    number = PyLong_FromVoidPtr(r);
    result = function(r, number);
    if (!result) {
        PyErr_Print();
    }
    Py_XDECREF(result);
    Py_DECREF(number);
    PyEval_SaveThread();
    return result ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static int handler(request_rec *r)
{
    if (r->handler && !strcmp(r->handler, "bare-python")) {
        return call(r, call_handler);
    }
    if (r->handler && !strcmp(r->handler, "bare-wsgi")) {
        return call(r, call_application);
    }
    return DECLINED;
}

/* ---- Python; PYTHONPATH names the directory of both modules ---- */

static void start(apr_pool_t *pool, server_rec *s)
{
    (void)pool;
    Py_InitializeEx(0);
    functions = PyImport_ImportModule("bare.work");
    applications = functions ? PyImport_ImportModule("applications.work") : NULL;
    if (!applications) {
        PyErr_Print();
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, "the work cannot be imported");
        exit(APEXIT_CHILDFATAL);
    }
    PyEval_SaveThread();
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_child_init(start, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(bare_python) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, AP_MODULE_FLAG_NONE,
};
