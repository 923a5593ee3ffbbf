/* The keys of PythonOption that belong to mod_python: those that begin with "mod_python.". */

#ifndef MP_OPTION_KEYS_H
#define MP_OPTION_KEYS_H

#include "mod_python.h"
#include "phases.h"

/* NULL, or a sentence that says why VALUE (NULL or "": the key is to be unset) cannot be that of KEY. REACH is where the
 * option may stand; anywhere, for keys that belong to the user. */
const char *mp_option_check(apr_pool_t *pool, const char *key, const char *value, mp_reach *reach);

#endif
