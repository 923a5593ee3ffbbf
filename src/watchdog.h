/* PythonRequestTimeout at work: which threads are in Python for which request, and a thread that looks after them.
 *
 * A child in which some place has a timeout has one watchdog, which never waits for the GIL. What needs the GIL, the
 * stacks and the interruption, is done by a thread that it starts when a request has been in Python for too long. */

#ifndef MP_WATCHDOG_H
#define MP_WATCHDOG_H

#include "config.h"
#include "interpreter.h"

/* A call into Python, from where C enters it to where it leaves it. Owner: the C stack of the thread that makes it.
 * Calls that it makes on its way, for a filter or subrequest, count as part of it, whatever their own timeouts. */
typedef struct mp_watch {
    const mp_timeout *timeout; /* NULL: nobody watches, or it is the call around this one that is watched */
    const request_rec *r;
    mp_interpreter *interpreter; /* in which the thread is now; written with the GIL held. A call inside another one
                                  * keeps the outer one's here, and of the next one too */
    struct _ts *interruptible; /* the thread state in which a handler's own code runs, else NULL. Guarded by the GIL */
    unsigned long thread;      /* as Python knows it */
    apr_uint64_t number;
    apr_int64_t begun;           /* mp_status_now() */
    int is_logged;               /* this and the next two: guarded by the watchdog's mutex */
    int is_due;                  /* to be interrupted */
    mp_interpreter *attended_in; /* by a thread that the watchdog has started; NULL: there is none */
    int is_interrupted;          /* guarded by both. A call inside another one keeps the outer one's here */
    struct mp_watch *next;
    struct mp_watch **link; /* what points at this one */
} mp_watch;

/* The configuration is read anew. */
void mp_watchdog_reset(void);

/* Some place has these. */
void mp_watchdog_expect(const mp_timeout *timeout);

/* Starts the watchdog of this child, if some place has a timeout. It ends with the pool. */
void mp_watchdog_child_init(apr_pool_t *pchild, server_rec *s);

/* True in a child that has a watchdog. */
extern int mp_watchdog_is_awake;

void mp_watch_do_begin(mp_watch *watch, mp_interpreter *interpreter, const request_rec *r);
void mp_watch_do_end(mp_watch *watch);

/* This thread, attached, calls Python for R; NULL: for no request, and nobody watches. */
static inline void mp_watch_begin(mp_watch *watch, mp_interpreter *interpreter, const request_rec *r)
{
    if (mp_watchdog_is_awake) {
        mp_watch_do_begin(watch, interpreter, r);
    }
}

/* Still attached. */
static inline void mp_watch_end(mp_watch *watch)
{
    if (mp_watchdog_is_awake) {
        mp_watch_do_end(watch);
    }
}

#ifdef Py_PYTHON_H
/* A function for Python: run_interruptible(function, argument) is function(argument), in which RequestTimeout may be
 * raised, and run_uninterruptible() the same for code of ours that it calls and that must not be left half-way. A new
 * reference, or NULL. */
PyObject *mp_watchdog_function(int interruptible);
#endif

#endif
