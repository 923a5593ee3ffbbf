/* For other httpd modules: optional functions to run Python code in this module's interpreters.
 *
 * Include Python.h first; fetch each with APR_RETRIEVE_OPTIONAL_FN, NULL where mod_python is not loaded. */

#ifndef MP_EXPORTS_H
#define MP_EXPORTS_H

#include <Python.h>

#include <apr_optional.h>
#include <httpd.h>

/* Attaches this thread to the interpreter called NAME (NULL: main_interpreter), which is made on first use. NULL on
 * failure, which is logged; then nothing is held. Every success is paired with mp_release_interpreter on this thread. */
APR_DECLARE_OPTIONAL_FN(PyInterpreterState *, mp_acquire_interpreter, (const char *name));

/* Detaches. No Python object may be touched after this. */
APR_DECLARE_OPTIONAL_FN(void, mp_release_interpreter, (void));

/* The object handlers of the acquired interpreter see. NULL: a Python exception is set. */
APR_DECLARE_OPTIONAL_FN(PyObject *, mp_get_request_object, (request_rec * r)); /* borrowed; until the request ends */
APR_DECLARE_OPTIONAL_FN(PyObject *, mp_get_server_object, (server_rec * s));   /* new reference */
APR_DECLARE_OPTIONAL_FN(PyObject *, mp_get_connection_object, (conn_rec * c)); /* new reference */

/* For mod_python.c. */
void mp_exports_register(void);

#endif
