/* The watchdog of a child: logs, interrupts and ends what has been in Python for too long. */

#include <Python.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "cpython.h"
#include "status.h"
#include "watchdog.h"

#define THREAD_NAME "python-watchdog" /* 15 bytes are possible */
#define NANOSECONDS APR_INT64_C(1000) /* of a microsecond, APR's unit */
#define RETRY apr_time_from_sec(1)    /* while what is due cannot be interrupted */
#define LONG_TIME apr_time_from_sec(3600)

int mp_watchdog_is_awake;

static apr_interval_time_t shortest; /* of all places; 0: none has a timeout */

/* Nobody who holds it waits for the GIL, so that the watchdog is there even if a handler never lets go of that. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped; /* signalled with the guard held */
static int is_stopping;        /* guard */
static mp_watch *watches;      /* changed with both guard and GIL held, so that either is enough to read */
static apr_uint64_t count;     /* likewise */
static pthread_t watchdog;
static _Thread_local volatile sig_atomic_t is_forking; /* and for ever in what was forked */

static _Thread_local mp_watch *mine; /* the outermost that is watched */

/* ---- configuration ---- */

void mp_watchdog_reset(void)
{
    shortest = 0;
}

void mp_watchdog_expect(const mp_timeout *timeout)
{
    apr_interval_time_t first = mp_timeout_first(timeout);

    if (first && (!shortest || first < shortest)) {
        shortest = first;
    }
}

/* ---- calls that are watched ---- */

static void link_watch(mp_watch *watch)
{
    pthread_mutex_lock(&guard);
    watch->number = ++count;
    watch->next = watches;
    watch->link = &watches;
    if (watches) {
        watches->link = &watch->next;
    }
    watches = watch;
    pthread_mutex_unlock(&guard);
}

static void unlink_watch(mp_watch *watch)
{
    pthread_mutex_lock(&guard);
    *watch->link = watch->next;
    if (watch->next) {
        watch->next->link = watch->link;
    }
    pthread_mutex_unlock(&guard);
}

static void set_interrupted(int is_interrupted)
{
    pthread_mutex_lock(&guard);
    mine->is_interrupted = is_interrupted;
    pthread_mutex_unlock(&guard);
}

/* Takes back what was to be raised in this thread, and has not been yet; it will be tried again. */
static void withdraw(void)
{
    if (mine->is_interrupted && mine->interruptible->async_exc) {
        PyThreadState *current = PyThreadState_Swap(mine->interruptible);
        PyThreadState_SetAsyncExc(mine->thread, NULL);
        PyThreadState_Swap(current);
        set_interrupted(0);
    }
}

static PyThreadState *set_interruptible(PyThreadState *state)
{
    PyThreadState *outer = mine->interruptible;

    if (outer) {
        withdraw();
    }
    mine->interruptible = state;
    return outer;
}

static mp_interpreter *set_interpreter(mp_interpreter *interpreter)
{
    return __atomic_exchange_n(&mine->interpreter, interpreter, __ATOMIC_RELAXED);
}

void mp_watch_do_begin(mp_watch *watch, mp_interpreter *interpreter, const request_rec *r)
{
    const mp_timeout *timeout = r && !mine ? mp_config_of_request(r)->request_timeout : NULL;

    *watch = (mp_watch){
        .timeout = timeout && mp_timeout_first(timeout) ? timeout : NULL, .r = r, .interpreter = interpreter};
    if (watch->timeout) {
        watch->thread = PyThread_get_thread_ident();
        watch->begun = mp_status_now();
        link_watch(watch);
        mine = watch;
    }
    else if (mine) {
        watch->interruptible = set_interruptible(NULL);
        watch->is_interrupted = mine->is_interrupted;
        watch->interpreter = set_interpreter(interpreter);
    }
}

void mp_watch_do_end(mp_watch *watch)
{
    if (watch->timeout) {
        unlink_watch(watch);
        mine = NULL;
    }
    else if (mine) {
        set_interrupted(watch->is_interrupted); /* what ended the inner call has not ended the outer one */
        mine->interruptible = watch->interruptible;
        set_interpreter(watch->interpreter);
    }
}

