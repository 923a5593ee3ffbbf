/* Target: the variables that headers become. Lines: URI, its base, then a header on each, as "name: value". */

#include "target.h"

#include <apr_lib.h>

#include "../../src/bridge/bridge.h"

static void add_headers(apr_pool_t *pool, apr_table_t *headers, const uint8_t *data, size_t size)
{
    while (size) {
        char *name = next_line(pool, &data, &size);
        char *colon = strchr(name, ':');
        if (colon) {
            *colon = '\0';
            apr_table_addn(headers, name, colon + 1);
        }
    }
}

static size_t count(const char *texts, size_t length)
{
    size_t ends = 0;

    for (; length; length--) {
        ends += !*texts++;
    }
    return ends;
}

/* Names of CGI's, each with a value; none of a header that poses as another. */
static void check(const mp_packed *packed)
{
    const char *name = packed->data;
    const char *end = name + packed->names;

    while (name < end) {
        const char *c;
        for (c = name; *c; c++) {
            MUST(apr_isupper(*c) || apr_isdigit(*c) || *c == '_');
        }
        MUST(strcmp(name, "HTTP_PROXY") != 0 && strcmp(name, "HTTP_AUTHORIZATION") != 0);
        name = c + 1;
    }
    MUST(name == end);
    MUST(count(packed->data, packed->names) == count(end, packed->values));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int is_initialized;
    apr_pool_t *pool;
    conn_rec connection = {.local_ip = "127.0.0.1"};
    server_rec server = {.server_admin = "nobody"};
    request_rec r = {.connection = &connection, .server = &server, .method = "GET", .protocol = "HTTP/1.1"};
    const char *base;
    const mp_packed *packed;

    is_initialized = is_initialized || apr_initialize() == APR_SUCCESS;
    apr_pool_create(&pool, NULL);
    r.pool = pool;
    r.hostname = "localhost";
    r.uri = r.unparsed_uri = r.path_info = next_line(pool, &data, &size);
    base = next_line(pool, &data, &size);
    r.headers_in = apr_table_make(pool, 4);
    r.subprocess_env = apr_table_make(pool, 4);
    add_headers(pool, r.headers_in, data, size);
    packed = mp_wsgi_environ(&r, base, strlen(base), 0);
    if (packed) {
        check(packed);
    }
    mp_add_cgi_vars(&r);
    MUST(strlen(apr_table_get(r.subprocess_env, "SCRIPT_NAME")) <= strlen(r.uri));
    apr_pool_destroy(pool);
    return 0;
}
