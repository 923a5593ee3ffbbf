/* THE list of Python functions that C calls: attributes of mod_python.dispatch, looked up once per interpreter.
 *
 * C structures are passed as their addresses. */

#ifndef MP_CALLBACKS_H
#define MP_CALLBACKS_H

#define MP_CALLBACKS(X)                                                                                                \
    X(DISPATCH_REQUEST, "dispatch_request")       /* (request, phase, configuration, list) -> result */                \
    X(DISPATCH_FILTER, "dispatch_filter")         /* (request, configuration, call, list, by request) -> result */     \
    X(DISPATCH_INCLUDE, "dispatch_include")       /* (request, configuration, call, is eval, code) -> result */        \
    X(DISPATCH_CONNECTION, "dispatch_connection") /* (connection, configuration, list) -> result */                    \
    X(CHECK_PASSWORD, "check_password")           /* (request, configuration, list, user, password) -> authn_status */ \
    X(REALM_HASH, "realm_hash")         /* (request, configuration, list, user, realm, answer) -> authn_status */      \
    X(AUTHORIZE, "authorize")           /* (request, configuration, requirement) -> authz_status */                    \
    X(END_REQUEST, "end_request")       /* (request): its memory is about to go */                                     \
    X(END_CONNECTION, "end_connection") /* (connection): likewise */                                                   \
    X(REQUEST_OBJECT, "request_object") /* (request) -> Request */                                                     \
    X(SERVER_OBJECT, "server_object")   /* (server) -> Server */                                                       \
    X(CONNECTION_OBJECT, "connection_object") /* (connection) -> Connection */                                         \
    X(RUN_IMPORT, "run_import")               /* (handler, server) */                                                  \
    X(LOG_STACKS, "log_stacks")               /* (thread, server) */                                                   \
    X(END_INTERPRETER, "end_interpreter")     /* (): the child exits */

typedef enum {
#define MP_CALLBACK_ID(id, name) MP_CALLBACK_##id,
    MP_CALLBACKS(MP_CALLBACK_ID)
#undef MP_CALLBACK_ID
    MP_CALLBACK_COUNT
} mp_callback;

#endif
