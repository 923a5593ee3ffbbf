/* Named interpreters and their thread states. */

#include <Python.h>

#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "config.h"
#include "cpython.h"
#include "interpreter.h"
#include "reader.h"
#include "status.h"
#include "watchdog.h"

/* A site with PythonInterpPerDirectory and very many directories must not fill the memory. */
#define LIMIT_OPTION "mod_python.max_interpreters"
#define DEFAULT_LIMIT 128
#define HIGHEST_LIMIT 10000

struct mp_interpreter {
    const char *name;                       /* pool */
    PyInterpreterState *state;              /* process: interpreters are never destroyed */
    PyObject *callbacks[MP_CALLBACK_COUNT]; /* strong, process */
    int ready;                              /* the package is loaded; set last, never unset */
    mp_interpreter *next;
};

/* A thread's state in one interpreter. Owner: the thread, until it ends. */
typedef struct mp_attachment {
    const mp_interpreter *interpreter;
    PyThreadState *state;
    struct mp_attachment *next;
} mp_attachment;

/* Only ever grows at its head, so readers need no lock. The first made, thus the last, is the main interpreter. */
static mp_interpreter *interpreters;
static mp_interpreter *main_interpreter;
static int interpreter_count;
static int limit;

/* Held while an interpreter is made: parallel first requests make one. No holder of the GIL ever waits for it. */
static apr_thread_mutex_t *creation;
static apr_pool_t *pool;              /* process; used only under the mutex */
static apr_threadkey_t *attachments;  /* mp_attachment list of each thread */
static _Thread_local int depth;       /* how often this thread has entered and not left: it may be inside Python */
static int abandoned;                 /* the child exits, and Python has run for the last time */
static const char *package_directory; /* holds the package where Python would not look for it, else NULL */

/* ---- thread states ---- */

static void forget_thread(void *list)
{
    mp_attachment *attachment = list;

    while (attachment) {
        mp_attachment *next = attachment->next;
        PyEval_RestoreThread(attachment->state);
        PyThreadState_Clear(attachment->state);
        PyThreadState_DeleteCurrent();
        free(attachment);
        attachment = next;
    }
}

static void remember_state(const mp_interpreter *interpreter, PyThreadState *state)
{
    mp_attachment *attachment = malloc(sizeof(*attachment));
    void *list = NULL;

    ap_assert(attachment);
    apr_threadkey_private_get(&list, attachments);
    attachment->interpreter = interpreter;
    attachment->state = state;
    attachment->next = list;
    apr_threadkey_private_set(attachment, attachments);
}

/* Nothing but the thread that asks can be in a state of it, so what is found is free. */
static PyThreadState *state_for(const mp_interpreter *interpreter)
{
    void *list = NULL;
    mp_attachment *attachment;
    PyThreadState *state = PyGILState_GetThisThreadState();

    /* A thread of Python's has one that is not ours: it writes to a request, and a filter runs. */
    if (state && PyThreadState_GetInterpreter(state) == interpreter->state) {
        return state;
    }
    apr_threadkey_private_get(&list, attachments);
    for (attachment = list; attachment; attachment = attachment->next) {
        if (attachment->interpreter == interpreter) {
            return attachment->state;
        }
    }
    state = PyThreadState_New(interpreter->state);
    ap_assert(state);
    remember_state(interpreter, state);
    return state;
}

void mp_interpreter_reenter(mp_interpreter *interpreter)
{
    apr_int64_t begun = mp_status_wait();

    depth++;
    PyEval_RestoreThread(state_for(interpreter));
    mp_status_waited(begun);
}

void mp_interpreter_leave(void)
{
    PyEval_SaveThread();
    depth--;
}

/* ---- creation ---- */

/* First in the path, so that a build tree and a private directory win over what else is installed. */
static int extend_path(void)
{
    PyObject *path = PySys_GetObject("path");
    PyObject *directory;
    int failed;

    if (!package_directory || !path) {
        return 0;
    }
    directory = PyUnicode_DecodeFSDefault(package_directory);
    failed = !directory || (!PySequence_Contains(path, directory) && PyList_Insert(path, 0, directory) < 0);
    Py_XDECREF(directory);
    return failed;
}

