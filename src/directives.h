/* The configuration directives. */

#ifndef MP_DIRECTIVES_H
#define MP_DIRECTIVES_H

#include "config.h"

extern const command_rec mp_directives[];

/* One PythonImport line. */
typedef struct {
    const char *handler; /* module or module::function */
    const char *interpreter;
    server_rec *server; /* where the line stands */
} mp_import;

/* All of them, in the order of the configuration. Owner: pconf. */
extern apr_array_header_t *mp_imports;

/* True when some Location has a PythonHandler; only then is it worth looking. */
extern int mp_handlers_in_locations;

/* NULL, or the sentence that refuses DIRECTIVE in .htaccess, where PythonAllowHtaccess is Off. */
const char *mp_directive_check_htaccess(cmd_parms *cmd, const char *directive);

/* Forgets what the last reading of the configuration left behind. */
void mp_directives_reset(apr_pool_t *pconf);

#endif
