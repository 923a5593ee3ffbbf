/* The front door: the module record and the hooks of the server's life. The journey of a request starts in hooks.c. */

#include "mod_python.h"

#include <http_main.h>

#include "auth.h"
#include "config.h"
#include "cpython.h"
#include "directives.h"
#include "dispatch.h"
#include "exports.h"
#include "exposure.h"
#include "filter.h"
#include "hooks.h"
#include "include.h"
#include "interpreter.h"
#include "lock.h"
#include "status.h"
#include "watchdog.h"

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    mp_directives_reset(pconf);
    mp_watchdog_reset();
    mp_lock_register(pconf);
    return OK;
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    int wrong = mp_lock_check(s) + mp_interpreters_check(s) + mp_cpython_check(ptemp, s) + mp_exposure_check(s);

    (void)pconf;
    (void)plog;
    return wrong ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    mp_cpython_pin(s);
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
        mp_config_warn(s); /* not a second time, in the trial run that comes first */
    }
    ap_add_version_component(pconf, "mod_python/" MP_VERSION);
    ap_add_version_component(pconf, "Python/" MP_PYTHON_VERSION);
    return mp_status_create(s) == OK ? mp_lock_create(pconf, s) : HTTP_INTERNAL_SERVER_ERROR;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    mp_config_child_init(s);
    mp_lock_child_init(pchild, s);
    mp_status_child_init(s);
    mp_include_register();
    mp_cpython_start(pchild, s);
    mp_watchdog_child_init(pchild, s);
    mp_dispatch_imports(s);
}

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    mp_hooks_register();
    mp_filter_register();
    mp_auth_register(pool);
    mp_exports_register();
    mp_status_register();
}

/* The one symbol that httpd looks up. AP_DECLARE_MODULE would declare the log index that mod_python.h declares. */
__attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA python_module = {
    STANDARD20_MODULE_STUFF, mp_config_create, mp_config_merge, NULL, NULL, mp_directives, register_hooks, 0};
