/* Telling Python of a connection's end, and moving raw bytes. */

#include "connection.h"

#include <apr_portable.h>
#include <util_filter.h>

typedef struct {
    conn_rec *c;
    mp_interpreter *interpreter;
} visit; /* Owner: c->pool */

/* What the module keeps for one connection. Owner: c->pool */
typedef struct {
    int has_begun;
    apr_bucket_brigade *in;  /* empty between reads */
    apr_bucket_brigade *out; /* empty between writes */
} connection_state;

static connection_state *state_of(conn_rec *c)
{
    connection_state *state = ap_get_module_config(c->conn_config, &python_module);

    if (!state) {
        state = apr_pcalloc(c->pool, sizeof(*state));
        ap_set_module_config(c->conn_config, &python_module, state);
    }
    return state;
}

int mp_connection_begins(conn_rec *c)
{
    connection_state *state = state_of(c);
    int begins = !state->has_begun;

    state->has_begun = 1;
    return begins;
}

/* ---- the end ---- */

/* Runs when the requests of the connection have ended, whose clean-up handlers may use it; of what it owns nothing has
 * gone, since that was there before Python saw the connection. */
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
    apr_pool_cleanup_register(c->pool, ending, connection_ends, apr_pool_cleanup_null);
}

/* ---- bytes ---- */

/* Made once, since each would take memory until the connection ends. */
static apr_bucket_brigade *brigade_for(conn_rec *c, apr_bucket_brigade **brigade)
{
    if (!*brigade) {
        *brigade = apr_brigade_create(c->pool, c->bucket_alloc);
    }
    return *brigade;
}

static apr_status_t copy(apr_bucket_brigade *brigade, char *buffer, size_t size, size_t *count)
{
    apr_size_t length = size;
    apr_status_t status = apr_brigade_flatten(brigade, buffer, &length);

    *count = length;
    return status;
}

/* An empty brigade is another way to say that nothing is there yet, unless it was one that said the end. */
static int result_of_read(apr_status_t status, size_t count)
{
    if (APR_STATUS_IS_EOF(status)) {
        return APR_SUCCESS;
    }
    return APR_STATUS_IS_EAGAIN(status) || (status == APR_SUCCESS && !count) ? MP_CONNECTION_NOTHING : status;
}

int mp_connection_read(conn_rec *c, char *buffer, size_t size, size_t *count)
{
    apr_bucket_brigade *brigade = brigade_for(c, &state_of(c)->in);
    apr_status_t status = ap_get_brigade(c->input_filters, brigade, AP_MODE_READBYTES, APR_NONBLOCK_READ, size);

    *count = 0;
    if (status == APR_SUCCESS) {
        status = copy(brigade, buffer, size, count);
    }
    apr_brigade_cleanup(brigade);
    return result_of_read(status, *count);
}

int mp_connection_descriptor(conn_rec *c)
{
    apr_socket_t *socket = ap_get_conn_socket(c);
    apr_os_sock_t descriptor = -1;

    if (socket) {
        apr_os_sock_get(&descriptor, socket);
    }
    return descriptor;
}

int mp_connection_write(conn_rec *c, const char *data, size_t length)
{
    apr_bucket_brigade *brigade = brigade_for(c, &state_of(c)->out);
    apr_status_t status;

    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_transient_create(data, length, c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(c->bucket_alloc));
    status = ap_pass_brigade(c->output_filters, brigade);
    apr_brigade_cleanup(brigade);
    return c->aborted ? APR_ECONNABORTED : status;
}
