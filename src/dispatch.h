/* The choke point: every phase of every request enters Python here, or leaves Python alone here. */

#ifndef MP_DISPATCH_H
#define MP_DISPATCH_H

#include "callbacks.h"
#include "config.h"
#include "filter.h"

/* Runs the handlers configured for PHASE. Returns what httpd expects of a hook; DECLINED, without touching Python, when
 * there are none. */
int mp_dispatch(request_rec *r, mp_phase phase);

/* The same for a list other than DONE, which has run already; handlers that the request added since then run in any case. */
int mp_dispatch_except(request_rec *r, mp_phase phase, const mp_handler_list *done);

/* Runs the handler of a filter: the configured LIST, or what the request registered under the call's name, with the
 * interpreter it was REGISTERED_IN. OK, or an HTTP status. */
int mp_dispatch_filter(mp_filter_call *call, const mp_handler_list *list, mp_interpreter *registered_in);

/* Runs an SSI element; CALL takes its output. OK, or an HTTP status. */
int mp_dispatch_include(mp_filter_call *call, int is_eval, const char *code);

/* Runs PythonConnectionHandler. */
int mp_dispatch_connection(conn_rec *c);

/* Asks Python about a user: CALLBACK with the request, then these addresses. Returns its answer, or FAILED. */
int mp_dispatch_question(request_rec *r, mp_callback callback, const mp_section *section, int failed,
                         const void *const *addresses, int count);

/* The request's pool is about to be destroyed: PythonCleanupHandler. */
void mp_dispatch_cleanup(request_rec *r);

/* PythonImport, once in each new child. */
void mp_dispatch_imports(server_rec *s);

#endif
