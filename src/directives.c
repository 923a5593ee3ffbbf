/* The configuration directives: each setter returns NULL, or a sentence that httpd shows before it refuses to start. */

#include "directives.h"

#include "filter.h"
#include "option_keys.h"
#include "watchdog.h"

apr_array_header_t *mp_imports;
int mp_handlers_in_locations;

void mp_directives_reset(apr_pool_t *pconf)
{
    mp_handlers_in_locations = 0;
    mp_imports = apr_array_make(pconf, 4, sizeof(mp_import));
}

/* ---- where a directive may stand ---- */

#define ANY_OVERRIDE (OR_LIMIT | OR_OPTIONS | OR_FILEINFO | OR_AUTHCFG | OR_INDEXES)
#define EVERYWHERE (RSRC_CONF | ACCESS_CONF | ANY_OVERRIDE)

const char *mp_directive_check_htaccess(cmd_parms *cmd, const char *directive)
{
    if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS)
        && !mp_config_flag(mp_config_of_server(cmd->server), allow_htaccess, 1)) {
        return apr_psprintf(cmd->pool, "%s is not possible in .htaccess here, because PythonAllowHtaccess is Off",
                            directive);
    }
    return NULL;
}

/* WHAT is the directive, or as much of its line as tells what is wrong. */
static const char *check_reach_of(cmd_parms *cmd, const char *what, int reach)
{
    if (reach <= MP_REACH_SECTION) {
        return mp_directive_check_htaccess(cmd, what);
    }
    if (ap_check_cmd_context(cmd, NOT_IN_DIR_LOC_FILE | NOT_IN_HTACCESS)) {
        return apr_psprintf(cmd->pool, "%s cannot stand in a section or in .htaccess, because %s; move it to the %s",
                            what,
                            reach == MP_REACH_SERVER ? "httpd runs it before it knows which of them apply"
                                                     : "it holds for the whole server",
                            reach == MP_REACH_PROCESS ? "main server" : "server or <VirtualHost> level");
    }
    if (reach == MP_REACH_PROCESS && cmd->server->is_virtual) {
        return apr_psprintf(cmd->pool,
                            "%s cannot stand in <VirtualHost>, because it holds for the whole process; move it to "
                            "the main server",
                            what);
    }
    return NULL;
}

static const char *check_reach(cmd_parms *cmd, int reach)
{
    return check_reach_of(cmd, cmd->cmd->name, reach);
}

static const char *refuse(cmd_parms *cmd, const char *reason)
{
    return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, reason);
}

/* ---- scalar options ---- */

typedef struct {
    size_t offset;
    int reach;
} option_info;

static const char *set_flag(cmd_parms *cmd, void *config, int on)
{
    const option_info *info = cmd->info;

    *(int *)((char *)config + info->offset) = on;
    return check_reach(cmd, info->reach);
}

static const char *set_text(cmd_parms *cmd, void *config, const char *value)
{
    const option_info *info = cmd->info;

    *(const char **)((char *)config + info->offset) = value;
    return check_reach(cmd, info->reach);
}

/* httpd asks AllowOverrideList alone, which may name what holds for longer than a request. */
static const char *check_not_in_htaccess(cmd_parms *cmd)
{
    return ap_check_cmd_context(cmd, NOT_IN_HTACCESS)
               ? "it is not possible in .htaccess, whatever AllowOverrideList says"
               : NULL;
}

static const char *set_timeout(cmd_parms *cmd, void *config, const char *args)
{
    const option_info *info = cmd->info;
    const mp_timeout *timeout;
    const char *error = mp_timeout_parse(cmd->pool, args, &timeout);

    if (!error) {
        error = check_not_in_htaccess(cmd);
    }
    if (error) {
        return refuse(cmd, error);
    }
    mp_watchdog_expect(timeout);
    *(const mp_timeout **)((char *)config + info->offset) = timeout;
    return NULL;
}

#define MP_INFO(field, directive, kind, dflt, reach, help)                                                             \
    static const option_info info_##field = {APR_OFFSETOF(mp_config, field), reach};
MP_OPTIONS(MP_INFO)
#undef MP_INFO

