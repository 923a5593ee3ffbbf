/* What the module keeps for one request: who in Python knows it, and the state of its body. */

#ifndef MP_REQUEST_H
#define MP_REQUEST_H

#include "config.h"
#include "interpreter.h"

/* An interpreter that holds a Python object for a request or connection, and is to be told of its end. */
typedef struct mp_visit {
    mp_interpreter *interpreter;
    struct mp_visit *next;
} mp_visit;

/* Owner: r->pool, whose clean-up ends the visits. */
typedef struct {
    request_rec *r;
    mp_visit *visits;                  /* the interpreters that have seen the request */
    unsigned added;                    /* bit per mp_phase: req.add_handler was called for it */
    int kept;                          /* something after the content handler still needs the Python objects */
    int phase;                         /* running mp_phase, -1 between phases */
    const struct mp_filter_call *call; /* of the output filter or SSI element at work, the innermost; NULL: none */
    int output_closed;                 /* a filter in Python ended the response before its time */
    const char *extension;             /* that limited the handler list, with its dot; NULL: none did */
    apr_off_t bytes_queued;            /* given to req.write and req.sendfile */
    apr_bucket_brigade *body;          /* what was taken from httpd and not yet read */
    apr_bucket_brigade *output;        /* empty between writes */
    int body_started;
    int body_ended;
    int body_status;  /* of a Python input filter that failed; 0: none did */
    int body_failure; /* of a read: every later read fails alike; OK: none did */
} mp_request;

/* The state of R, made on first need. */
mp_request *mp_request_of(request_rec *r);

/* The state of R, or NULL when Python has not seen it. */
mp_request *mp_request_if_any(const request_rec *r);

/* The request of the client's that R serves: R itself, or the one it is a subrequest of. */
request_rec *mp_request_top(request_rec *r);

/* INTERPRETER has, or is about to get, an object for the request. */
void mp_request_visit(mp_request *state, mp_interpreter *interpreter);

/* Makes sure that PythonCleanupHandler runs at the end of R, whatever Python did before. */
void mp_request_arm_cleanup(request_rec *r);

/* The content handler has run: INTERPRETER, to which this thread is attached, may let go of its object now, unless
 * something later needs it. This saves ordinary requests a second trip through the GIL. */
void mp_request_release_early(mp_request *state, mp_interpreter *interpreter);

#endif
