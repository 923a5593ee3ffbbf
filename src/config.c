/* The per-directory configuration: creation, merging and looking things up. */

#include "config.h"

#include <apr_thread_mutex.h>

const mp_phase_info mp_phases[MP_PHASE_COUNT] = {
#define MP_PHASE_INFO(id, directive, function, reach, go_on) {directive, function, reach, go_on},
    MP_PHASES(MP_PHASE_INFO)
#undef MP_PHASE_INFO
};

/* From then on configurations are made and merged for single requests. */
static int is_serving(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) >= AP_SQ_MS_RUN_MPM;
}

void *mp_config_create(apr_pool_t *pool, char *directory)
{
    mp_config *config = apr_pcalloc(pool, sizeof(*config));

    config->lasts = !is_serving();
    config->name = directory ? apr_pstrdup(pool, directory) : "server";
#define MP_CLEAR(field, directive, kind, dflt, reach, help) config->field = MP_UNSET_##kind;
    MP_OPTIONS(MP_CLEAR)
#undef MP_CLEAR
    config->options = apr_table_make(pool, 4);
    return config;
}

static apr_hash_t *overlay(apr_pool_t *pool, apr_hash_t *child, apr_hash_t *parent)
{
    if (child && parent) {
        return apr_hash_overlay(pool, child, parent);
    }
    return child ? child : parent;
}

/* The later value of a key wins; an empty one stays, to unset the key here and below. */
static apr_table_t *overlay_options(apr_pool_t *pool, const apr_table_t *child, const apr_table_t *parent)
{
    apr_table_t *merged;

    if (apr_is_empty_table(child)) {
        return (apr_table_t *)parent;
    }
    merged = apr_table_copy(pool, parent);
    apr_table_overlap(merged, child, APR_OVERLAP_TABLES_SET);
    return merged;
}

static mp_config *merge(apr_pool_t *pool, const mp_config *parent, const mp_config *child)
{
    mp_config *merged = apr_palloc(pool, sizeof(*merged));
    int phase;

    merged->name = apr_psprintf(pool, "merged[%s, %s]", parent->name, child->name);
#define MP_MERGE(field, directive, kind, dflt, reach, help)                                                            \
    merged->field = child->field == MP_UNSET_##kind ? parent->field : child->field;
    MP_OPTIONS(MP_MERGE)
#undef MP_MERGE
    merged->options = overlay_options(pool, child->options, parent->options);
    for (phase = 0; phase < MP_PHASE_COUNT; phase++) {
        merged->handlers[phase] = child->handlers[phase] ? child->handlers[phase] : parent->handlers[phase];
    }
    merged->by_extension = overlay(pool, child->by_extension, parent->by_extension);
    merged->input_filters = overlay(pool, child->input_filters, parent->input_filters);
    merged->output_filters = overlay(pool, child->output_filters, parent->output_filters);
    merged->lasts = !is_serving();
    merged->merges = NULL;
    return merged;
}

/* ---- merging once ---- */

/* Clients can choose between many <If> sections in more ways than there is memory for. */
#define MOST_MERGES 4096

/* What a parent and CHILD make together. Sites have few such pairs, and each request meets the same ones again. */
typedef struct mp_merge {
    const mp_config *child;
    mp_config *merged;
    struct mp_merge *next;
} mp_merge; /* Owner: merging_pool */

static apr_thread_mutex_t *merging; /* held while a merge is added; the lists only grow at their heads */
static apr_pool_t *merging_pool;    /* process; used only under the mutex */
static int merge_count;             /* likewise */

static mp_config *find_merge(const mp_config *parent, const mp_config *child)
{
    const mp_merge *known = __atomic_load_n(&parent->merges, __ATOMIC_ACQUIRE);

    while (known && known->child != child) {
        known = known->next;
    }
    return known ? known->merged : NULL;
}

static mp_config *add_merge(mp_config *parent, const mp_config *child)
{
    mp_merge *added = apr_palloc(merging_pool, sizeof(*added));

    added->child = child;
    added->merged = merge(merging_pool, parent, child);
    added->merged->lasts = 1;
    added->next = parent->merges;
    __atomic_store_n(&parent->merges, added, __ATOMIC_RELEASE);
    return added->merged;
}

/* NULL: there are too many already. */
static mp_config *merge_once(mp_config *parent, const mp_config *child)
{
    mp_config *merged = find_merge(parent, child);

    if (!merged) {
        apr_thread_mutex_lock(merging);
        merged = find_merge(parent, child); /* another thread may have been faster */
        if (!merged && merge_count < MOST_MERGES) {
            merge_count++;
            merged = add_merge(parent, child);
        }
        apr_thread_mutex_unlock(merging);
    }
    return merged;
}

