/* Filters written in Python. */

#include "filter.h"

#include "dispatch.h"
#include "request.h"

#define GENERIC "MOD_PYTHON"

/* One place of a filter in one chain. Owner: f->r->pool. */
typedef struct {
    const char *name;            /* as configured or registered */
    int by_request;              /* registered by the request; Python knows the handler */
    int disabled;
    int started;
    int ended;                   /* the end of the stream went through */
    apr_bucket_brigade *unread;  /* left over from the last call */
    apr_bucket_brigade *pending; /* input: written, but more than was asked for */
} filter_state;

static filter_state *state_of(ap_filter_t *f)
{
    filter_state *state = f->ctx;

    if (!state) {
        state = apr_pcalloc(f->r->pool, sizeof(*state));
        state->name = f->frec->name;
        f->ctx = state;
    }
    if (!state->unread) {
        state->unread = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
        state->pending = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
    }
    return state;
}

static const mp_handler_list *handlers_of(ap_filter_t *f, int is_input)
{
    const mp_config *config = mp_config_of_request(f->r);
    apr_hash_t *filters = is_input ? config->input_filters : config->output_filters;

    return filters ? apr_hash_get(filters, f->frec->name, APR_HASH_KEY_STRING) : NULL;
}

/* ---- what Python does with a call ---- */

static void drop_taken(mp_filter_call *call)
{
    if (call->taken) {
        apr_bucket_destroy(call->taken);
        call->taken = NULL;
    }
}

static int take_data(mp_filter_call *call, apr_bucket *bucket, const char **data, size_t *length, long limit)
{
    apr_size_t size;

    call->status = apr_bucket_read(bucket, data, &size, APR_BLOCK_READ);
    if (call->status != APR_SUCCESS) {
        return MP_FILTER_FAILED;
    }
    if (limit >= 0 && size > (apr_size_t)limit) {
        apr_bucket_split(bucket, limit);
        size = limit;
    }
    APR_BUCKET_REMOVE(bucket);
    call->taken = bucket;
    *length = size;
    return size ? MP_FILTER_DATA : MP_FILTER_NOTHING;
}

static int take_bucket(mp_filter_call *call, apr_bucket *bucket, const char **data, size_t *length, long limit)
{
    if (APR_BUCKET_IS_EOS(bucket)) {
        apr_bucket_delete(bucket);
        call->ended = 1;
        return MP_FILTER_END;
    }
    if (APR_BUCKET_IS_METADATA(bucket)) {
        /* Flush marks and the like are not the handler's business: they travel on in their place. */
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(call->out, bucket);
        return MP_FILTER_NOTHING;
    }
    return take_data(call, bucket, data, length, limit);
}

/* An input filter asks the next one; an output filter has what it was handed. */
static int pull(mp_filter_call *call)
{
    if (call->is_input && APR_BRIGADE_EMPTY(call->in)) {
        call->status = ap_get_brigade(call->f->next, call->in, call->mode, call->block, call->readbytes);
    }
    return call->status == APR_SUCCESS;
}

int mp_filter_read(mp_filter_call *call, const char **data, size_t *length, long limit)
{
    int found = MP_FILTER_NOTHING;

    *length = 0;
    drop_taken(call);
    if (call->ended) {
        return MP_FILTER_END;
    }
    if (!pull(call)) {
        return MP_FILTER_FAILED;
    }
    while (found == MP_FILTER_NOTHING && !APR_BRIGADE_EMPTY(call->in)) {
        drop_taken(call);
        found = take_bucket(call, APR_BRIGADE_FIRST(call->in), data, length, limit);
    }
    return found;
}

int mp_filter_write(mp_filter_call *call, const char *data, size_t length)
{
    return apr_brigade_write(call->out, NULL, NULL, data, length);
}

/* Output: sends on what is queued. Input: the reader gets it when the call is over. */
static int send_on(mp_filter_call *call)
{
    if (call->f && !call->is_input) {
        call->status = ap_pass_brigade(call->f->next, call->out);
        apr_brigade_cleanup(call->out);
    }
    return call->status;
}

int mp_filter_flush(mp_filter_call *call)
{
    APR_BRIGADE_INSERT_TAIL(call->out, apr_bucket_flush_create(call->out->bucket_alloc));
    return send_on(call);
}

int mp_filter_close(mp_filter_call *call)
{
    if (call->closed) {
        return APR_SUCCESS;
    }
    call->closed = 1;
    APR_BRIGADE_INSERT_TAIL(call->out, apr_bucket_eos_create(call->out->bucket_alloc));
    return send_on(call);
}

int mp_filter_pass_on(mp_filter_call *call)
{
    if (!pull(call)) {
        return call->status;
    }
    if (!APR_BRIGADE_EMPTY(call->in) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(call->in))) {
        call->ended = call->closed = 1;
    }
    APR_BRIGADE_CONCAT(call->out, call->in);
    return APR_SUCCESS;
}

/* ---- one call ---- */

/* OK, or the HTTP status of the failure. */
static int run(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    int status = mp_dispatch_filter(call, state->by_request ? NULL : handlers_of(f, call->is_input), state->by_request);

    drop_taken(call);
    state->disabled = state->disabled || call->disabled;
    return status;
}

/* The end of the stream goes on even when the handler forgot to close. */
static void end_stream(filter_state *state, mp_filter_call *call)
{
    if (call->ended && !call->closed) {
        APR_BRIGADE_INSERT_TAIL(call->out, apr_bucket_eos_create(call->out->bucket_alloc));
        call->closed = 1;
    }
    state->ended = state->ended || call->closed;
}

