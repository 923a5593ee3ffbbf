/* The choke point: every phase of every request enters Python here, or leaves Python alone here. */

#ifndef MP_DISPATCH_H
#define MP_DISPATCH_H

#include "config.h"

/* Runs the handlers configured for PHASE. Returns what httpd expects of a hook; DECLINED, without touching Python, when
 * there are none. */
int mp_dispatch(request_rec *r, mp_phase phase);

/* The same with the list chosen by the caller. */
int mp_dispatch_list(request_rec *r, mp_phase phase, const mp_handler_list *list, const char *extension);

/* The request's pool is about to be destroyed: PythonCleanupHandler. */
void mp_dispatch_cleanup(request_rec *r);

/* PythonImport, once in each new child. */
void mp_dispatch_imports(server_rec *s);

#endif
