/* Filters written in Python: httpd's filter chain on one side, calls of a handler on the other. */

#ifndef MP_FILTER_H
#define MP_FILTER_H

#include <util_filter.h>

#include "config.h"
#include "interpreter.h"

/* What a Python Filter object works on, for the time of one call. Owner: the stack of the C function that calls. */
typedef struct mp_filter_call {
    request_rec *r;
    const char *name;
    int is_input;
    ap_filter_t *f;          /* the position in the chain */
    apr_bucket_brigade *in;  /* not yet read; NULL in an SSI page, whose element has nothing to read */
    apr_bucket_brigade *out; /* written, not yet passed on */
    apr_bucket *taken;       /* holds the data that Python is copying */
    const char *data;        /* what was read, until the next call */
    size_t length;
    apr_size_t queued;    /* bytes written since something was passed on */
    int has_read;         /* something was taken from "in" */
    int has_paused;       /* input: it was told "nothing now", so that the reader gets what is queued */
    int more;             /* data that needs no waiting follows what was taken */
    int ended;            /* the end of the stream has been read */
    int closed;           /* the end of the stream has been written */
    int disabled;         /* from the next call on, data bypasses Python */
    apr_status_t status;  /* of the last operation on the chain */
    ap_input_mode_t mode; /* input filters: how httpd asks */
    apr_read_type_e block;
    apr_off_t readbytes;
} mp_filter_call;

/* What mp_filter_read found. */
enum {
    MP_FILTER_DATA,
    MP_FILTER_NOTHING, /* nothing now: no more in this brigade, or enough is queued for the reader */
    MP_FILTER_END,
    MP_FILTER_FAILED
};

/* What mp_filter_read is asked for. */
enum {
    MP_FILTER_ANY,
    MP_FILTER_LINE,        /* nothing behind the next newline */
    MP_FILTER_REST_OF_LINE /* the same, with the beginning of the line already read */
};

void mp_filter_register(void);

/* Makes NAME known to httpd, for PythonInputFilter and PythonOutputFilter. */
void mp_filter_declare(const char *name, int is_input);

/* A filter that this request registered under NAME, in INTERPRETER, joins its chain. */
void mp_filter_add(request_rec *r, const char *name, int is_input, mp_interpreter *interpreter);

/* Appends to OUT how a response ends that has begun and cannot be finished: so that the client sees that it is cut. */
void mp_filter_cut(apr_bucket_brigade *out, request_rec *r);

/* Whether a filter in Python stands in the way of this request's output or input. */
int mp_filter_is_active(const request_rec *r);

/* Where what is written to the request goes: past the filter or SSI element whose Python code writes it, and past those in
 * front of that, which do not expect to be called while they are at work; else to the first filter. */
ap_filter_t *mp_filter_entry(request_rec *r);

/* For Python; all without the GIL. */
int mp_filter_read(mp_filter_call *call, long limit, int how);
int mp_filter_write(mp_filter_call *call, const char *data, size_t length);
int mp_filter_flush(mp_filter_call *call);
int mp_filter_close(mp_filter_call *call);
int mp_filter_pass_on(mp_filter_call *call);

#endif