/* ---- output ---- */

/* What a filter makes of the body has another length, and its parts other places. */
static void start_output(request_rec *r)
{
    apr_table_unset(r->headers_out, "Content-Length");
    apr_table_unset(r->headers_out, "Content-MD5");
    apr_table_unset(r->headers_out, "Accept-Ranges");
}

/* Before the head is out the client can be told; after that it must see that the body is cut. */
static apr_status_t fail_output(ap_filter_t *f, apr_bucket_brigade *out, int status)
{
    conn_rec *c = f->c;

    apr_brigade_cleanup(out);
    if (f->r->sent_bodyct) {
        c->keepalive = AP_CONN_CLOSE;
        c->aborted = 1;
        return APR_ECONNABORTED;
    }
    APR_BRIGADE_INSERT_TAIL(out, ap_bucket_error_create(status, NULL, f->r->pool, c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(c->bucket_alloc));
    return ap_pass_brigade(f->next, out);
}

static apr_status_t output_filter(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    filter_state *state = state_of(f);
    mp_filter_call call = {f->r, state->name, 0, f, state->unread, NULL, NULL, 0, 0, 0, APR_SUCCESS, 0, 0, 0};
    int status;

    if (state->disabled || APR_BRIGADE_EMPTY(brigade)) {
        APR_BRIGADE_PREPEND(brigade, state->unread);
        return ap_pass_brigade(f->next, brigade);
    }
    if (state->ended) { /* closed: whatever comes now is not wanted */
        apr_brigade_cleanup(brigade);
        return APR_SUCCESS;
    }
    if (!state->started) {
        start_output(f->r);
        state->started = 1;
    }
    APR_BRIGADE_CONCAT(state->unread, brigade);
    call.out = brigade;
    status = run(f, state, &call);
    if (status != OK) {
        state->disabled = 1;
        apr_brigade_cleanup(state->unread);
        return fail_output(f, call.out, status);
    }
    /* An end that the handler did not read is the end all the same. */
    if (!APR_BRIGADE_EMPTY(state->unread) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(state->unread))) {
        call.ended = 1;
    }
    end_stream(state, &call);
    return APR_BRIGADE_EMPTY(call.out) ? call.status : ap_pass_brigade(f->next, call.out);
}

/* ---- input ---- */

static apr_status_t deliver(filter_state *state, apr_bucket_brigade *brigade, apr_off_t readbytes)
{
    apr_bucket *rest;
    apr_status_t status = apr_brigade_partition(state->pending, readbytes, &rest);

    if (status != APR_SUCCESS && status != APR_INCOMPLETE) {
        return status;
    }
    while (APR_BRIGADE_FIRST(state->pending) != rest && !APR_BRIGADE_EMPTY(state->pending)) {
        apr_bucket *bucket = APR_BRIGADE_FIRST(state->pending);
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(brigade, bucket);
    }
    return APR_SUCCESS;
}

/* Calls the handler until there is something to deliver. */
static apr_status_t fill(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    while (APR_BRIGADE_EMPTY(state->pending) && !state->ended && !state->disabled) {
        int status = run(f, state, call);
        if (status != OK) {
            mp_request_of(f->r)->body_status = status;
            state->disabled = 1;
            return APR_EGENERAL;
        }
        end_stream(state, call);
        if (call->status != APR_SUCCESS) {
            return call->status;
        }
        if (call->block == APR_NONBLOCK_READ) {
            break;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t input_filter(ap_filter_t *f, apr_bucket_brigade *brigade, ap_input_mode_t mode,
                                 apr_read_type_e block, apr_off_t readbytes)
{
    filter_state *state = state_of(f);
    mp_filter_call call = {f->r, state->name, 1, f, state->unread, state->pending, NULL, 0, 0, 0, APR_SUCCESS, mode,
                           block, readbytes};
    apr_status_t status;

    if (mode != AP_MODE_READBYTES || (state->disabled && APR_BRIGADE_EMPTY(state->pending))) {
        APR_BRIGADE_CONCAT(brigade, state->unread);
        return APR_BRIGADE_EMPTY(brigade) ? ap_get_brigade(f->next, brigade, mode, block, readbytes) : APR_SUCCESS;
    }
    status = fill(f, state, &call);
    return status == APR_SUCCESS ? deliver(state, brigade, readbytes) : status;
}

/* ---- joining the chain ---- */

/* The request object must live until the filter has seen the end, which is after the content handler. */
static int filter_starts(ap_filter_t *f)
{
    mp_request_of(f->r)->kept = 1;
    return OK;
}

void mp_filter_register(void)
{
    ap_register_output_filter(GENERIC, output_filter, filter_starts, AP_FTYPE_RESOURCE);
    ap_register_input_filter(GENERIC, input_filter, filter_starts, AP_FTYPE_RESOURCE);
}

void mp_filter_declare(const char *name, int is_input)
{
    if (is_input) {
        ap_register_input_filter(name, input_filter, filter_starts, AP_FTYPE_RESOURCE);
    }
    else {
        ap_register_output_filter(name, output_filter, filter_starts, AP_FTYPE_RESOURCE);
    }
}

void mp_filter_add(request_rec *r, const char *name, int is_input)
{
    filter_state *state = apr_pcalloc(r->pool, sizeof(*state));

    state->name = apr_pstrdup(r->pool, name);
    state->by_request = 1;
    mp_request_of(r)->kept = 1;
    if (is_input) {
        ap_add_input_filter(GENERIC, state, r, r->connection);
    }
    else {
        ap_add_output_filter(GENERIC, state, r, r->connection);
    }
}
