/* What the build, the configuration and the handler lists say, for Python to read. */

#include "bridge.h"

const char *const mp_version = MP_VERSION;
const int mp_phase_count = MP_PHASE_COUNT;

static const mp_handler *entry(const mp_handler_list *list, int index)
{
    return &APR_ARRAY_IDX(list->entries, index, mp_handler);
}

int mp_handler_count(const mp_handler_list *list)
{
    return list->entries->nelts;
}

const char *mp_handler_text(const mp_handler_list *list, int index)
{
    return entry(list, index)->text;
}

const char *mp_handler_directory(request_rec *r, const mp_handler_list *list, int index)
{
    const mp_section *section = entry(list, index)->section;

    return r ? mp_section_directory(r->pool, section, r->filename) : section->path;
}

int mp_handler_flags(const mp_handler_list *list, int index)
{
    const mp_handler *handler = entry(list, index);

    return (handler->section->is_location ? MP_HANDLER_IS_LOCATION : 0)
           | (handler->section->is_pattern ? MP_HANDLER_IS_PATTERN : 0) | (handler->silent ? MP_HANDLER_SILENT : 0);
}

/* ---- PythonOption ---- */

typedef struct {
    apr_table_t *copy;
} option_copy;

static int copy_option(void *data, const char *key, const char *value)
{
    if (*value) {
        apr_table_addn(((option_copy *)data)->copy, key, value);
    }
    return 1;
}

/* An option without a value is an unset one. */
apr_table_t *mp_request_options(request_rec *r)
{
    const apr_table_t *options = mp_config_of_request(r)->options;
    option_copy copy = {apr_table_make(r->pool, 8)};

    apr_table_do(copy_option, &copy, options, NULL);
    return copy.copy;
}

apr_table_t *mp_server_options(server_rec *s)
{
    return mp_config_of_server(s)->options;
}

/* The same as "key\0value\0key\0value\0". The caller frees it. */
char *mp_config_options(const mp_config *config, size_t *length)
{
    const apr_array_header_t *options = apr_table_elts(config->options);
    int i;

    mp_pack_begin();
    for (i = 0; i < options->nelts; i++) {
        const apr_table_entry_t *option = &APR_ARRAY_IDX(options, i, apr_table_entry_t);
        if (*option->val) {
            mp_pack_add(option->key, option->val);
        }
    }
    return mp_pack_block(length);
}

int mp_ap_mpm_query(int code, int *result)
{
    return ap_mpm_query(code, result);
}
