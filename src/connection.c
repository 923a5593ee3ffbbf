/* Telling Python of a connection's end. */

#include "connection.h"

typedef struct {
    conn_rec *c;
    mp_interpreter *interpreter;
} visit;

/* Runs before the pool's other clean-ups, while the connection is still whole. */
static apr_status_t connection_ends(void *data)
{
    visit *ending = data;

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
