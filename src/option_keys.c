/* A misspelt option would be passed over, and a wrong value be seen at the first request: both are told at the start. */

#include "option_keys.h"

#include <apr_lib.h>

#define RESERVED "mod_python."
#define LONGEST 63 /* letters of a key */

/* What values look like: a regular expression, and its meaning in words. */
typedef struct {
    const char *pattern; /* NULL: anything */
    const char *allowed;
} value_form;

static const value_form ANYTHING = {NULL, NULL};
static const value_form SWITCH = {"(?i)^(on|yes|true|1|off|no|false|0)$", "On or Off"};
static const value_form COUNT = {"^[0-9]+$", "a whole number, 0 or more"};
static const value_form NUMBER = {"^[+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$", "a number, 0 or more"};
static const value_form APPLICATION = {"^(([^:]|::)+|.*/.*)$", "module, module::callable or module::factory()"};
static const value_form BASE_PATH = {"^/(.*[^/])$", "a path that begins with / and does not end with it"};
static const value_form SEPARATORS = {"^[&;]+$", "'&', ';' or both"};
static const value_form SAME_SITE = {"^(Lax|Strict|None)$", "Lax, Strict or None"};
static const value_form SERIALIZER = {"^(pickle|json)$", "pickle or json"};
static const value_form SESSION_TYPE = {
    "^(MemorySession|DbmSession|FileSession|SqliteSession|RedisSession)$",
    "MemorySession, DbmSession, FileSession, SqliteSession or RedisSession",
};

typedef struct {
    const char name[LONGEST + 1]; /* one that ends with '.' stands for all that begin so */
    const value_form *form;
    mp_reach reach;
} option_key;

/* docs/directives.md says what they mean. Python reads them, and looks at the values again: a handler may change them. */
static const option_key keys[] = {
    {"mod_python.mutex_locks", &ANYTHING, MP_REACH_PROCESS},      /* mp_config_number() knows its bounds */
    {"mod_python.max_interpreters", &ANYTHING, MP_REACH_PROCESS}, /* and those of this one */
    {"mod_python.debug.locals", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.wsgi.application", &APPLICATION, MP_REACH_ANYWHERE},
    {"mod_python.wsgi.base_uri", &BASE_PATH, MP_REACH_ANYWHERE},
    {"mod_python.wsgi.pass_authorization", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.psp.include_root", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.psp.max_size", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.psp.cache_database_filename", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.cgi.authorization", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.cgihandler.reload", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.testhandler", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.testhandler.view_log", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.form.max_fields", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.form.max_files", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.form.max_memory", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.form.spool_size", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.form.max_part_headers", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.form.max_part_header_size", &COUNT, MP_REACH_ANYWHERE},
    {"mod_python.form.separators", &SEPARATORS, MP_REACH_ANYWHERE},
    {"mod_python.session.session_type", &SESSION_TYPE, MP_REACH_ANYWHERE},
    {"mod_python.session.cookie_name", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.session.application_path", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.session.application_domain", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.session.cookie_secure", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.session.cookie_httponly", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.session.cookie_samesite", &SAME_SITE, MP_REACH_ANYWHERE},
    {"mod_python.session.lock_timeout", &NUMBER, MP_REACH_ANYWHERE},
    {"mod_python.session.serializer", &SERIALIZER, MP_REACH_ANYWHERE},
    {"mod_python.session.database_directory", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.dbm_session.database_directory", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.dbm_session.database_filename", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.sqlite_session.database_directory", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.sqlite_session.database_filename", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.file_session.database_directory", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.file_session.enable_fast_cleanup", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.file_session.verify_session_timeout", &SWITCH, MP_REACH_ANYWHERE},
    {"mod_python.file_session.cleanup_grace_period", &NUMBER, MP_REACH_ANYWHERE},
    {"mod_python.file_session.cleanup_time_limit", &NUMBER, MP_REACH_ANYWHERE},
    {"mod_python.memory_session.max_sessions", &NUMBER, MP_REACH_ANYWHERE},
    {"mod_python.redis_session.url", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.redis_session.prefix", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.redis_session.timeout", &NUMBER, MP_REACH_ANYWHERE},
    {"mod_python.redis_session.lock_lease", &NUMBER, MP_REACH_ANYWHERE},
    /* Without effect: sites of before have them. */
    {"mod_python.mutex_directory", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.legacy.importer", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.future.importer", &ANYTHING, MP_REACH_ANYWHERE},
    {"mod_python.importer.", &ANYTHING, MP_REACH_ANYWHERE},
    {"", NULL, MP_REACH_ANYWHERE},
};

static int begins_with(const char *text, const char *beginning)
{
    return ap_cstr_casecmpn(text, beginning, strlen(beginning)) == 0;
}

static int is_for(const option_key *key, const char *name)
{
    return key->name[strlen(key->name) - 1] == '.' ? begins_with(name, key->name)
                                                   : ap_cstr_casecmp(name, key->name) == 0;
}

/* How many letters make A another word B: Levenshtein's distance. ROW has room for B and one more. */
static apr_size_t distance(const char *a, const char *b, apr_size_t *row)
{
    apr_size_t length = strlen(b);
    apr_size_t i, j;

    for (j = 0; j <= length; j++) {
        row[j] = j;
    }
    for (i = 0; a[i]; i++) {
        apr_size_t diagonal = row[0]++;
        for (j = 0; j < length; j++) {
            apr_size_t changed = diagonal + (apr_tolower(a[i]) != b[j]);
            apr_size_t added = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = changed < added ? changed : added;
        }
    }
    return row[length];
}

static const char *nearest(const char *name)
{
    apr_size_t row[LONGEST + 1];
    apr_size_t least = APR_SIZE_MAX;
    const char *best = NULL;
    const option_key *key;

    for (key = keys; *key->name; key++) {
        apr_size_t found = distance(name, key->name, row);
        if (found < least) {
            least = found;
            best = key->name;
        }
    }
    return best;
}

const char *mp_option_check(apr_pool_t *pool, const char *key, const char *value, mp_reach *reach)
{
    const option_key *known = keys;
    const value_form *form;

    *reach = MP_REACH_ANYWHERE;
    if (!begins_with(key, RESERVED)) {
        return NULL;
    }
    while (*known->name && !is_for(known, key)) {
        known++;
    }
    if (!*known->name) {
        return apr_psprintf(pool, "there is no such option; did you mean %s? docs/directives.md lists all",
                            nearest(key));
    }
    *reach = known->reach;
    form = known->form;
    if (!value || !*value || !form->pattern
        || ap_regexec(ap_pregcomp(pool, form->pattern, AP_REG_EXTENDED), value, 0, NULL, 0) == 0) {
        return NULL;
    }
    return apr_psprintf(pool, "it must be %s, not '%s'", form->allowed, value);
}
