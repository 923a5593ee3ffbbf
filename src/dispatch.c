/* The choke point between httpd's phases and Python. */

#include <Python.h>

#include "connection.h"
#include "directives.h"
#include "dispatch.h"
#include "policy.h"
#include "request.h"
#include "status.h"
#include "watchdog.h"

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

#define MAX_ARGUMENTS 6

/* What a callback gets, in the order of callbacks.h: small numbers, and addresses. */
typedef struct {
    PyObject *items[MAX_ARGUMENTS];
    int count;
    const request_rec *r; /* for which Python is called; NULL: for none */
} arguments;

static void add(arguments *args, PyObject *item)
{
    args->items[args->count++] = item;
}

static void add_address(arguments *args, const void *address)
{
    add(args, PyLong_FromVoidPtr((void *)address));
}

static void add_request(arguments *args, request_rec *r)
{
    add_address(args, r);
    args->r = r;
}

static void add_number(arguments *args, long number)
{
    add(args, PyLong_FromLong(number));
}

/* The int that Python returned, or FAILED. Lets go of the arguments. Attached. */
static int call(mp_interpreter *interpreter, mp_callback callback, arguments *args, int failed)
{
    PyObject *function = mp_interpreter_callback(interpreter, callback);
    PyObject *result = NULL;
    int i, answer = failed;
    mp_watch watch;

    for (i = 0; i < args->count && args->items[i]; i++) {
    }
    if (i == args->count) {
        mp_watch_begin(&watch, interpreter, args->r);
        result = PyObject_Vectorcall(function, args->items, args->count, NULL);
        mp_watch_end(&watch);
    }
    if (result && PyLong_Check(result)) {
        answer = (int)PyLong_AsLong(result);
    }
    else {
        PyErr_WriteUnraisable(function); /* the dispatcher reports user code's errors itself: this is one of its own */
    }
    Py_XDECREF(result);
    for (i = 0; i < args->count; i++) {
        Py_XDECREF(args->items[i]);
    }
    return answer;
}

/* The same, counted as KIND. */
static int count_call(mp_interpreter *interpreter, mp_callback callback, arguments *args, int kind)
{
    apr_int64_t begun = mp_status_begin();
    int status = call(interpreter, callback, args, HTTP_INTERNAL_SERVER_ERROR);

    mp_status_end(begun, kind, status);
    return status;
}

/* What the client gets counts, where a phase answers. */
static int counted_result(const request_rec *r, mp_phase phase, int status)
{
    return phase == MP_PHASE_HANDLER && (status == OK || status == DONE) ? r->status : status;
}

static int dispatch_phase(mp_request *state, mp_phase phase, const mp_handler_list *list, mp_interpreter *interpreter)
{
    arguments args = {.count = 0};
    apr_int64_t begun = mp_status_begin();
    int status;

    add_request(&args, state->r);
    add_number(&args, phase);
    add_address(&args, mp_config_of_request(state->r));
    add_address(&args, list);
    status = call(interpreter, MP_CALLBACK_DISPATCH_REQUEST, &args, HTTP_INTERNAL_SERVER_ERROR);
    mp_status_end(begun, phase, counted_result(state->r, phase, status));
    return status;
}

static int is_over(const request_rec *r, mp_phase phase, int status)
{
    return phase == MP_PHASE_HANDLER && (status == OK || status == DONE) && !r->main && !r->prev && !r->next;
}

/* Attached. */
static int run_phase(mp_request *state, mp_phase phase, const mp_handler_list *list, mp_interpreter *interpreter)
{
    int outer = state->phase;
    int status;

    mp_request_visit(state, interpreter);
    state->phase = phase;
    status = dispatch_phase(state, phase, list, interpreter);
    state->phase = outer;
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
    /* A handler with a challenge of its own keeps it. */
    if (status == HTTP_UNAUTHORIZED && ap_auth_type(r) && !apr_table_get(r->err_headers_out, "WWW-Authenticate")) {
        ap_note_auth_failure(r);
    }
    return status;
}

