/* The shared memory of mod_python.status. */

#include "status.h"

#include <ap_mpm.h>
#include <apr_lib.h>
#include <apr_shm.h>
#include <http_main.h>
#include <mpm_common.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "config.h"

/* Another version may have another layout. */
#define TABLE_KEY "mod_python-status-" MP_VERSION
#define GENERATIONS 2 /* children of before a graceful restart finish beside those of after it */

const char *const mp_status_call_names[MP_STATUS_CALL_COUNT] = {
#define MP_PHASE_NAME(id, directive, function, reach, go_on) directive,
#define MP_CALL_NAME(id, name) name,
    MP_PHASES(MP_PHASE_NAME) MP_STATUS_CALLS(MP_CALL_NAME)
#undef MP_PHASE_NAME
#undef MP_CALL_NAME
};

const char *const mp_status_result_names[MP_STATUS_RESULT_COUNT] = {"ok",  "declined", "done", "1xx",
                                                                    "2xx", "3xx",      "4xx",  "5xx"};

#define MICROSECONDS APR_INT64_C(1000)
#define MILLISECONDS (1000 * MICROSECONDS)
#define SECONDS (1000 * MILLISECONDS)

const apr_int64_t mp_status_bounds[MP_STATUS_BUCKET_COUNT - 1] = {
    10 * MICROSECONDS, 30 * MICROSECONDS, 100 * MICROSECONDS, 300 * MICROSECONDS, 1 * MILLISECONDS,
    3 * MILLISECONDS,  10 * MILLISECONDS, 30 * MILLISECONDS,  100 * MILLISECONDS, 300 * MILLISECONDS,
    1 * SECONDS,       3 * SECONDS,       10 * SECONDS,       30 * SECONDS};

mp_status_child *mp_status_mine;
_Thread_local apr_int64_t mp_status_attached;

/* Owner: the process pool. The number is not read from the memory that it bounds: children can write there, and the
 * parent may be root. */
typedef struct {
    mp_status *table;
    int count;
} places;

static const places *known; /* NULL: off */

const mp_status *mp_status_shared(void)
{
    return known ? known->table : NULL;
}

/* ---- creation ---- */

static apr_status_t create_table(apr_pool_t *pool, int count)
{
    apr_shm_t *memory;
    apr_size_t size = sizeof(mp_status) + count * sizeof(mp_status_child);
    apr_status_t status = apr_shm_create(&memory, size, NULL, pool); /* anonymous, and zero */
    places *made;

    if (status == APR_SUCCESS) {
        made = apr_palloc(pool, sizeof(*made));
        made->count = count;
        made->table = apr_shm_baseaddr_get(memory);
        made->table->started = apr_time_now();
        made->table->child_count = count;
        /* The key is copied: this one is unloaded with the module. */
        apr_pool_userdata_set(made, TABLE_KEY, NULL, pool);
        known = made;
    }
    return status;
}

static apr_status_t find_or_create_table(apr_pool_t *pool)
{
    void *found = NULL;
    int most = 0;

    apr_pool_userdata_get(&found, TABLE_KEY, pool);
    known = found;
    if (known) {
        return APR_SUCCESS;
    }
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &most);
    return create_table(pool, GENERATIONS * (most > 1 ? most : 1));
}

/* Nobody has the place any more; its totals stay. */
static void clear_place(mp_status_child *child)
{
    child->interpreters = 0;
    child->in_progress = 0;
    __atomic_store_n(&child->pid, 0, __ATOMIC_RELEASE);
}

/* Children that ended while counting was switched off. */
static void clear_deserted_places(void)
{
    int i;

    for (i = 0; i < known->count; i++) {
        mp_status_child *child = &known->table->children[i];
        if (child->pid && kill(child->pid, 0) < 0 && errno == ESRCH) {
            clear_place(child);
        }
    }
}

int mp_status_create(server_rec *s)
{
    apr_status_t status;

    if (!mp_config_flag(mp_config_of_server(s), status, 0)) {
        return OK;
    }
    status = find_or_create_table(s->process->pool);
    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, s,
                     MPLOGNO(0370) "cannot create the shared memory for PythonStatus");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    clear_deserted_places();
    return OK;
}

