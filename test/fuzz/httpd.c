/* What the targets in C need of httpd, which is a program and cannot be linked: as little as its documentation says. */

#include "target.h"

#include <apr_lib.h>

char *next_line(apr_pool_t *pool, const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
    size_t length = end ? (size_t)(end - *data) : *size;
    char *line = apr_pstrmemdup(pool, (const char *)*data, length);

    *data += length + (end != NULL);
    *size -= length + (end != NULL);
    return line;
}

/* ---- words ---- */

/* A word in quotes ends at the next quote without a backslash in front; others end at white space. */
char *ap_getword_conf(apr_pool_t *pool, const char **line)
{
    const char *from = *line;
    char *word;
    char *to;
    char quote;

    while (apr_isspace(*from)) {
        from++;
    }
    quote = *from == '"' || *from == '\'' ? *from++ : '\0';
    to = word = apr_palloc(pool, strlen(from) + 1);
    while (*from && (quote ? *from != quote : !apr_isspace(*from))) {
        from += quote && *from == '\\' && (from[1] == quote || from[1] == '\\');
        *to++ = *from++;
    }
    *to = '\0';
    from += quote && *from;
    while (apr_isspace(*from)) {
        from++;
    }
    *line = from;
    return word;
}

char *ap_make_dirstr_parent(apr_pool_t *pool, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? apr_pstrmemdup(pool, path, slash - path + 1) : apr_pstrdup(pool, "");
}

int ap_cstr_casecmp(const char *a, const char *b)
{
    return strcasecmp(a, b);
}

int ap_cstr_casecmpn(const char *a, const char *b, apr_size_t length)
{
    return strncasecmp(a, b, length);
}

/* ---- regular expressions: PCRE has fuzzers of its own ---- */

ap_regex_t *ap_pregcomp(apr_pool_t *pool, const char *pattern, int flags)
{
    (void)pool, (void)pattern, (void)flags;
    return NULL;
}

int ap_regexec(const ap_regex_t *regex, const char *text, apr_size_t size, ap_regmatch_t *matches, int flags)
{
    (void)regex, (void)text, (void)size, (void)matches, (void)flags;
    return AP_REG_NOMATCH;
}

/* ---- the server ---- */

const char *ap_check_cmd_context(cmd_parms *cmd, unsigned forbidden)
{
    (void)cmd, (void)forbidden;
    return NULL;
}

const char *ap_get_server_banner(void)
{
    return "fuzz";
}

const char *ap_get_server_name_for_url(request_rec *r)
{
    return r->hostname;
}

apr_port_t ap_get_server_port(const request_rec *r)
{
    (void)r;
    return 80;
}

const char *ap_document_root(request_rec *r)
{
    (void)r;
    return "/site";
}

const char *ap_run_http_scheme(const request_rec *r)
{
    (void)r;
    return "http";
}

void ap_add_common_vars(request_rec *r)
{
    (void)r;
}

void ap_log_assert(const char *condition, const char *file, int line)
{
    (void)condition, (void)file, (void)line;
    __builtin_trap();
}
