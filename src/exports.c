/* For other httpd modules: optional functions. */

#include "exports.h"

#include <http_main.h>

#include "interpreter.h"
#include "request.h"

static PyInterpreterState *mp_acquire_interpreter(const char *name)
{
    return mp_interpreter_enter(name ? name : MP_MAIN_INTERPRETER, ap_server_conf) ? PyInterpreterState_Get() : NULL;
}

static void mp_release_interpreter(void)
{
    mp_interpreter_leave();
}

static PyObject *object_for(mp_callback callback, const void *address)
{
    mp_interpreter *interpreter = mp_interpreter_current();
    PyObject *argument = PyLong_FromVoidPtr((void *)address);
    PyObject *object = NULL;

    if (argument) {
        object = PyObject_CallOneArg(mp_interpreter_callback(interpreter, callback), argument);
        Py_DECREF(argument);
    }
    return object;
}

/* The package keeps the object until the request ends, so the caller need not. */
static PyObject *mp_get_request_object(request_rec *r)
{
    PyObject *object;

    mp_request_visit(mp_request_of(r), mp_interpreter_current());
    mp_request_of(r)->kept = 1;
    object = object_for(MP_CALLBACK_REQUEST_OBJECT, r);
    Py_XDECREF(object);
    return object;
}

static PyObject *mp_get_server_object(server_rec *s)
{
    return object_for(MP_CALLBACK_SERVER_OBJECT, s);
}

static PyObject *mp_get_connection_object(conn_rec *c)
{
    return object_for(MP_CALLBACK_CONNECTION_OBJECT, c);
}

void mp_exports_register(void)
{
    APR_REGISTER_OPTIONAL_FN(mp_acquire_interpreter);
    APR_REGISTER_OPTIONAL_FN(mp_release_interpreter);
    APR_REGISTER_OPTIONAL_FN(mp_get_request_object);
    APR_REGISTER_OPTIONAL_FN(mp_get_server_object);
    APR_REGISTER_OPTIONAL_FN(mp_get_connection_object);
}
