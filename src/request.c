/* The per-request state, and telling Python of a request's end. */

#include "request.h"

#include "dispatch.h"
#include "include.h"

mp_request *mp_request_if_any(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &python_module);
}

/* ---- the end of a request ---- */

/* Runs last, for interpreters that have met the request again since its end: it has the pool in common with those it was
 * redirected to, and outlives its subrequests, whose clean-up handlers may look at it. */
static apr_status_t tell_visitors(void *data)
{
    mp_request *state = data;

    while (state->visits && !mp_interpreters_abandoned()) {
        mp_visit *visit = state->visits;
        state->visits = visit->next;
        mp_interpreter_reenter(visit->interpreter);
        mp_interpreter_tell(visit->interpreter, MP_CALLBACK_END_REQUEST, state->r);
        mp_interpreter_leave();
    }
    return APR_SUCCESS;
}

/* Runs before the pool's other clean-ups, while everything the request owns is still there. */
static apr_status_t request_ends(void *data)
{
    mp_request *state = data;

    if (!mp_interpreters_abandoned()) {
        mp_dispatch_cleanup(state->r);
    }
    return tell_visitors(state);
}

/* httpd may still hold output of the content handler, and send it through these. */
static int has_output_in_python(const request_rec *r)
{
    return mp_filter_is_active(r) || mp_include_is_active(r);
}

static int is_needed_later(const mp_request *state)
{
    const mp_config *config = mp_config_of_request(state->r);

    return state->kept || has_output_in_python(state->r) || config->by_extension || config->handlers[MP_PHASE_LOG]
           || config->handlers[MP_PHASE_CLEANUP] || state->added & (1u << MP_PHASE_LOG | 1u << MP_PHASE_CLEANUP);
}

void mp_request_release_early(mp_request *state, mp_interpreter *interpreter)
{
    mp_visit *visit = state->visits;

    if (visit && visit->interpreter == interpreter && !visit->next && !is_needed_later(state)) {
        state->visits = NULL;
        mp_interpreter_tell(interpreter, MP_CALLBACK_END_REQUEST, state->r);
    }
}

/* ---- state ---- */

mp_request *mp_request_of(request_rec *r)
{
    mp_request *state = mp_request_if_any(r);

    if (!state) {
        state = apr_pcalloc(r->pool, sizeof(*state));
        state->r = r;
        state->phase = -1;
        ap_set_module_config(r->request_config, &python_module, state);
        apr_pool_pre_cleanup_register(r->pool, state, request_ends);
        apr_pool_cleanup_register(r->pool, state, tell_visitors, apr_pool_cleanup_null);
    }
    return state;
}

request_rec *mp_request_top(request_rec *r)
{
    while (r->main) {
        r = r->main;
    }
    return r;
}

void mp_request_arm_cleanup(request_rec *r)
{
    mp_request_of(r);
}

void mp_request_visit(mp_request *state, mp_interpreter *interpreter)
{
    mp_visit *visit;

    for (visit = state->visits; visit; visit = visit->next) {
        if (visit->interpreter == interpreter) {
            return;
        }
    }
    visit = apr_palloc(state->r->pool, sizeof(*visit));
    visit->interpreter = interpreter;
    visit->next = state->visits;
    state->visits = visit;
}
