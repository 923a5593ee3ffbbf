/* What Python does, counted for mod_python.status: in shared memory, which every child writes without a lock.
 *
 * PythonStatus switches it on; off, it costs a branch. A child writes into a place of its own with atomic additions. A new
 * child takes over the place of one that has ended, with its totals, so sums over all places never fall. */

#ifndef MP_STATUS_H
#define MP_STATUS_H

#include "mod_python.h"
#include "phases.h"

/* Kinds of calls beyond the phases. X(id, name) */
#define MP_STATUS_CALLS(X)                                                                                             \
    X(INPUT_FILTER, "PythonInputFilter")                                                                               \
    X(OUTPUT_FILTER, "PythonOutputFilter")                                                                             \
    X(INCLUDE, "SSI")

enum {
    MP_STATUS_BEFORE = MP_PHASE_COUNT - 1, /* the phases of requests come first */
#define MP_STATUS_ID(id, name) MP_STATUS_##id,
    MP_STATUS_CALLS(MP_STATUS_ID)
#undef MP_STATUS_ID
    MP_STATUS_CALL_COUNT
};

#define MP_STATUS_RESULT_COUNT 8  /* how a call ended: OK, DECLINED, DONE, or the class of an HTTP status */
#define MP_STATUS_BUCKET_COUNT 15 /* of a histogram; the last one has what takes longer than all bounds */
#define MP_STATUS_ERRORS 32

typedef struct {
    apr_uint64_t buckets[MP_STATUS_BUCKET_COUNT];
    apr_uint64_t nanoseconds;
} mp_status_times;

typedef struct {
    apr_uint64_t results[MP_STATUS_RESULT_COUNT];
    mp_status_times times;
} mp_status_calls;

/* The place of a child. */
typedef struct {
    int pid;            /* 0: nobody has it */
    int interpreters;   /* of this child */
    int in_progress;    /* calls that have not ended */
    apr_time_t started; /* this child; 0: nobody ever had the place */
    mp_status_times waits;
    mp_status_calls calls[MP_STATUS_CALL_COUNT];
} mp_status_child;

typedef struct {
    apr_uint64_t number; /* from 1 on; 0 while it is being written */
    apr_time_t time;
    int pid;
    char text[236]; /* cut, but with its NUL */
} mp_status_error;

typedef struct {
    apr_time_t started; /* when httpd did, or counting was first switched on */
    int child_count;
    apr_uint64_t error_count;
    mp_status_error errors[MP_STATUS_ERRORS]; /* the latest, in a ring */
    mp_status_child children[];
} mp_status;

/* Names and bounds, for Python. */
extern const char *const mp_status_call_names[MP_STATUS_CALL_COUNT];
extern const char *const mp_status_result_names[MP_STATUS_RESULT_COUNT];
extern const apr_int64_t mp_status_bounds[MP_STATUS_BUCKET_COUNT - 1];

/* NULL unless PythonStatus is On. */
const mp_status *mp_status_shared(void);

/* Makes the shared memory, or finds what was made before a restart. OK, or an error that is logged. */
int mp_status_create(server_rec *s);

/* Gives this child its place. */
void mp_status_child_init(server_rec *s);

/* Hears of ended children, and of errors. */
void mp_status_register(void);

/* The last errors get one more. */
void mp_status_note_error(const char *text);

/* ---- counting ---- */

/* This child's place, or NULL: nothing is counted. */
extern mp_status_child *mp_status_mine;

/* When this thread last got the GIL: every call begins with that, and reads the clock no second time. */
extern _Thread_local apr_int64_t mp_status_attached;

apr_int64_t mp_status_now(void); /* nanoseconds */
void mp_status_count(apr_int64_t begun, int kind, int result);
void mp_status_count_wait(apr_int64_t begun);

/* A call begins, in a thread that has just attached; it ends with mp_status_end. */
static inline apr_int64_t mp_status_begin(void)
{
    if (!mp_status_mine) {
        return 0;
    }
    __atomic_add_fetch(&mp_status_mine->in_progress, 1, __ATOMIC_RELAXED);
    return mp_status_attached;
}

/* KIND is a phase or an MP_STATUS_*, RESULT one of a handler. */
static inline void mp_status_end(apr_int64_t begun, int kind, int result)
{
    if (begun) {
        mp_status_count(begun, kind, result);
    }
}

/* A wait for the GIL begins, which ends with mp_status_waited. */
static inline apr_int64_t mp_status_wait(void)
{
    return mp_status_mine ? mp_status_now() : 0;
}

static inline void mp_status_waited(apr_int64_t begun)
{
    if (begun) {
        mp_status_count_wait(begun);
    }
}

static inline void mp_status_set_interpreters(int count)
{
    if (mp_status_mine) {
        mp_status_mine->interpreters = count;
    }
}

#endif
