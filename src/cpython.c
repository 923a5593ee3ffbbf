/* Starts CPython in a child: never in httpd's parent, which may be root and which reloads its modules. */

#include <Python.h>
#include <dlfcn.h>
#include <unistd.h>

#include "bridge/bridge.h"
#include "interpreter.h"
#include "cpython.h"

static int running;

int mp_cpython_is_running(void)
{
    return running;
}

/* ---- staying in memory ---- */

static void pin(server_rec *s, const char *file)
{
    if (!dlopen(file, RTLD_LAZY | RTLD_GLOBAL | RTLD_NODELETE)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MPLOGNO(0001) "cannot keep %s in memory: %s", file, dlerror());
    }
}

/* The file this code was loaded from. */
static const char *own_file(void)
{
    Dl_info info;

    return dladdr((void *)&running, &info) ? info.dli_fname : NULL;
}

void mp_cpython_pin(server_rec *s)
{
    pin(s, MP_LIBPYTHON);
}

/* ---- configuration ---- */

#define LIBRARY "lib/python" APR_STRINGIFY(PY_MAJOR_VERSION) "." APR_STRINGIFY(PY_MINOR_VERSION)

/* What PythonHome names, or NULL. */
static const char *home_of(apr_pool_t *pool, const server_rec *s)
{
    const char *home = mp_config_of_server(s)->home;

    return home ? ap_server_root_relative(pool, home) : NULL;
}

int mp_cpython_check(apr_pool_t *pool, server_rec *s)
{
    const char *home = home_of(pool, s);

    if (!home || ap_is_directory(pool, apr_pstrcat(pool, home, "/" LIBRARY, NULL))) {
        return OK;
    }
    ap_log_error(
        APLOG_MARK, APLOG_CRIT, 0, s,
        MPLOGNO(0061) "PythonHome %s must name a virtual environment, or the prefix of an installation, of the "
                      "Python that this module was built for: there is no directory %s/" LIBRARY,
        home, home);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* A virtual environment is named by its interpreter alone; any other PythonHome is the prefix of an installation. */
static int is_virtual_environment(apr_pool_t *pool, const char *home)
{
    apr_finfo_t info;
    const char *marker = apr_pstrcat(pool, home, "/pyvenv.cfg", NULL);

    return apr_stat(&info, marker, APR_FINFO_TYPE, pool) == APR_SUCCESS;
}

static PyStatus set_locations(apr_pool_t *pool, PyConfig *config, const char *home)
{
    const char *executable = home ? apr_pstrcat(pool, home, "/bin/python3", NULL) : MP_PYTHON_EXECUTABLE;
    PyStatus status;

    if (home && !is_virtual_environment(pool, home)) {
        status = PyConfig_SetBytesString(config, &config->home, home);
        if (PyStatus_Exception(status)) {
            return status;
        }
    }
    status = PyConfig_SetBytesString(config, &config->program_name, executable);
    if (PyStatus_Exception(status)) {
        return status;
    }
    return PyConfig_SetBytesString(config, &config->executable, executable);
}

/* Isolated: the environment and working directory of the shell that started httpd change nothing, and httpd keeps the
 * signals. UTF-8 mode gives file names the same text rule as every other string of httpd's. */
static PyStatus initialize(apr_pool_t *pool, const server_rec *s)
{
    PyPreConfig preconfig;
    PyConfig config;
    PyStatus status;

    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    status = Py_PreInitialize(&preconfig);
    if (PyStatus_Exception(status)) {
        return status;
    }
    PyConfig_InitIsolatedConfig(&config);
    config.install_signal_handlers = 0;
    config.optimization_level = mp_config_flag(mp_config_of_server(s), optimize, 0) ? 1 : 0;
    status = set_locations(pool, &config, home_of(pool, s));
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    return status;
}

/* ---- life ---- */

static apr_status_t stop(void *unused)
{
    (void)unused;
    mp_interpreters_end();
    return APR_SUCCESS;
}

void mp_cpython_start(apr_pool_t *pchild, server_rec *s)
{
    const char *self = own_file();
    PyStatus status;

    if (geteuid() == 0) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s,
                     MPLOGNO(0380) "Python is not started as root, which this child still is: name another User");
        return;
    }
    /* At exit httpd unloads its modules while Python threads may still be inside this one. */
    if (self) {
        pin(s, self);
    }
    if (PyImport_AppendInittab(MP_BRIDGE_MODULE, mp_bridge_init) < 0) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, MPLOGNO(0002) "cannot register the bridge module: out of memory");
        return;
    }
    mp_interpreters_prepare(pchild);
    status = initialize(pchild, s);
    if (PyStatus_Exception(status)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s,
                     MPLOGNO(0003) "cannot start Python %s with %s: %s; every Python handler will answer 500",
                     MP_PYTHON_VERSION, MP_PYTHON_EXECUTABLE, status.err_msg ? status.err_msg : "no reason given");
        return;
    }
    running = 1;
    mp_interpreters_begin(s, own_file());
    apr_pool_cleanup_register(pchild, NULL, stop, apr_pool_cleanup_null);
    PyEval_SaveThread();
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, MPLOGNO(0004) "Python %s started with %s", MP_PYTHON_VERSION,
                 MP_PYTHON_EXECUTABLE);
}
