/* Starts CPython in a child, and ends what it left running when the child exits. */

#ifndef MP_CPYTHON_H
#define MP_CPYTHON_H

#include "config.h"

/* Keeps libpython and this module mapped: httpd unloads modules at every restart, and libpython must not come and go. */
void mp_cpython_pin(server_rec *s);

/* Starts the process's one Python. On failure the reason is logged and every Python handler answers 500. */
void mp_cpython_start(apr_pool_t *pchild, server_rec *s);

int mp_cpython_is_running(void);

/* Whether there is a Python where PythonHome says: OK, or an error that is logged. */
int mp_cpython_check(apr_pool_t *pool, server_rec *s);

#endif
