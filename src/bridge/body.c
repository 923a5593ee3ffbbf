/* Reading the request body. The GIL is not held. */

#include "bridge.h"

static int is_client_gone(const request_rec *r, apr_status_t status)
{
    return r->connection->aborted || APR_STATUS_IS_EOF(status) || APR_STATUS_IS_ECONNRESET(status)
           || APR_STATUS_IS_ECONNABORTED(status) || APR_STATUS_IS_EPIPE(status) || status == APR_INCOMPLETE;
}

/* One in Python says what to answer; another module's may have answered the client already. */
static int filter_failure(const mp_request *state)
{
    if (state->body_status) {
        return state->body_status;
    }
    return state->r->eos_sent ? DONE : HTTP_INTERNAL_SERVER_ERROR;
}

static int failure(mp_request *state, apr_status_t status)
{
    state->body_ended = 1;
    state->r->connection->keepalive = AP_CONN_CLOSE;
    if (status == AP_FILTER_ERROR) {
        return filter_failure(state);
    }
    if (APR_STATUS_IS_TIMEUP(status)) {
        return MP_BODY_LATE;
    }
    if (is_client_gone(state->r, status)) {
        return MP_BODY_GONE;
    }
    return ap_map_http_request_error(status, HTTP_BAD_REQUEST);
}

/* After an internal redirect what the first request left is still to come, and httpd knows how much that one read. */
static int is_expected(request_rec *r)
{
    if (!r->read_length) {
        return ap_should_client_block(r);
    }
    if (!r->read_chunked) {
        r->remaining -= r->read_length;
    }
    return 1;
}

static void take_over(mp_request *state, const request_rec *before)
{
    mp_request *left = before ? mp_request_if_any(before) : NULL;

    if (left && left->body) {
        APR_BRIGADE_CONCAT(state->body, left->body);
    }
}

static int start(mp_request *state)
{
    request_rec *r = state->r;
    int status;

    state->body_started = 1;
    status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);
    if (status != OK) {
        state->body_ended = 1;
        return status;
    }
    state->body_ended = !is_expected(r);
    state->body = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    take_over(state, r->prev);
    return OK;
}

/* Copies what the data buckets hold, SIZE bytes in all with the COUNT that are there; those without data are taken off. */
static apr_status_t take(mp_request *state, char *buffer, size_t size, size_t *count)
{
    while (*count < size && !APR_BRIGADE_EMPTY(state->body)) {
        apr_bucket *bucket = APR_BRIGADE_FIRST(state->body);
        const char *data;
        apr_size_t length = 0;
        size_t taken;
        apr_status_t status;

        if (APR_BUCKET_IS_EOS(bucket)) {
            state->body_ended = 1;
            return APR_SUCCESS;
        }
        if (APR_BUCKET_IS_METADATA(bucket)) {
            apr_bucket_delete(bucket);
            continue;
        }
        status = apr_bucket_read(bucket, &data, &length, APR_BLOCK_READ);
        if (status != APR_SUCCESS) {
            return status;
        }
        taken = length < size - *count ? length : size - *count;
        memcpy(buffer + *count, data, taken);
        *count += taken;
        if (taken < length) {
            apr_bucket_split(bucket, taken);
        }
        apr_bucket_delete(bucket);
    }
    return APR_SUCCESS;
}

static void account(request_rec *r, size_t count)
{
    r->read_length += count;
    if (!r->read_chunked) {
        r->remaining -= count;
    }
}

static int read_some(mp_request *state, char *buffer, size_t least, size_t size, size_t *count)
{
    request_rec *r = state->r;
    apr_status_t status = APR_SUCCESS;
    int started = state->body_started ? OK : start(state);

    if (started != OK) {
        return started;
    }
    while (*count < least && !state->body_ended) {
        if (APR_BRIGADE_EMPTY(state->body)) {
            status = ap_get_brigade(r->input_filters, state->body, AP_MODE_READBYTES, APR_BLOCK_READ, size - *count);
        }
        if (status == APR_SUCCESS) {
            status = take(state, buffer, size, count);
        }
        if (status != APR_SUCCESS) {
            return failure(state, status);
        }
    }
    account(r, *count);
    return OK;
}

/* From LEAST to SIZE bytes; fewer only where the body has ended. OK, an HTTP status, DONE, MP_BODY_GONE or MP_BODY_LATE.
 * A failure is the answer to every later read too: the end of a truncated body must not look like the end of a whole
 * one. */
int mp_body_read(request_rec *r, char *buffer, size_t least, size_t size, size_t *count)
{
    mp_request *state = mp_request_of(r);

    *count = 0;
    if (state->body_failure == OK) {
        state->body_failure = read_some(state, buffer, least, size, count);
    }
    return state->body_failure;
}

/* Nothing is left to read afterwards. OK, an HTTP status, or DONE. */
int mp_body_discard(request_rec *r)
{
    mp_request *state = mp_request_of(r);
    int status;

    if (state->body) {
        apr_brigade_cleanup(state->body);
    }
    state->body_started = state->body_ended = 1;
    status = ap_discard_request_body(r);
    return status == AP_FILTER_ERROR ? filter_failure(state) : status;
}
