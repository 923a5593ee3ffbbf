/* THE phase table: hooks, directives, dispatch and the Python package all read this one list. */

#ifndef MP_PHASES_H
#define MP_PHASES_H

/* Where a directive may stand. */
typedef enum {
    MP_REACH_ANYWHERE, /* server, virtual host, section, .htaccess */
    MP_REACH_SECTION,  /* the same, without .htaccess */
    MP_REACH_SERVER,   /* server and virtual host: httpd runs the phase before it knows the section */
    MP_REACH_HOST,     /* likewise, and it is for the administrator to say */
    MP_REACH_PROCESS   /* outside every section and virtual host: one value for the process */
} mp_reach;

/* After which results the next handler of a stack runs; any other result ends the stack. */
enum {
    MP_GO_ON_OK = 1,
    MP_GO_ON_DECLINED = 2,
    MP_GO_ON = MP_GO_ON_OK | MP_GO_ON_DECLINED
};

/* The last rows are no phases of a request; they share its kind of directive.
 *
 * X(id, directive, default function, reach, results that go on) */
#define MP_PHASES(X)                                                                                                   \
    X(POST_READ_REQUEST, "PythonPostReadRequestHandler", "postreadrequesthandler", MP_REACH_SERVER, MP_GO_ON)          \
    X(INIT, "PythonInitHandler", "inithandler", MP_REACH_ANYWHERE, MP_GO_ON)                                           \
    X(TRANS, "PythonTransHandler", "transhandler", MP_REACH_SERVER, MP_GO_ON_DECLINED)                                 \
    X(MAP_TO_STORAGE, "PythonMapToStorageHandler", "maptostoragehandler", MP_REACH_SERVER, MP_GO_ON_DECLINED)          \
    X(HEADER_PARSER, "PythonHeaderParserHandler", "headerparserhandler", MP_REACH_ANYWHERE, MP_GO_ON)                  \
    X(ACCESS, "PythonAccessHandler", "accesshandler", MP_REACH_ANYWHERE, MP_GO_ON)                                     \
    X(AUTHEN, "PythonAuthenHandler", "authenhandler", MP_REACH_ANYWHERE, MP_GO_ON_DECLINED)                            \
    X(AUTHZ, "PythonAuthzHandler", "authzhandler", MP_REACH_ANYWHERE, MP_GO_ON_DECLINED)                               \
    X(TYPE, "PythonTypeHandler", "typehandler", MP_REACH_ANYWHERE, MP_GO_ON_DECLINED)                                  \
    X(FIXUP, "PythonFixupHandler", "fixuphandler", MP_REACH_ANYWHERE, MP_GO_ON)                                        \
    X(HANDLER, "PythonHandler", "handler", MP_REACH_ANYWHERE, MP_GO_ON)                                                \
    X(LOG, "PythonLogHandler", "loghandler", MP_REACH_ANYWHERE, MP_GO_ON)                                              \
    X(CLEANUP, "PythonCleanupHandler", "cleanuphandler", MP_REACH_ANYWHERE, MP_GO_ON_OK)                               \
    X(CONNECTION, "PythonConnectionHandler", "connectionhandler", MP_REACH_SERVER, MP_GO_ON_DECLINED)                  \
    X(AUTH_PROVIDER, "PythonAuthProvider", "", MP_REACH_ANYWHERE, 0)

typedef enum {
#define MP_PHASE_ID(id, directive, function, reach, go_on) MP_PHASE_##id,
    MP_PHASES(MP_PHASE_ID)
#undef MP_PHASE_ID
    MP_PHASE_COUNT
} mp_phase;

/* One row of the table, as data. */
typedef struct {
    const char *directive; /* also the value of req.phase */
    const char *function;  /* called when a handler names only a module */
    int reach;             /* mp_reach */
    int go_on;             /* MP_GO_ON_* */
} mp_phase_info;

extern const mp_phase_info mp_phases[MP_PHASE_COUNT];

#endif