/* OK means "no objection": the Require lines decide as well. */
static int authorization_result(int status)
{
    return status == OK && ap_find_linked_module("mod_authz_core.c") ? DECLINED : status;
}

/* An error is no reason for httpd's own loggers, which may come after, to leave the request out. */
static int logging_result(int status)
{
    return status > 0 ? OK : status;
}

/* An error after the end of the response has nobody to tell: its page would follow the response. */
static int content_result(const request_rec *r, int status)
{
    return status > 0 && r->eos_sent ? DONE : status;
}

static int phase_result(request_rec *r, mp_phase phase, int status)
{
    if (phase == MP_PHASE_AUTHEN) {
        return authentication_result(r, status);
    }
    if (phase == MP_PHASE_AUTHZ) {
        return authorization_result(status);
    }
    if (phase == MP_PHASE_LOG) {
        return logging_result(status);
    }
    return phase == MP_PHASE_HANDLER ? content_result(r, status) : status;
}

/* ---- dispatch ---- */

/* What the configuration in effect names for PHASE, and the extension that chose it, or NULL. */
static const mp_handler_list *configured(const request_rec *r, mp_phase phase, const char **extension)
{
    const mp_config *config = mp_config_of_request(r);
    const char *present = config->by_extension ? extension_of(r) : NULL;
    int limited;
    const mp_handler_list *list = mp_config_handlers(config, phase, present, &limited);

    *extension = limited ? present : NULL;
    return list;
}

/* Runs LIST, and what the request added in the same interpreter, which becomes *DONE. */
static int dispatch_list(request_rec *r, mp_phase phase, const mp_handler_list *list, const mp_interpreter **done)
{
    mp_interpreter *interpreter = mp_interpreter_enter(mp_policy_for_request(r, section_of(list)), r->server);
    int status;

    if (!interpreter) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    status = run_phase(mp_request_of(r), phase, list, interpreter);
    mp_interpreter_leave();
    *done = interpreter;
    return status;
}

static int next_one_runs(mp_phase phase, int status)
{
    return mp_phases[phase].go_on & (status == OK ? MP_GO_ON_OK : status == DECLINED ? MP_GO_ON_DECLINED : 0);
}

/* Handlers that were added wait in the interpreter that added them, which need not be the one of the configured list. */
static int dispatch_added(mp_request *state, mp_phase phase, const mp_interpreter *done, int status)
{
    const mp_visit *visit;

    for (visit = state->visits; visit && next_one_runs(phase, status); visit = visit->next) {
        if (visit->interpreter != done) {
            int result;
            mp_interpreter_reenter(visit->interpreter);
            result = run_phase(state, phase, NULL, visit->interpreter);
            mp_interpreter_leave();
            status = result == DECLINED ? status : result;
        }
    }
    return status;
}

int mp_dispatch_except(request_rec *r, mp_phase phase, const mp_handler_list *done_list)
{
    mp_request *state = mp_request_if_any(r);
    const char *extension;
    const mp_handler_list *list = configured(r, phase, &extension);
    const mp_interpreter *done = NULL;
    int status = DECLINED;

    if (list && list != done_list) {
        state = mp_request_of(r);
        if (extension) {
            state->extension = extension;
        }
        status = dispatch_list(r, phase, list, &done);
    }
    if (state && state->added & 1u << phase && next_one_runs(phase, status)) {
        status = dispatch_added(state, phase, done, status);
    }
    return phase_result(r, phase, status);
}

int mp_dispatch(request_rec *r, mp_phase phase)
{
    return mp_dispatch_except(r, phase, NULL);
}

void mp_dispatch_cleanup(request_rec *r)
{
    mp_dispatch(r, MP_PHASE_CLEANUP);
}

/* ---- filters and includes ---- */

/* Attached on return, unless NULL. */
static mp_interpreter *enter_for(request_rec *r, const mp_section *section)
{
    mp_interpreter *interpreter = mp_interpreter_enter(mp_policy_for_request(r, section), r->server);

    if (interpreter) {
        mp_request_visit(mp_request_of(r), interpreter);
    }
    return interpreter;
}