static PyObject *exception_class(void)
{
    PyObject *module = PyImport_ImportModule("mod_python.errors");
    PyObject *found = module ? PyObject_GetAttrString(module, "RequestTimeout") : NULL;

    if (!found) {
        PyErr_WriteUnraisable(NULL);
    }
    Py_XDECREF(module);
    return found;
}

/* Whether what could not be done to this thread a moment ago can be done now. Nobody else does it meanwhile. */
static int is_overdue(void)
{
    int is_due;

    pthread_mutex_lock(&guard);
    is_due = mine->interruptible && mine->is_due && !mine->is_interrupted;
    mine->is_interrupted |= is_due;
    pthread_mutex_unlock(&guard);
    return is_due;
}

/* Without this, code that is uninterruptible for most of its time would never be interrupted. */
static void catch_up(void)
{
    PyObject *exception = is_overdue() ? exception_class() : NULL;

    if (exception) {
        PyThreadState_SetAsyncExc(mine->thread, exception);
        Py_DECREF(exception);
    }
}

static PyObject *call_in(PyThreadState *state, PyObject *const *arguments, Py_ssize_t length)
{
    PyThreadState *outer;
    PyObject *result;

    if (length != 2) {
        PyErr_SetString(PyExc_TypeError, "a function and its argument are wanted");
        return NULL;
    }
    if (!mine) {
        return PyObject_CallOneArg(arguments[0], arguments[1]);
    }
    outer = set_interruptible(state);
    result = PyObject_CallOneArg(arguments[0], arguments[1]);
    set_interruptible(outer);
    if (result) {
        catch_up();
    }
    return result;
}

static PyObject *run_interruptible(PyObject *self, PyObject *const *arguments, Py_ssize_t length)
{
    (void)self;
    return call_in(PyThreadState_Get(), arguments, length);
}

static PyObject *run_uninterruptible(PyObject *self, PyObject *const *arguments, Py_ssize_t length)
{
    (void)self;
    return call_in(NULL, arguments, length);
}

PyObject *mp_watchdog_function(int interruptible)
{
    static PyMethodDef methods[] = {
        {"run_uninterruptible", (PyCFunction)(void (*)(void))run_uninterruptible, METH_FASTCALL,
         "function(argument), in which RequestTimeout is not raised"},
        {"run_interruptible", (PyCFunction)(void (*)(void))run_interruptible, METH_FASTCALL,
         "function(argument), in which RequestTimeout may be raised"},
    };

    return PyCFunction_New(&methods[interruptible != 0], NULL);
}

/* ---- what needs the GIL: done by a thread of its own, which may wait for that ---- */

typedef enum {
    NOTHING,
    LOG,
    INTERRUPT,
    TRY_AGAIN, /* to interrupt it, without a word */
    EXIT
} action;

/* What to do about a watch, which may end meanwhile. Owner: the thread that does it. */
typedef struct {
    action action;
    apr_uint64_t number; /* of the watch */
    unsigned long thread;
    mp_interpreter *interpreter; /* where the request is: a handler in another one may never let go of the GIL */
    server_rec *server;
    char what[1024]; /* which request, and how long it has taken */
} job;

/* With guard or GIL. */
static mp_watch *find_watch(apr_uint64_t number)
{
    mp_watch *watch = watches;

    while (watch && watch->number != number) {
        watch = watch->next;
    }
    return watch;
}

static void log_stacks(const job *todo)
{
    PyObject *function = mp_interpreter_callback(todo->interpreter, MP_CALLBACK_LOG_STACKS);
    PyObject *result =
        PyObject_CallFunction(function, "kK", todo->thread, (unsigned long long)(apr_uintptr_t)todo->server);

    if (!result) {
        PyErr_WriteUnraisable(function);
    }
    Py_XDECREF(result);
}

/* Where the handler's code runs now; NULL: it does not. Attached. */
static mp_interpreter *interruptible(const job *todo)
{
    const mp_watch *watch = find_watch(todo->number);

    return watch && watch->interruptible ? mp_interpreter_of(watch->interruptible) : NULL;
}

