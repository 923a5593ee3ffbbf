/* THE list of Python functions that C calls: attributes of mod_python.dispatch, looked up once per interpreter.
 *
 * C structures are passed as their addresses. */

#ifndef MP_CALLBACKS_H
#define MP_CALLBACKS_H

#define MP_CALLBACKS(X)                                                                                                \
    X(DISPATCH_REQUEST, "dispatch_request") /* (request, phase, options, list id, list) -> result */                   \
    X(END_REQUEST, "end_request")           /* (request): its memory is about to go */                                 \
    X(END_CONNECTION, "end_connection")     /* (connection): likewise */                                               \
    X(RUN_IMPORT, "run_import")             /* (handler, server) */                                                    \
    X(END_INTERPRETER, "end_interpreter")   /* (): the child exits */

typedef enum {
#define MP_CALLBACK_ID(id, name) MP_CALLBACK_##id,
    MP_CALLBACKS(MP_CALLBACK_ID)
#undef MP_CALLBACK_ID
        MP_CALLBACK_COUNT
} mp_callback;

#endif
