/* What a request knows that is not a plain field of httpd's structures, and the small actions on it. */

#include "bridge.h"
#include "pack.h"

#include <scoreboard.h>
#include <sys/stat.h>

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

int mp_first_file(const char *paths, size_t length, int start)
{
    const char *path;
    struct stat info;
    int index = 0;

    for (path = paths; path < paths + length; path += strlen(path) + 1, index++) {
        if (index >= start && stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            return index;
        }
    }
    return -1;
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

/* METHODS is "GET\0POST\0", of LENGTH bytes; with RESET they replace what is there. */
void mp_allow_methods(request_rec *r, const char *methods, size_t length, int reset)
{
    ap_method_list_t *allowed = r->allowed_methods;
    const char *method;

    if (reset) {
        ap_clear_method_list(allowed);
    }
    for (method = methods; method < methods + length; method += strlen(method) + 1) {
        ap_method_list_add(allowed, apr_pstrdup(r->pool, method));
    }
    if (allowed->method_list->nelts) {
        /* Without this bit httpd leaves those it does not know out of the Allow header. */
        allowed->method_mask |= AP_METHOD_BIT << M_INVALID;
    }
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
    apr_uint64_t mask = (apr_uint64_t)allowed->method_mask; /* the last bit of a signed number is no bit to shift to */
    int i;

    mp_pack_begin();
    for (i = 0; i < METHODS; i++) {
        if (i != M_INVALID && mask >> i & 1) {
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

static void pack_extensions(apr_pool_t *pool, const ap_directive_t *directive)
{
    for (; directive; directive = directive->next) {
        const char *args = directive->args;
        if (ap_cstr_casecmp(directive->directive, "AddHandler") == 0 && is_our_handler(ap_getword_conf(pool, &args))) {
            while (*args) {
                const char *extension = ap_getword_conf(pool, &args);
                extension += *extension == '.';
                mp_pack_text(extension, strlen(extension));
                mp_pack_text(" ", 1);
            }
        }
        pack_extensions(pool, directive->first_child);
    }
}

/* "py psp ": the server configuration's AddHandler lines for mod_python, each extension without its dot. */
char *mp_addhandler_extensions(size_t *length)
{
    apr_pool_t *pool = mp_pool_make();

    mp_pack_begin();
    pack_extensions(pool, ap_conftree);
    mp_pool_destroy(pool);
    return mp_pack_block(length);
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