/* ---- children ---- */

static mp_status_child *take_place(void)
{
    int i;

    for (i = 0; i < known->count; i++) {
        mp_status_child *child = &known->table->children[i];
        int nobody = 0;
        if (__atomic_compare_exchange_n(&child->pid, &nobody, getpid(), 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            return child;
        }
    }
    return NULL;
}

void mp_status_child_init(server_rec *s)
{
    if (!known) {
        return;
    }
    mp_status_mine = take_place();
    if (!mp_status_mine) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     MPLOGNO(0371) "PythonStatus does not count this child, since all %d places are taken",
                     known->count);
        return;
    }
    mp_status_mine->started = apr_time_now();
}

/* In the parent, however the child ended. */
static void child_status(server_rec *s, pid_t pid, ap_generation_t generation, int slot, mpm_child_status state)
{
    int i;

    (void)s;
    (void)generation;
    (void)slot;
    for (i = 0; known && state == MPM_CHILD_EXITED && i < known->count; i++) {
        if (known->table->children[i].pid == pid) {
            clear_place(&known->table->children[i]);
        }
    }
}

/* ---- errors ---- */

void mp_status_note_error(const char *text)
{
    apr_uint64_t number;
    mp_status_error *error;

    if (!mp_status_mine) {
        return;
    }
    number = __atomic_add_fetch(&known->table->error_count, 1, __ATOMIC_RELAXED);
    error = &known->table->errors[number % MP_STATUS_ERRORS];
    __atomic_store_n(&error->number, 0, __ATOMIC_RELEASE);
    error->time = apr_time_now();
    error->pid = getpid();
    apr_cpystrn(error->text, text, sizeof(error->text));
    __atomic_store_n(&error->number, number, __ATOMIC_RELEASE);
}

static int begins_with_identifier(const char *text)
{
    return strncmp(text, "MP", 2) == 0 && apr_isdigit(text[2]) && apr_isdigit(text[3]) && apr_isdigit(text[4])
           && apr_isdigit(text[5]) && text[6] == ':';
}

/* Of what Python logs only the identifier, since it may hold secrets; MP0100 it notes itself, with a better text. */
static void error_log(const ap_errorlog_info *info, const char *text)
{
    char identifier[] = "MP0000";

    if (!mp_status_mine || info->module_index != APLOG_MODULE_INDEX || info->level > APLOG_ERR
        || !begins_with_identifier(text) || strncmp(text, "MP0100", 6) == 0) {
        return;
    }
    memcpy(identifier, text, 6);
    mp_status_note_error(info->file ? text : identifier);
}

void mp_status_register(void)
{
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_error_log(error_log, NULL, NULL, APR_HOOK_MIDDLE);
}

/* ---- counting ---- */

static void add(apr_uint64_t *counter, apr_uint64_t amount)
{
    __atomic_add_fetch(counter, amount, __ATOMIC_RELAXED);
}

apr_int64_t mp_status_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECONDS + now.tv_nsec;
}

/* Returns the time it is. */
static apr_int64_t add_time(mp_status_times *times, apr_int64_t begun)
{
    apr_int64_t now = mp_status_now();
    apr_int64_t passed = now - begun;
    int bucket = 0;

    while (bucket < MP_STATUS_BUCKET_COUNT - 1 && passed > mp_status_bounds[bucket]) {
        bucket++;
    }
    add(&times->buckets[bucket], 1);
    add(&times->nanoseconds, passed);
    return now;
}

/* An index of the results. */
static int class_of(int result)
{
    if (result <= 0) {
        return result == OK ? 0 : result == DECLINED ? 1 : 2;
    }
    return 2 + (result >= 100 && result <= 599 ? result / 100 : 5);
}

void mp_status_count(apr_int64_t begun, int kind, int result)
{
    mp_status_calls *calls = &mp_status_mine->calls[kind];

    add(&calls->results[class_of(result)], 1);
    add_time(&calls->times, begun);
    __atomic_sub_fetch(&mp_status_mine->in_progress, 1, __ATOMIC_RELAXED);
}

void mp_status_count_wait(apr_int64_t begun)
{
    mp_status_attached = add_time(&mp_status_mine->waits, begun);
}