/* Attached to WHERE. From the last look on, nothing lets another thread have the GIL. */
static void interrupt_in(const mp_interpreter *where, const job *todo)
{
    PyObject *exception = exception_class();

    if (exception && interruptible(todo) == where) {
        pthread_mutex_lock(&guard);
        find_watch(todo->number)->is_interrupted = 1;
        pthread_mutex_unlock(&guard);
        PyThreadState_SetAsyncExc(todo->thread, exception);
    }
    Py_XDECREF(exception);
}

/* Leaves the interpreter of the job: only in the one where the handler's code runs can that be interrupted. */
static void interrupt(const job *todo)
{
    mp_interpreter *where = interruptible(todo);

    mp_interpreter_leave();
    if (where) {
        mp_interpreter_reenter(where);
        interrupt_in(where, todo);
        mp_interpreter_leave();
    }
}

static void end_attendance(const job *todo)
{
    mp_watch *watch;

    pthread_mutex_lock(&guard);
    watch = find_watch(todo->number);
    if (watch && watch->attended_in == todo->interpreter) {
        watch->attended_in = NULL;
    }
    pthread_mutex_unlock(&guard);
}

static void *attend(void *data)
{
    job *todo = data;

    mp_interpreter_reenter(todo->interpreter);
    if (todo->action != TRY_AGAIN) {
        log_stacks(todo);
    }
    if (todo->action != LOG) {
        interrupt(todo);
    }
    else {
        mp_interpreter_leave();
    }
    end_attendance(todo);
    free(todo);
    return NULL;
}

static void start_attending(const job *todo)
{
    pthread_t thread;
    job *copy = malloc(sizeof(*copy));

    ap_assert(copy);
    *copy = *todo;
    if (pthread_create(&thread, NULL, attend, copy) == 0) {
        pthread_detach(thread);
    }
    else {
        end_attendance(todo);
        free(copy);
    }
}

/* ---- the watchdog itself, with the guard held unless it says otherwise ---- */

static int is_past(apr_interval_time_t limit, apr_interval_time_t passed)
{
    return limit && passed >= limit;
}

static mp_interpreter *interpreter_of(const mp_watch *watch)
{
    return __atomic_load_n(&watch->interpreter, __ATOMIC_RELAXED);
}

/* A thread that waits for the GIL in an interpreter which the request has left may wait for long. */
static int is_attended(const mp_watch *watch)
{
    return watch->attended_in == interpreter_of(watch);
}

static action action_for(const mp_watch *watch, apr_interval_time_t passed)
{
    if (is_past(watch->timeout->exit, passed)) {
        return EXIT;
    }
    if (is_past(watch->timeout->interrupt, passed)) {
        return !watch->is_due ? INTERRUPT : watch->is_interrupted || is_attended(watch) ? NOTHING : TRY_AGAIN;
    }
    return is_past(watch->timeout->log, passed) && !watch->is_logged ? LOG : NOTHING;
}

static apr_interval_time_t passed_since(apr_int64_t begun)
{
    return (mp_status_now() - begun) / NANOSECONDS;
}

/* Whether there is something to do about WATCH. */
static int find_job(mp_watch *watch, job *todo)
{
    apr_interval_time_t passed = passed_since(watch->begun);

    todo->action = action_for(watch, passed);
    if (todo->action == NOTHING) {
        return 0;
    }
    todo->number = watch->number;
    todo->thread = watch->thread;
    todo->interpreter = interpreter_of(watch);
    todo->server = watch->r->server;
    apr_snprintf(todo->what, sizeof(todo->what), "%s from %s has been in Python for %.1f s", watch->r->the_request,
                 watch->r->useragent_ip, passed / 1e6);
    watch->is_logged = 1;
    watch->is_due = todo->action != LOG;
    return 1;
}

/* The first watch that something is to be done about, or NULL. */
static mp_watch *find_overdue(job *todo)
{
    mp_watch *watch = watches;

    while (watch && !find_job(watch, todo)) {
        watch = watch->next;
    }
    return watch;
}

static void log_job(const job *todo)
{
    if (todo->action == LOG) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, todo->server, MPLOGNO(0373) "%s; the stacks of all threads follow",
                     todo->what);
    }
    else if (todo->action == INTERRUPT) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, todo->server,
                     MPLOGNO(0374) "%s and is interrupted; the stacks of all threads follow", todo->what);
    }
    else if (todo->action == EXIT) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, todo->server,
                     MPLOGNO(0375) "%s; the process ends, and with it whatever else it serves", todo->what);
    }
}

