/* An httpd module that uses what mod_python exports: it runs Python code of its own, as the content of a page.
 *
 *   SetHandler exports-test     with the interpreter's name in the query, the code in the header X-Code
 *
 * The code finds "request", "server" and "connection", and its variable "answer" is the page. */

#include <Python.h>

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <apr_strings.h>

#include "../../src/exports.h" /* by path: Python has a header of this name too */

static APR_OPTIONAL_FN_TYPE(mp_acquire_interpreter) * acquire;
static APR_OPTIONAL_FN_TYPE(mp_release_interpreter) * release;
static APR_OPTIONAL_FN_TYPE(mp_get_request_object) * get_request;
static APR_OPTIONAL_FN_TYPE(mp_get_server_object) * get_server;
static APR_OPTIONAL_FN_TYPE(mp_get_connection_object) * get_connection;

/* Steals OBJECT, as what is new to the caller; borrowed ones come with a reference of their own. */
static void give(PyObject *names, const char *name, PyObject *object)
{
    if (object) {
        PyDict_SetItemString(names, name, object);
        Py_DECREF(object);
    }
}

static PyObject *names_for(request_rec *r)
{
    PyObject *names = PyDict_New();

    give(names, "__builtins__", Py_NewRef(PyEval_GetBuiltins()));
    give(names, "request", Py_XNewRef(get_request(r)));
    give(names, "server", get_server(r->server));
    give(names, "connection", get_connection(r->connection));
    return names;
}

/* The text of "answer", or of the exception. */
static const char *run(request_rec *r, const char *code)
{
    PyObject *names = names_for(r);
    PyObject *result = PyRun_String(code, Py_file_input, names, names);
    PyObject *answer = PyDict_GetItemString(names, "answer"); /* borrowed */
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyObject *text;
    const char *copy;

    PyErr_Fetch(&type, &value, &traceback);
    text = PyObject_Str(value ? value : answer ? answer : Py_None);
    copy = apr_pstrdup(r->pool, PyUnicode_AsUTF8(text));
    Py_DECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    Py_XDECREF(result);
    Py_DECREF(names);
    return copy;
}

static int handler(request_rec *r)
{
    const char *code = apr_table_get(r->headers_in, "X-Code");
    const char *answer;
    PyInterpreterState *interpreter;

    if (!r->handler || strcmp(r->handler, "exports-test") != 0) {
        return DECLINED;
    }
    interpreter = acquire(r->args);
    if (!interpreter) {
        ap_rputs("no interpreter", r);
        return OK;
    }
    answer = interpreter == PyInterpreterState_Get() ? run(r, code) : "another interpreter";
    release();
    ap_rputs(answer, r);
    return OK;
}

static void retrieve(void)
{
    acquire = APR_RETRIEVE_OPTIONAL_FN(mp_acquire_interpreter);
    release = APR_RETRIEVE_OPTIONAL_FN(mp_release_interpreter);
    get_request = APR_RETRIEVE_OPTIONAL_FN(mp_get_request_object);
    get_server = APR_RETRIEVE_OPTIONAL_FN(mp_get_server_object);
    get_connection = APR_RETRIEVE_OPTIONAL_FN(mp_get_connection_object);
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(exports_test) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0};
