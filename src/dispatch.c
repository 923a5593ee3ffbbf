/* The choke point between httpd's phases and Python. */

#include <Python.h>

#include "directives.h"
#include "dispatch.h"
#include "policy.h"
#include "request.h"

/* ".tar.gz" of "/a/b.tar.gz", a leading run of dots counting as one; NULL: none. */
static const char *extension_of(const request_rec *r)
{
    const char *name = r->filename ? ap_strrchr_c(r->filename, '/') : NULL;
    const char *dot = name ? ap_strchr_c(name, '.') : NULL;

    while (dot && dot[1] == '.') {
        dot++;
    }
    return dot;
}

static const mp_section *section_of(const mp_handler_list *list)
{
    return list ? APR_ARRAY_IDX(list->entries, 0, mp_handler).section : NULL;
}

/* ---- calling ---- */

/* The int that Python returned, or 500 when it failed. Steals RESULT. */
static int result_of(request_rec *r, PyObject *result, mp_phase phase)
{
    int status = HTTP_INTERNAL_SERVER_ERROR;

    if (result && PyLong_Check(result)) {
        status = (int)PyLong_AsLong(result);
    }
    else {
        PyErr_WriteUnraisable(NULL);
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, MPLOGNO(0020) "%s: the dispatcher failed; the traceback is above",
                      mp_phases[phase].directive);
    }
    Py_XDECREF(result);
    return status;
}

static PyObject *call_dispatcher(mp_request *state, mp_phase phase, const mp_handler_list *list,
                                 mp_interpreter *interpreter)
{
    PyObject *arguments[] = {
        PyLong_FromVoidPtr(state->r),
        PyLong_FromLong(phase),
        PyLong_FromLong(mp_config_flags(mp_config_of_request(state->r))),
        PyLong_FromUnsignedLongLong(list ? list->id : 0),
        PyLong_FromVoidPtr((void *)list),
    };
    const int count = sizeof(arguments) / sizeof(arguments[0]);
    PyObject *result = NULL;
    int i, made = 1;

    for (i = 0; i < count; i++) {
        made = made && arguments[i];
    }
    if (made) {
        result = PyObject_Vectorcall(mp_interpreter_callback(interpreter, MP_CALLBACK_DISPATCH_REQUEST), arguments,
                                     count, NULL);
    }
    for (i = 0; i < count; i++) {
        Py_XDECREF(arguments[i]);
    }
    return result;
}

static int is_over(const request_rec *r, mp_phase phase, int status)
{
    return phase == MP_PHASE_HANDLER && (status == OK || status == DONE) && !r->main && !r->prev && !r->next;
}

static int call_python(mp_request *state, mp_phase phase, const mp_handler_list *list, mp_interpreter *interpreter)
{
    int status;

    mp_request_visit(state, interpreter);
    status = result_of(state->r, call_dispatcher(state, phase, list, interpreter), phase);
    if (is_over(state->r, phase, status)) {
        mp_request_release_early(state, interpreter);
    }
    return status;
}

/* ---- what httpd expects of a phase ---- */

static int authentication_result(request_rec *r, int status)
{
    if (status == OK && !r->user) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      MPLOGNO(0021) "a PythonAuthenHandler returned OK without setting req.user; access is refused");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (status == HTTP_UNAUTHORIZED) {
        ap_note_auth_failure(r);
    }
    return status;
}

/* OK means "no objection": the Require lines decide as well. */
static int authorization_result(int status)
{
    return status == OK && ap_find_linked_module("mod_authz_core.c") ? DECLINED : status;
}

static int phase_result(request_rec *r, mp_phase phase, int status)
{
    if (phase == MP_PHASE_AUTHEN) {
        return authentication_result(r, status);
    }
    if (phase == MP_PHASE_AUTHZ) {
        return authorization_result(status);
    }
    return status;
}

/* ---- dispatch ---- */

int mp_dispatch_list(request_rec *r, mp_phase phase, const mp_handler_list *list, const char *extension)
{
    const char *name = mp_policy_for_request(r, section_of(list));
    mp_interpreter *interpreter = mp_interpreter_enter(name, r->server);
    mp_request *state;
    int outer, status;

    if (!interpreter) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    state = mp_request_of(r);
    if (extension) {
        state->extension = extension;
    }
    outer = state->phase;
    state->phase = phase;
    status = call_python(state, phase, list, interpreter);
    mp_interpreter_leave();
    state->phase = outer;
    return phase_result(r, phase, status);
}

int mp_dispatch(request_rec *r, mp_phase phase)
{
    const mp_config *config = mp_config_of_request(r);
    const mp_request *state = mp_request_if_any(r);
    const char *extension = config->by_extension ? extension_of(r) : NULL;
    int limited;
    const mp_handler_list *list = mp_config_handlers(config, phase, extension, &limited);

    if (!list && !(state && state->added & 1u << phase)) {
        return DECLINED;
    }
    return mp_dispatch_list(r, phase, list, limited ? extension : NULL);
}

void mp_dispatch_cleanup(request_rec *r)
{
    mp_dispatch(r, MP_PHASE_CLEANUP);
}

/* ---- imports ---- */

static void run_import(const mp_import *import)
{
    mp_interpreter *interpreter = mp_interpreter_enter(import->interpreter, import->server);
    PyObject *result;

    if (!interpreter) {
        return;
    }
    result = PyObject_CallFunction(mp_interpreter_callback(interpreter, MP_CALLBACK_RUN_IMPORT), "sK", import->handler,
                                   (unsigned long long)(apr_uintptr_t)import->server);
    if (!result) {
        PyErr_WriteUnraisable(NULL);
    }
    Py_XDECREF(result);
    mp_interpreter_leave();
}

void mp_dispatch_imports(server_rec *s)
{
    int i;

    (void)s;
    for (i = 0; mp_imports && i < mp_imports->nelts; i++) {
        run_import(&APR_ARRAY_IDX(mp_imports, i, mp_import));
    }
}