void *mp_config_merge(apr_pool_t *pool, void *parent_config, void *child_config)
{
    mp_config *parent = parent_config;
    const mp_config *child = child_config;
    mp_config *merged = is_serving() && parent->lasts && child->lasts ? merge_once(parent, child) : NULL;

    return merged ? merged : merge(pool, parent, child);
}

/* Below the configuration's pool, because what was merged points into what was configured, and for as long, because
 * requests point into what was merged. With an allocator of its own, because that pool's has no lock, and others use it
 * as well. */
void mp_config_child_init(server_rec *s)
{
    apr_allocator_t *allocator;

    apr_allocator_create(&allocator);
    apr_pool_create_ex(&merging_pool, s->process->pconf, NULL, allocator);
    apr_pool_join(s->process->pconf, merging_pool); /* says so to APR's checks of lifetimes */
    apr_allocator_owner_set(allocator, merging_pool);
    apr_thread_mutex_create(&merging, APR_THREAD_MUTEX_DEFAULT, merging_pool);
}

int mp_config_lasts(const mp_config *config)
{
    return config->lasts;
}

/* ---- looking things up ---- */

const mp_config *mp_config_of_request(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &python_module);
}

const mp_config *mp_config_of_server(const server_rec *s)
{
    return ap_get_module_config(s->lookup_defaults, &python_module);
}

/* "httpd -X" defines DEBUG. */
int mp_config_is_single_process(void)
{
    return ap_exists_config_define("ONE_PROCESS") || ap_exists_config_define("DEBUG");
}

int mp_config_flags(const mp_config *config)
{
    return (mp_config_flag(config, debug, 0) ? MP_DEBUG : 0)
           | (mp_config_flag(config, auto_reload, 1) ? MP_AUTO_RELOAD : 0)
           | (mp_config_flag(config, enable_pdb, 0) && mp_config_is_single_process() ? MP_ENABLE_PDB : 0)
           | (config->request_timeout && config->request_timeout->interrupt ? MP_INTERRUPTIBLE : 0);
}

int mp_config_number(const server_rec *s, const char *key, int dflt, int least, int most)
{
    const char *value = apr_table_get(mp_config_of_server(s)->options, key);
    char *end;
    apr_int64_t number;

    if (!value || !*value) {
        return dflt;
    }
    number = apr_strtoi64(value, &end, 10);
    if (*end || number < least || number > most) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s,
                     MPLOGNO(0030) "PythonOption %s must be a number from %d to %d, not %s", key, least, most, value);
        return 0;
    }
    return (int)number;
}

static int is_on_anywhere(const ap_directive_t *tree, const char *directive)
{
    for (; tree; tree = tree->next) {
        if ((ap_cstr_casecmp(tree->directive, directive) == 0 && ap_cstr_casecmp(tree->args, "on") == 0)
            || is_on_anywhere(tree->first_child, directive)) {
            return 1;
        }
    }
    return 0;
}

void mp_config_warn(const server_rec *s)
{
    if (!mp_config_is_single_process() && is_on_anywhere(ap_conftree, "PythonEnablePdb")) {
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, s,
            MPLOGNO(0060) "PythonEnablePdb is On, but has no effect: start httpd in single-process mode, with -X");
    }
}

const char *mp_config_path(const mp_config *config)
{
    return config->path;
}

#define MP_TABLE_FLAG(table, directive, value) apr_table_setn(table, directive, (value) ? "1" : "0")
#define MP_TABLE_TEXT(table, directive, value) apr_table_setn(table, directive, value)
#define MP_TABLE_TIMEOUT(table, directive, value) apr_table_setn(table, directive, (value)->text)

apr_table_t *mp_config_table(apr_pool_t *pool, const mp_config *config)
{
    apr_table_t *table = apr_table_make(pool, 8);

#define MP_ADD(field, directive, kind, dflt, reach, help)                                                              \
    if (config->field != MP_UNSET_##kind) {                                                                            \
        MP_TABLE_##kind(table, directive, config->field);                                                              \
    }
    MP_OPTIONS(MP_ADD)
#undef MP_ADD
    return table;
}

const char *mp_config_extension_key(apr_pool_t *pool, mp_phase phase, const char *extension)
{
    return apr_pstrcat(pool, mp_phases[phase].directive, extension, NULL);
}

mp_handler_list *mp_config_handlers(const mp_config *config, mp_phase phase, const char *extension, int *limited)
{
    *limited = 0;
    if (config->by_extension && extension) {
        /* The hash is the pool's own; its keys are short, and only sites that limit by extension pay for this. */
        char key[256];
        mp_handler_list *list;
        apr_snprintf(key, sizeof(key), "%s%s", mp_phases[phase].directive, extension);
        list = apr_hash_get(config->by_extension, key, APR_HASH_KEY_STRING);
        if (list) {
            *limited = 1;
            return list;
        }
    }
    return config->handlers[phase];
}
