/* What a handler costs in httpd itself: the limit that handlers in Python are measured against. */

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>

#define CHUNK 65536

typedef int (*responder)(request_rec *);

static int hello(request_rec *r)
{
    ap_set_content_type(r, "text/plain");
    ap_rputs("Hello, World!", r);
    return OK;
}

static int hello_flush(request_rec *r)
{
    hello(r);
    ap_rflush(r);
    return OK;
}

/* Read the body as mod_proxy and mod_cgi do, by ap_get_client_block(), and say how long it was. */
static int count(request_rec *r)
{
    char *buffer = apr_palloc(r->pool, CHUNK);
    apr_off_t total = 0;
    long length;
    int status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);

    if (status != OK) {
        return status;
    }
    if (ap_should_client_block(r)) {
        while ((length = ap_get_client_block(r, buffer, CHUNK)) > 0) {
            total += length;
        }
    }
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%" APR_OFF_T_FMT, total);
    return OK;
}

static const struct {
    const char *name;
    responder respond;
} RESPONDERS[] = {
    {"c-hello", hello},
    {"c-hello_flush", hello_flush},
    {"c-count", count},
    {NULL, NULL},
};

static int handler(request_rec *r)
{
    for (int i = 0; RESPONDERS[i].name; i++) {
        if (r->handler && !strcmp(r->handler, RESPONDERS[i].name)) {
            return RESPONDERS[i].respond(r);
        }
    }
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(c_handler) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, AP_MODULE_FLAG_NONE,
};
