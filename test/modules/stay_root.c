/* A module for tests: children stay root, as with modules that change the user for each request. */

#include <httpd.h>
#include <http_config.h>
#include <unixd.h>

/* httpd refuses "User root" when it reads the line, but not here. */
static int stay_root(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)s;
    ap_unixd_config.user_id = 0;
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(stay_root, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA stay_root_module = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks,
                                                  0};