static const char *set_option(cmd_parms *cmd, void *config, const char *key, const char *value)
{
    const char *option = apr_pstrcat(cmd->temp_pool, cmd->cmd->name, " ", key, NULL);
    mp_reach reach;
    const char *error = mp_option_check(cmd->temp_pool, key, value, &reach);

    if (error) {
        return apr_pstrcat(cmd->temp_pool, option, ": ", error, NULL);
    }
    apr_table_set(((mp_config *)config)->options, key, value ? value : "");
    return check_reach_of(cmd, option, reach);
}

/* ---- handlers ---- */

/* The list being filled under KEY, made on first use. Lists never move from one record to another while being filled. */
static mp_handler_list *list_for_key(cmd_parms *cmd, apr_hash_t **hash, const char *key)
{
    mp_handler_list *list;

    if (!*hash) {
        *hash = apr_hash_make(cmd->pool);
    }
    list = apr_hash_get(*hash, key, APR_HASH_KEY_STRING);
    if (!list) {
        list = mp_handler_list_make(cmd->pool);
        apr_hash_set(*hash, key, APR_HASH_KEY_STRING, list);
    }
    return list;
}

static mp_handler_list *list_for_phase(cmd_parms *cmd, mp_config *config, mp_phase phase)
{
    if (!config->handlers[phase]) {
        config->handlers[phase] = mp_handler_list_make(cmd->pool);
    }
    return config->handlers[phase];
}

static void append_all(mp_handler_list *list, const apr_array_header_t *words, const mp_section *section, int silent)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        mp_handler_list_append(list, APR_ARRAY_IDX(words, i, const char *), section, silent);
    }
}

static void add_handlers(cmd_parms *cmd, mp_config *config, mp_phase phase, const mp_handler_words *words, int silent)
{
    const mp_section *section = mp_section_of(cmd);
    int i;

    mp_handlers_in_locations |= phase == MP_PHASE_HANDLER && section->is_location;
    if (!mp_phases[phase].go_on) {
        config->handlers[phase] = NULL; /* no stack: the last line counts */
    }
    if (!words->extensions->nelts) {
        append_all(list_for_phase(cmd, config, phase), words->words, section, silent);
    }
    for (i = 0; i < words->extensions->nelts; i++) {
        const char *extension = APR_ARRAY_IDX(words->extensions, i, const char *);
        const char *key = mp_config_extension_key(cmd->pool, phase, extension);
        append_all(list_for_key(cmd, &config->by_extension, key), words->words, section, silent);
    }
}

static const char *set_handlers(cmd_parms *cmd, void *config, const char *args)
{
    const mp_phase_info *info = cmd->info;
    mp_handler_words words;
    const char *error = check_reach(cmd, info->reach);

    if (error) {
        return error;
    }
    error = mp_handler_words_parse(cmd->pool, args, &words);
    if (error) {
        return refuse(cmd, error);
    }
    if (info->reach == MP_REACH_SERVER && words.extensions->nelts) {
        return refuse(cmd, "'| .extension' is not possible here, because this phase runs before the file is known");
    }
    if (!info->go_on && (words.words->nelts > 1 || words.extensions->nelts)) {
        return refuse(cmd, "name one module or module::object, and no file extensions");
    }
    add_handlers(cmd, config, (mp_phase)(info - mp_phases), &words, 0);
    return NULL;
}

static const char *set_handler_module(cmd_parms *cmd, void *config, const char *args)
{
    mp_handler_words words;
    const char *error = check_reach(cmd, MP_REACH_ANYWHERE);
    int phase;

    if (error) {
        return error;
    }
    error = mp_handler_words_parse(cmd->pool, args, &words);
    if (error) {
        return refuse(cmd, error);
    }
    for (phase = 0; phase < MP_PHASE_CONNECTION; phase++) {
        /* Phases before the file is known cannot be limited to an extension. */
        if (mp_phases[phase].reach == MP_REACH_ANYWHERE || !words.extensions->nelts) {
            add_handlers(cmd, config, phase, &words, 1);
        }
    }
    return NULL;
}

/* ---- filters ---- */

