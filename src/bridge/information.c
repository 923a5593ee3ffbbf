/* What a request knows that is not a plain field of httpd's structures, and the small actions on it. */

#include "bridge.h"
#include "pack.h"

#include <scoreboard.h>

int mp_get_basic_auth_pw(request_rec *r, const char **password)
{
    return ap_get_basic_auth_pw(r, password);
}

const char *mp_remote_host(request_rec *r, int type, int *is_ip)
{
    *is_ip = 0;
    return ap_get_useragent_host(r, type, is_ip);
}

int mp_double_reverse(const conn_rec *c)
{
    return c->double_reverse;
}

/* The copy outlives the stat result it was made from. */
void mp_set_finfo(request_rec *r, const apr_finfo_t *info)
{
    r->finfo = *info;
    r->finfo.pool = r->pool;
    r->finfo.fname = info->fname ? apr_pstrdup(r->pool, info->fname) : NULL;
    r->finfo.name = info->name ? apr_pstrdup(r->pool, info->name) : NULL;
    r->finfo.filehand = NULL;
}

int mp_regex_matches(const char *pattern, const char *text)
{
    ap_regex_t regex;
    int matches;

    if (ap_regcomp(&regex, pattern, AP_REG_EXTENDED | AP_REG_NOSUB)) {
        return 0;
    }
    matches = ap_regexec(&regex, text, 0, NULL, 0) == 0;
    ap_regfree(&regex);
    return matches;
}

int mp_server_loglevel(const server_rec *s)
{
    return ap_get_server_module_loglevel(s, APLOG_MODULE_INDEX);
}

apr_time_t mp_restart_time(void)
{
    return ap_scoreboard_image ? ap_scoreboard_image->global->restart_time : 0;
}

void mp_internal_redirect(request_rec *r, const char *uri)
{
    ap_internal_redirect(uri, r);
}

/* ---- methods ---- */

void mp_allow_method(request_rec *r, const char *method)
{
    ap_method_list_add(r->allowed_methods, apr_pstrdup(r->pool, method));
    if (r->allowed_methods->method_list->nelts) {
        /* Without this bit httpd leaves those it does not know out of the Allow header. */
        r->allowed_methods->method_mask |= AP_METHOD_BIT << M_INVALID;
    }
}

void mp_allow_reset(request_rec *r)
{
    ap_clear_method_list(r->allowed_methods);
}

static void pack_item(const char *text)
{
    mp_pack_text(text, strlen(text) + 1);
}

/* httpd has one number for GET and HEAD. */
static const char *method_name(apr_pool_t *pool, int number)
{
    return number == M_GET ? "GET" : ap_method_name_of(pool, number);
}

/* "GET\0POST\0", standard methods first. */
char *mp_allowed_methods(request_rec *r, size_t *length)
{
    const ap_method_list_t *allowed = r->allowed_methods;
    int i;

    mp_pack_begin();
    for (i = 0; i < METHODS; i++) {
        if (i != M_INVALID && allowed->method_mask & (AP_METHOD_BIT << i)) {
            pack_item(method_name(r->pool, i));
        }
    }
    for (i = 0; i < allowed->method_list->nelts; i++) {
        pack_item(APR_ARRAY_IDX(allowed->method_list, i, const char *));
    }
    return mp_pack_block(length);
}

/* ---- AddHandler ---- */

static int is_our_handler(const char *name)
{
    return strcmp(name, "mod_python") == 0 || strcmp(name, "python-program") == 0;
}

static const char *collect_extensions(apr_pool_t *pool, const ap_directive_t *directive, const char *collected)
{
    for (; directive; directive = directive->next) {
        const char *args = directive->args;
        if (ap_cstr_casecmp(directive->directive, "AddHandler") == 0 && is_our_handler(ap_getword_conf(pool, &args))) {
            while (*args) {
                const char *extension = ap_getword_conf(pool, &args);
                collected = apr_pstrcat(pool, collected, extension + (*extension == '.'), " ", NULL);
            }
        }
        collected = collect_extensions(pool, directive->first_child, collected);
    }
    return collected;
}

/* "py psp ": the server configuration's AddHandler lines for mod_python, each extension without its dot. */
const char *mp_addhandler_extensions(request_rec *r)
{
    return collect_extensions(r->pool, ap_conftree, "");
}

/* A digest provider's answer, where httpd wants it. */
void mp_store_hash(request_rec *r, char **answer, const char *hash)
{
    *answer = apr_pstrdup(r->pool, hash);
}

/* ---- the request's state ---- */

/* False for a phase that no handler can be added to. */
int mp_add_phase(request_rec *r, int phase)
{
    mp_request *state = mp_request_of(r);

    if (phase < 0 || phase >= MP_PHASE_CLEANUP) {
        return 0;
    }
    state->added |= 1u << phase;
    return 1;
}

void mp_keep_request(request_rec *r)
{
    mp_request_of(r)->kept = 1;
}

const char *mp_strerror(int status, char *buffer, size_t size)
{
    return status == AP_FILTER_ERROR ? "a filter failed, and the client has been answered"
                                     : apr_strerror(status, buffer, size);
}
