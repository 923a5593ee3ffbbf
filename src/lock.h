/* Locks that hold across threads and processes, for sessions.
 *
 * A table in shared memory says which process holds which slot; httpd's "python" mutex guards the table for an instant.
 * So there can be many slots, waiting can be bounded, any thread may release what another one took (a request often ends
 * in another thread than it began), and what a crashed child held becomes free. */

#ifndef MP_LOCK_H
#define MP_LOCK_H

#include "mod_python.h"

/* Makes the mutex known to the Mutex directive. */
void mp_lock_register(apr_pool_t *pconf);

/* Whether the configuration makes sense: OK, or an error that is logged. */
int mp_lock_check(server_rec *s);

/* Makes mutex and table. OK, or an error that is logged. */
int mp_lock_create(apr_pool_t *pconf, server_rec *s);

void mp_lock_child_init(apr_pool_t *pchild, server_rec *s);

/* How many slots there are. Slot 0 is nobody's hash. */
int mp_lock_count(void);

/* True once SLOT is ours; false after MILLISECONDS (negative: never give up), or when the mutex does not work, which is
 * logged. Waits without the GIL. */
int mp_lock_acquire(int slot, int milliseconds);

void mp_lock_release(int slot);

#endif