/* httpd lower-cases the names of filters. */
static const char *filter_name(apr_pool_t *pool, const char *name)
{
    char *lower = apr_pstrdup(pool, name);

    ap_str_tolower(lower);
    return lower;
}

static const char *set_filter(cmd_parms *cmd, apr_hash_t **filters, const char *handler, const char *name, int is_input)
{
    const mp_section *section = mp_section_of(cmd);
    mp_handler_words words;
    const char *error = mp_handler_words_parse(cmd->pool, handler, &words);
    mp_handler_list *list;

    if (!error && (words.words->nelts != 1 || words.extensions->nelts)) {
        error = "name one handler, and then optionally a name for the filter";
    }
    if (!error) {
        error = check_not_in_htaccess(cmd);
    }
    if (error) {
        return refuse(cmd, error);
    }
    if (!*filters) {
        *filters = apr_hash_make(cmd->pool);
    }
    list = mp_handler_list_make(cmd->pool);
    append_all(list, words.words, section, 0);
    name = filter_name(cmd->pool, name ? name : handler);
    apr_hash_set(*filters, name, APR_HASH_KEY_STRING, list);
    mp_filter_declare(name, is_input);
    return NULL;
}

static const char *set_input_filter(cmd_parms *cmd, void *config, const char *handler, const char *name)
{
    return set_filter(cmd, &((mp_config *)config)->input_filters, handler, name, 1);
}

static const char *set_output_filter(cmd_parms *cmd, void *config, const char *handler, const char *name)
{
    return set_filter(cmd, &((mp_config *)config)->output_filters, handler, name, 0);
}

/* ---- imports ---- */

static const char *add_import(cmd_parms *cmd, void *config, const char *handler, const char *interpreter)
{
    const char *error = ap_check_cmd_context(cmd, NOT_IN_DIR_LOC_FILE);
    mp_import *import;

    (void)config;
    if (error) {
        return error;
    }
    import = &APR_ARRAY_PUSH(mp_imports, mp_import);
    import->handler = handler;
    import->interpreter = interpreter;
    import->server = cmd->server;
    return NULL;
}

/* ---- the command table ---- */

#define MP_COMMAND_FLAG(field, directive, help)                                                                        \
    AP_INIT_FLAG(directive, set_flag, (void *)&info_##field, EVERYWHERE, help),
#define MP_COMMAND_TEXT(field, directive, help)                                                                        \
    AP_INIT_TAKE1(directive, set_text, (void *)&info_##field, EVERYWHERE, help),
#define MP_COMMAND_TIMEOUT(field, directive, help)                                                                     \
    AP_INIT_RAW_ARGS(directive, set_timeout, (void *)&info_##field, RSRC_CONF | ACCESS_CONF, help),
#define MP_COMMAND_OPTION(field, directive, kind, dflt, reach, help) MP_COMMAND_##kind(field, directive, help)

#define MP_COMMAND_PHASE(id, directive, function, reach, go_on)                                                        \
    AP_INIT_RAW_ARGS(directive, set_handlers, (void *)&mp_phases[MP_PHASE_##id], EVERYWHERE,                           \
                     "handlers, each module or module::object; then optionally | and file extensions"),

const command_rec mp_directives[] = {
    MP_OPTIONS(MP_COMMAND_OPTION) MP_PHASES(MP_COMMAND_PHASE)
        AP_INIT_RAW_ARGS("PythonHandlerModule", set_handler_module, NULL, EVERYWHERE,
                         "a module whose functions serve every phase it has a function for"),
    AP_INIT_TAKE12("PythonInputFilter", set_input_filter, NULL, RSRC_CONF | ACCESS_CONF,
                   "a handler, and a name for the filter"),
    AP_INIT_TAKE12("PythonOutputFilter", set_output_filter, NULL, RSRC_CONF | ACCESS_CONF,
                   "a handler, and a name for the filter"),
    AP_INIT_TAKE12("PythonOption", set_option, NULL, EVERYWHERE, "a key and a value; without a value, unsets the key"),
    AP_INIT_TAKE2("PythonImport", add_import, NULL, RSRC_CONF, "module[::function] and the name of an interpreter"),
    {NULL}};
