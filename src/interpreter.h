/* Named interpreters, and the one pair of functions that attaches a thread to one and detaches it again.
 *
 * The interpreters of a child share one GIL. Each thread keeps its own thread state for each interpreter it has visited,
 * so a request creates none. */

#ifndef MP_INTERPRETER_H
#define MP_INTERPRETER_H

#include "callbacks.h"
#include "mod_python.h"

typedef struct mp_interpreter mp_interpreter;

/* Attaches this thread to the interpreter called NAME, which is created on first use. NULL: the reason is logged. */
mp_interpreter *mp_interpreter_enter(const char *name, server_rec *s);

/* Attaches this thread to an interpreter already known. */
void mp_interpreter_reenter(mp_interpreter *interpreter);

/* Detaches. No Python object may be touched after this. */
void mp_interpreter_leave(void);

/* The one this thread is attached to. */
mp_interpreter *mp_interpreter_current(void);

/* True when the child exits and Python can be told nothing any more: it has ended, or this thread is killed inside it. */
int mp_interpreters_abandoned(void);

/* Whether the configured limit on their number makes sense: OK, or an error that is logged. */
int mp_interpreters_check(server_rec *s);

/* For cpython.c: the process's Python is about to start. */
void mp_interpreters_prepare(apr_pool_t *pchild);

/* For cpython.c: it has; MODULE_FILE is where mod_python.so lies. */
void mp_interpreters_begin(server_rec *s, const char *module_file);

/* For cpython.c: the child exits; runs what Python code left to run at exit. */
void mp_interpreters_end(void);

/* Calls CALLBACK with an address; what it raises is logged. Attached. */
void mp_interpreter_tell(mp_interpreter *interpreter, mp_callback callback, const void *address);

#ifdef Py_PYTHON_H
/* The Python function for CALLBACK. Borrowed; valid while the process lives. */
PyObject *mp_interpreter_callback(const mp_interpreter *interpreter, mp_callback callback);

/* The one that a thread state belongs to. */
mp_interpreter *mp_interpreter_of(PyThreadState *thread);
#endif

#endif
