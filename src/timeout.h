/* The value of PythonRequestTimeout: how long a request may be in Python, and what happens then. */

#ifndef MP_TIMEOUT_H
#define MP_TIMEOUT_H

#include "mod_python.h"

/* Times since Python was entered; 0: never. Owner: the configuration's pool. */
typedef struct {
    apr_interval_time_t log;       /* the stacks are logged */
    apr_interval_time_t interrupt; /* and the handler is interrupted */
    apr_interval_time_t exit;      /* and the process ends */
    const char *text;              /* as it was written */
} mp_timeout;

/* Reads "30 log=10 exit=60". Returns NULL, or a sentence that says what is wrong. */
const char *mp_timeout_parse(apr_pool_t *pool, const char *text, const mp_timeout **timeout);

/* The first that is due; 0: none ever is. */
apr_interval_time_t mp_timeout_first(const mp_timeout *timeout);

#endif
