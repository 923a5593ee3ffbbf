/* The CGI variables of a request: for WSGI in one packed block, for CGI and SSI in req.subprocess_env. */

#include "bridge.h"
#include "pack.h"

#include <apr_lib.h>

static void add(const char *name, const char *value)
{
    size_t length = strlen(name) + 1;

    memcpy(mp_pack_name_room(length), name, length);
    mp_pack_item(value);
}

static void add_if(const char *name, const char *value)
{
    if (value) {
        add(name, value);
    }
}

/* ---- HTTP_* ---- */

/* Only letters, digits and '-': otherwise "X_Y" could pose as "X-Y". */
static int is_plain_name(const char *name)
{
    for (; *name; name++) {
        if (!apr_isalnum(*name) && *name != '-') {
            return 0;
        }
    }
    return 1;
}

static int is_secret(const char *name)
{
    return ap_cstr_casecmp(name, "Authorization") == 0 || ap_cstr_casecmp(name, "Proxy-Authorization") == 0;
}

static void add_variable_name(const char *name)
{
    char *room;
    int has_own_name = ap_cstr_casecmp(name, "Content-Type") == 0 || ap_cstr_casecmp(name, "Content-Length") == 0;

    if (!has_own_name) {
        memcpy(mp_pack_name_room(5), "HTTP_", 5);
    }
    room = mp_pack_name_room(strlen(name) + 1);
    for (; *name; name++) {
        *room++ = *name == '-' ? '_' : apr_toupper(*name);
    }
    *room = '\0';
}

static void add_headers(const request_rec *r, int authorization)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    int i;

    for (i = 0; i < headers->nelts; i++) {
        const apr_table_entry_t *header = &APR_ARRAY_IDX(headers, i, apr_table_entry_t);
        /* "Proxy" would become HTTP_PROXY, which HTTP clients obey. */
        if (!is_plain_name(header->key) || ap_cstr_casecmp(header->key, "Proxy") == 0) {
            continue;
        }
        if (authorization || !is_secret(header->key)) {
            add_variable_name(header->key);
            mp_pack_item(header->val);
        }
    }
}

/* ---- the rest ---- */

static void add_server(request_rec *r)
{
    add("GATEWAY_INTERFACE", "CGI/1.1");
    add("SERVER_SOFTWARE", ap_get_server_banner());
    add("SERVER_NAME", ap_get_server_name_for_url(r));
    add("SERVER_PORT", apr_itoa(r->pool, ap_get_server_port(r)));
    add("SERVER_PROTOCOL", r->protocol);
    add_if("SERVER_ADDR", r->connection->local_ip);
    add_if("SERVER_ADMIN", r->server->server_admin);
    add_if("DOCUMENT_ROOT", ap_document_root(r));
}

static void add_client(request_rec *r)
{
    add_if("REMOTE_ADDR", r->useragent_ip);
    add("REMOTE_PORT", apr_itoa(r->pool, r->useragent_addr ? r->useragent_addr->port : 0));
    add_if("REMOTE_USER", r->user);
    add_if("AUTH_TYPE", r->ap_auth_type);
}

static const char *original_uri(const request_rec *r)
{
    while (r->prev) {
        r = r->prev;
    }
    return r->unparsed_uri;
}

static void add_request(request_rec *r, const char *base, size_t base_length)
{
    add("REQUEST_METHOD", r->method);
    add("REQUEST_SCHEME", ap_http_scheme(r));
    add("REQUEST_URI", original_uri(r));
    add("QUERY_STRING", r->args);
    add_if("SCRIPT_FILENAME", r->filename);
    add("SCRIPT_NAME", base);
    add("PATH_INFO", r->uri + base_length);
}

/* Set by SetEnv, mod_ssl and others, so it comes last and wins. What begins with "wsgi." is the gateway's alone. */
static void add_environment(const request_rec *r)
{
    const apr_array_header_t *variables = apr_table_elts(r->subprocess_env);
    int i;

    for (i = 0; i < variables->nelts; i++) {
        const apr_table_entry_t *variable = &APR_ARRAY_IDX(variables, i, apr_table_entry_t);
        if (strncmp(variable->key, "wsgi.", 5) != 0) {
            add(variable->key, variable->val);
        }
    }
}

/* Whether BASE is URI or a whole-segment prefix of it. */
static int is_under(const char *uri, const char *base, size_t length)
{
    return uri && strncmp(uri, base, length) == 0 && (!length || !uri[length] || uri[length] == '/');
}

/* BASE becomes SCRIPT_NAME, and the rest of r->uri PATH_INFO; NULL when r->uri lies elsewhere. */
const mp_packed *mp_wsgi_environ(request_rec *r, const char *base, size_t base_length, int authorization)
{
    if (!is_under(r->uri, base, base_length)) {
        return NULL;
    }
    mp_pack_begin();
    add_server(r);
    add_client(r);
    add_request(r, base, base_length);
    add_headers(r, authorization);
    add_environment(r);
    return mp_pack_into(r->pool);
}

static const char *script_name(const request_rec *r)
{
    size_t uri = strlen(r->uri);
    size_t info = r->path_info ? strlen(r->path_info) : 0;

    if (info && info <= uri && strcmp(r->uri + uri - info, r->path_info) == 0) {
        return apr_pstrmemdup(r->pool, r->uri, uri - info);
    }
    return r->uri;
}

/* httpd's own function would make a subrequest for PATH_TRANSLATED; Python handlers do without it. */
void mp_add_cgi_vars(request_rec *r)
{
    apr_table_t *variables = r->subprocess_env;

    ap_add_common_vars(r);
    apr_table_setn(variables, "GATEWAY_INTERFACE", "CGI/1.1");
    apr_table_setn(variables, "SERVER_PROTOCOL", r->protocol);
    apr_table_setn(variables, "REQUEST_METHOD", r->method);
    apr_table_setn(variables, "QUERY_STRING", r->args ? r->args : "");
    apr_table_setn(variables, "REQUEST_URI", original_uri(r));
    apr_table_setn(variables, "SCRIPT_NAME", script_name(r));
    if (r->path_info && *r->path_info) {
        apr_table_setn(variables, "PATH_INFO", r->path_info);
    }
}
