/* Telling Python of a connection's end, and moving raw bytes. */

#include "connection.h"

#include <util_filter.h>

typedef struct {
    conn_rec *c;
    mp_interpreter *interpreter;
} visit;

/* Runs before the pool's other clean-ups, while the connection is still whole. */
static apr_status_t connection_ends(void *data)
{
    visit *ending = data;

    if (mp_interpreters_abandoned()) {
        return APR_SUCCESS;
    }
    mp_interpreter_reenter(ending->interpreter);
    mp_interpreter_tell(ending->interpreter, MP_CALLBACK_END_CONNECTION, ending->c);
    mp_interpreter_leave();
    return APR_SUCCESS;
}

void mp_connection_visit(conn_rec *c, mp_interpreter *interpreter)
{
    visit *ending = apr_palloc(c->pool, sizeof(*ending));

    ending->c = c;
    ending->interpreter = interpreter;
    apr_pool_pre_cleanup_register(c->pool, ending, connection_ends);
}

/* ---- bytes ---- */

static apr_status_t copy(apr_bucket_brigade *brigade, char *buffer, size_t size, size_t *count)
{
    apr_size_t length = size;
    apr_status_t status = apr_brigade_flatten(brigade, buffer, &length);

    *count = length;
    return status;
}

int mp_connection_read(conn_rec *c, char *buffer, size_t size, size_t *count)
{
    apr_bucket_brigade *brigade = apr_brigade_create(c->pool, c->bucket_alloc);
    apr_status_t status;

    *count = 0;
    status = ap_get_brigade(c->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ, size);
    if (status == APR_SUCCESS) {
        status = copy(brigade, buffer, size, count);
    }
    apr_brigade_destroy(brigade);
    return APR_STATUS_IS_EOF(status) ? APR_SUCCESS : status;
}

int mp_connection_write(conn_rec *c, const char *data, size_t length)
{
    apr_bucket_brigade *brigade = apr_brigade_create(c->pool, c->bucket_alloc);
    apr_status_t status;

    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_transient_create(data, length, c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(c->bucket_alloc));
    status = ap_pass_brigade(c->output_filters, brigade);
    apr_brigade_destroy(brigade);
    return c->aborted ? APR_ECONNABORTED : status;
}