/* The same for a filter, whose request may have registered it. */
static mp_interpreter *enter_for_filter(request_rec *r, const mp_handler_list *list, mp_interpreter *registered_in)
{
    if (!registered_in) {
        return enter_for(r, section_of(list));
    }
    mp_interpreter_reenter(registered_in);
    mp_request_visit(mp_request_of(r), registered_in);
    return registered_in;
}

/* What FILTER's code writes to its request must find its way past it. */
static int call_at_work(mp_interpreter *interpreter, mp_callback callback, arguments *args,
                        const mp_filter_call *filter, int kind)
{
    mp_request *state = mp_request_of(filter->r);
    const mp_filter_call *outer = state->call;
    int status;

    state->call = filter->is_input ? outer : filter;
    status = count_call(interpreter, callback, args, kind);
    state->call = outer;
    return status;
}

int mp_dispatch_filter(mp_filter_call *filter, const mp_handler_list *list, mp_interpreter *registered_in)
{
    request_rec *r = filter->r;
    mp_interpreter *interpreter;
    arguments args = {.count = 0};
    int status;

    if (!list && !registered_in) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      MPLOGNO(0022) "the filter %s is active, but no directive that makes it is in effect here",
                      filter->name);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    interpreter = enter_for_filter(r, list, registered_in);
    if (!interpreter) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    add_request(&args, r);
    add_address(&args, mp_config_of_request(r));
    add_address(&args, filter);
    add_address(&args, list);
    add_number(&args, registered_in != NULL);
    status = call_at_work(interpreter, MP_CALLBACK_DISPATCH_FILTER, &args, filter,
                          filter->is_input ? MP_STATUS_INPUT_FILTER : MP_STATUS_OUTPUT_FILTER);
    mp_interpreter_leave();
    return status;
}

int mp_dispatch_include(mp_filter_call *filter, int is_eval, const char *code)
{
    mp_interpreter *interpreter = enter_for(filter->r, NULL);
    arguments args = {.count = 0};
    int status;

    if (!interpreter) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    add_request(&args, filter->r);
    add_address(&args, mp_config_of_request(filter->r));
    add_address(&args, filter);
    add_number(&args, is_eval);
    add_address(&args, code);
    status = call_at_work(interpreter, MP_CALLBACK_DISPATCH_INCLUDE, &args, filter, MP_STATUS_INCLUDE);
    mp_interpreter_leave();
    return status;
}

/* ---- authentication and authorisation providers ---- */

int mp_dispatch_question(request_rec *r, mp_callback callback, const mp_section *section, int failed,
                         const void *const *addresses, int count)
{
    mp_interpreter *interpreter = enter_for(r, section);
    arguments args = {.count = 0};
    apr_int64_t begun;
    int i, answer;

    if (!interpreter) {
        return failed;
    }
    add_request(&args, r);
    add_address(&args, mp_config_of_request(r));
    for (i = 0; i < count; i++) {
        add_address(&args, addresses[i]);
    }
    begun = mp_status_begin();
    answer = call(interpreter, callback, &args, failed);
    mp_status_end(begun, MP_PHASE_AUTH_PROVIDER, answer == failed ? HTTP_INTERNAL_SERVER_ERROR : OK);
    mp_interpreter_leave();
    return answer;
}

/* ---- connections ---- */

int mp_dispatch_connection(conn_rec *c)
{
    const mp_config *config = mp_config_of_server(c->base_server);
    const mp_handler_list *list = config->handlers[MP_PHASE_CONNECTION];
    mp_interpreter *interpreter;
    arguments args = {.count = 0};
    int status;

    /* The streams of an HTTP/2 connection look like connections, but are requests. */
    if (!list || c->master || !mp_connection_begins(c)) {
        return DECLINED;
    }
    interpreter = mp_interpreter_enter(mp_policy_for_server(c->base_server), c->base_server);
    if (!interpreter) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    add_address(&args, c);
    add_address(&args, config);
    add_address(&args, list);
    status = count_call(interpreter, MP_CALLBACK_DISPATCH_CONNECTION, &args, MP_PHASE_CONNECTION);
    mp_interpreter_leave();
    return status;
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
