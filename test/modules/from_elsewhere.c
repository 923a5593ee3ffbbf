/* A module for tests: connections seem to have come to an address that other machines can reach. */

#include <httpd.h>
#include <http_config.h>
#include <http_connection.h>

static int pretend(conn_rec *c, void *socket)
{
    (void)socket;
    return apr_sockaddr_info_get(&c->local_addr, "192.0.2.1", APR_INET, 80, 0, c->pool) == APR_SUCCESS ? OK : DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_pre_connection(pretend, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA from_elsewhere_module = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL,
                                                       register_hooks, 0};