static int start_package(mp_interpreter *interpreter)
{
    static const char *const names[] = {
#define MP_CALLBACK_NAME(id, name) name,
        MP_CALLBACKS(MP_CALLBACK_NAME)
#undef MP_CALLBACK_NAME
    };
    PyObject *module = extend_path() ? NULL : PyImport_ImportModule("mod_python.dispatch");
    PyObject *started;
    int i;

    for (i = 0; module && i < MP_CALLBACK_COUNT; i++) {
        Py_XSETREF(interpreter->callbacks[i], PyObject_GetAttrString(module, names[i]));
        if (!interpreter->callbacks[i]) {
            Py_CLEAR(module);
        }
    }
    started = module ? PyObject_CallMethod(module, "begin_interpreter", "sKNNN", interpreter->name,
                                           (unsigned long long)(apr_uintptr_t)interpreter, mp_watchdog_function(1),
                                           mp_watchdog_function(0), mp_reader_function())
                     : NULL;
    Py_XDECREF(started);
    Py_XDECREF(module);
    return started != NULL;
}

/* STATE is its first thread state. That one is never deleted: CPython cannot make another "first" one for an interpreter
 * whose threads have all gone, as they have when a child exits. */
static mp_interpreter *add_interpreter(const char *name, PyThreadState *state)
{
    mp_interpreter *interpreter = apr_pcalloc(pool, sizeof(*interpreter));

    interpreter->name = apr_pstrdup(pool, name);
    interpreter->state = PyThreadState_GetInterpreter(state);
    interpreter->next = interpreters;
    interpreter_count++;
    mp_status_set_interpreters(interpreter_count);
    __atomic_store_n(&interpreters, interpreter, __ATOMIC_RELEASE);
    return interpreter;
}

/* Attached on return, unless NULL. */
static mp_interpreter *make_interpreter(const char *name, server_rec *s)
{
    PyThreadState *made = NULL;
    mp_interpreter *interpreter;

    mp_interpreter_reenter(main_interpreter);
    if (interpreter_count < limit) {
        made = Py_NewInterpreter();
    }
    if (!made) {
        mp_interpreter_leave();
        ap_log_error(
            APLOG_MARK, APLOG_ERR, 0, s,
            MPLOGNO(0010) "cannot create the interpreter %s: there are %d of the %d that PythonOption " LIMIT_OPTION
                          " allows, or memory is short",
            name, interpreter_count, limit);
        return NULL;
    }
    interpreter = add_interpreter(name, made);
    mp_interpreter_leave();
    mp_interpreter_reenter(interpreter);
    return interpreter;
}

static mp_interpreter *find(const char *name)
{
    mp_interpreter *interpreter = __atomic_load_n(&interpreters, __ATOMIC_ACQUIRE);

    while (interpreter && strcmp(interpreter->name, name) != 0) {
        interpreter = interpreter->next;
    }
    return interpreter;
}

/* An interpreter whose package failed to load is kept, and the next request tries again. */
static mp_interpreter *make_ready(mp_interpreter *interpreter, server_rec *s)
{
    if (!interpreter->ready && !start_package(interpreter)) {
        PyErr_WriteUnraisable(NULL);
        mp_interpreter_leave();
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     MPLOGNO(0011) "cannot load the package mod_python in the interpreter %s; the traceback is above",
                     interpreter->name);
        return NULL;
    }
    if (!interpreter->ready) {
        __atomic_store_n(&interpreter->ready, 1, __ATOMIC_RELEASE);
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, MPLOGNO(0012) "interpreter %s created", interpreter->name);
    }
    return interpreter;
}

static mp_interpreter *enter_for_the_first_time(const char *name, server_rec *s)
{
    mp_interpreter *interpreter;

    depth++; /* prefork's SIGTERM must not find the mutex taken and Python not entered */
    apr_thread_mutex_lock(creation);
    interpreter = find(name);
    if (interpreter) {
        mp_interpreter_reenter(interpreter);
    }
    else {
        interpreter = make_interpreter(name, s);
    }
    if (interpreter) {
        interpreter = make_ready(interpreter, s);
    }
    apr_thread_mutex_unlock(creation);
    depth--;
    return interpreter;
}

mp_interpreter *mp_interpreter_enter(const char *name, server_rec *s)
{
    mp_interpreter *interpreter;

    if (!mp_cpython_is_running()) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     MPLOGNO(0013) "Python did not start in this child; the reason is above");
        return NULL;
    }
    interpreter = find(name);
    if (!interpreter || !__atomic_load_n(&interpreter->ready, __ATOMIC_ACQUIRE)) {
        return enter_for_the_first_time(name, s);
    }
    mp_interpreter_reenter(interpreter);
    return interpreter;
}