/* Without the guard, since logs may be slow. */
static void do_job(const job *todo, int is_new)
{
    log_job(todo);
    if (todo->action == EXIT) {
        _exit(EXIT_FAILURE);
    }
    if (is_new) {
        start_attending(todo);
    }
}

static apr_interval_time_t lesser(apr_interval_time_t a, apr_interval_time_t b)
{
    return a < b ? a : b;
}

static apr_interval_time_t left_of(apr_interval_time_t limit, apr_interval_time_t passed)
{
    return limit > passed ? limit - passed : LONG_TIME;
}

/* Until there may be something to do: nothing that begins from now on is due before the shortest timeout of all. */
static apr_interval_time_t time_to_wait(void)
{
    apr_interval_time_t wait = shortest;
    const mp_watch *watch;

    for (watch = watches; watch; watch = watch->next) {
        apr_interval_time_t passed = passed_since(watch->begun);
        wait = lesser(wait, left_of(watch->timeout->log, passed));
        wait = lesser(wait, left_of(watch->timeout->interrupt, passed));
        wait = lesser(wait, left_of(watch->timeout->exit, passed));
        wait = lesser(wait, watch->is_due && !watch->is_interrupted ? RETRY : wait);
    }
    return wait;
}

static void wait_for(apr_interval_time_t wait)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    wait += until.tv_nsec / NANOSECONDS;
    until.tv_sec += apr_time_sec(wait);
    until.tv_nsec = apr_time_usec(wait) * NANOSECONDS;
    pthread_cond_timedwait(&stopped, &guard, &until);
}

/* Returns once it has waited, or done one job. */
static void look(void)
{
    job todo;
    mp_watch *watch = find_overdue(&todo);
    int is_new = watch && watch->attended_in != todo.interpreter;

    if (!watch) {
        wait_for(time_to_wait());
        return;
    }
    watch->attended_in = todo.interpreter;
    pthread_mutex_unlock(&guard);
    do_job(&todo, is_new);
    pthread_mutex_lock(&guard);
}

static void *watch_over(void *unused)
{
    pthread_mutex_lock(&guard);
    while (!is_stopping) {
        look();
    }
    pthread_mutex_unlock(&guard);
    return unused;
}

/* ---- its life ---- */

/* A child that is killed inside Python, or in the middle of a fork, may hold the guard, and does not wait for anybody.
 * What has been forked, and has not begun another program yet, has no watchdog to wait for. */
static apr_status_t stop(void *unused)
{
    (void)unused;
    if (!mp_interpreters_abandoned() && !is_forking) {
        pthread_mutex_lock(&guard);
        is_stopping = 1;
        pthread_cond_signal(&stopped);
        pthread_mutex_unlock(&guard);
        pthread_join(watchdog, NULL);
    }
    return APR_SUCCESS;
}

static void hold_guard(void)
{
    is_forking = 1;
    pthread_mutex_lock(&guard);
}

static void let_go_of_guard(void)
{
    pthread_mutex_unlock(&guard);
    is_forking = 0;
}

static void let_go_of_copy(void)
{
    pthread_mutex_unlock(&guard);
}

/* Signals are for the threads of the MPM. */
static int start_without_signals(void)
{
    sigset_t all, before;
    int status;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&watchdog, NULL, watch_over, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static void prepare_waiting(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&stopped, &attributes);
    pthread_condattr_destroy(&attributes);
}

void mp_watchdog_child_init(apr_pool_t *pchild, server_rec *s)
{
    int status;

    if (!shortest || !mp_cpython_is_running()) {
        return;
    }
    prepare_waiting();
    pthread_atfork(hold_guard, let_go_of_guard, let_go_of_copy);
    status = start_without_signals();
    if (status) {
        ap_log_error(
            APLOG_MARK, APLOG_CRIT, status, s,
            MPLOGNO(0378) "cannot start the thread for PythonRequestTimeout, which has no effect in this child");
        return;
    }
    pthread_setname_np(watchdog, THREAD_NAME);
    mp_watchdog_is_awake = 1;
    apr_pool_cleanup_register(pchild, NULL, stop, apr_pool_cleanup_null);
}