mp_interpreter *mp_interpreter_of(PyThreadState *thread)
{
    PyInterpreterState *state = PyThreadState_GetInterpreter(thread);
    mp_interpreter *interpreter = __atomic_load_n(&interpreters, __ATOMIC_ACQUIRE);

    while (interpreter->state != state) {
        interpreter = interpreter->next;
    }
    return interpreter;
}

mp_interpreter *mp_interpreter_current(void)
{
    return mp_interpreter_of(PyThreadState_Get());
}

PyObject *mp_interpreter_callback(const mp_interpreter *interpreter, mp_callback callback)
{
    return interpreter->callbacks[callback];
}

static void call(PyObject *function, PyObject *argument)
{
    PyObject *result = argument ? PyObject_CallOneArg(function, argument) : PyObject_CallNoArgs(function);

    if (!result) {
        PyErr_WriteUnraisable(function);
    }
    Py_XDECREF(result);
}

void mp_interpreter_tell(mp_interpreter *interpreter, mp_callback callback, const void *address)
{
    PyObject *argument = PyLong_FromVoidPtr((void *)address);
    mp_watch watch;

    mp_watch_begin(&watch, interpreter, NULL);
    call(interpreter->callbacks[callback], argument);
    mp_watch_end(&watch);
    Py_XDECREF(argument);
}

/* ---- life ---- */

/* In prefork, SIGTERM destroys the child's pools from within the signal handler, whatever the child is doing. If that is
 * running Python, the thread holds the GIL or is about to, and must not ask for it. */
static apr_status_t child_exits(void *unused)
{
    (void)unused;
    abandoned = depth > 0;
    return APR_SUCCESS;
}

int mp_interpreters_abandoned(void)
{
    return abandoned;
}

static int holds_package(const char *directory)
{
    const char *file = apr_pstrcat(pool, directory, "/mod_python/dispatch.py", NULL);
    apr_finfo_t info;

    return apr_stat(&info, file, APR_FINFO_TYPE, pool) == APR_SUCCESS;
}

/* Beside the module in the build tree, or in the private directory that configure was given. In site-packages Python
 * finds it by itself. */
static const char *find_package(const char *module_file)
{
    const char *beside = apr_pstrcat(pool, ap_make_dirstr_parent(pool, module_file), "../lib/python", NULL);

    if (holds_package(beside)) {
        return beside;
    }
    return *MP_PACKAGE_DIRECTORY && holds_package(MP_PACKAGE_DIRECTORY) ? MP_PACKAGE_DIRECTORY : NULL;
}

static int limit_wanted(const server_rec *s)
{
    return mp_config_number(s, LIMIT_OPTION, DEFAULT_LIMIT, 2, HIGHEST_LIMIT);
}

int mp_interpreters_check(server_rec *s)
{
    return limit_wanted(s) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* The data of a thread that ends are cleared in the order of their keys. So this key is made before Python makes its
 * own, by which code that runs while forget_thread() clears a thread state finds that state. */
void mp_interpreters_prepare(apr_pool_t *pchild)
{
    /* Not a child of pchild: the ends of requests and connections still come when that one's children are gone. */
    apr_pool_create(&pool, NULL);
    apr_pool_pre_cleanup_register(pchild, NULL, child_exits);
    apr_threadkey_private_create(&attachments, forget_thread, pool);
}

void mp_interpreters_begin(server_rec *s, const char *module_file)
{
    limit = limit_wanted(s);
    package_directory = module_file ? find_package(module_file) : NULL;
    apr_thread_mutex_create(&creation, APR_THREAD_MUTEX_DEFAULT, pool);
    main_interpreter = add_interpreter(MP_MAIN_INTERPRETER, PyThreadState_Get());
    remember_state(main_interpreter, PyThreadState_Get());
}

void mp_interpreters_end(void)
{
    mp_interpreter *interpreter;

    for (interpreter = abandoned ? NULL : interpreters; interpreter; interpreter = interpreter->next) {
        if (interpreter->ready) {
            mp_interpreter_reenter(interpreter);
            call(interpreter->callbacks[MP_CALLBACK_END_INTERPRETER], NULL);
            mp_interpreter_leave();
        }
    }
    abandoned = 1; /* httpd still has pools to destroy */
}
