/* Locks that hold across threads and processes. */

#include "lock.h"

#include <apr_global_mutex.h>
#include <apr_shm.h>
#include <http_main.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <util_mutex.h>

#include "config.h"

#define MUTEX_TYPE "python"
#define TABLE_KEY "mod_python-lock-table"
#define DEFAULT_SLOTS 1024
#define MAX_SLOTS 65536
#define FIRST_WAIT 500    /* microseconds */
#define LONGEST_WAIT 8000 /* microseconds */

/* In shared memory; made once, so that a child of before a restart and one of after it exclude each other. */
typedef struct {
    int count;
    pid_t owner[]; /* 0: free */
} lock_table;

static apr_global_mutex_t *mutex; /* pconf */
static lock_table *table;         /* process pool */

void mp_lock_register(apr_pool_t *pconf)
{
    ap_mutex_register(pconf, MUTEX_TYPE, NULL, APR_LOCK_DEFAULT, 0);
}

/* ---- creation ---- */

/* 0: not a sensible number. */
static int slots_wanted(const server_rec *s)
{
    return mp_config_number(s, "mod_python.mutex_locks", DEFAULT_SLOTS, 2, MAX_SLOTS);
}

static apr_status_t create_table(apr_pool_t *pool, int count)
{
    apr_shm_t *memory;
    apr_size_t size = sizeof(lock_table) + count * sizeof(pid_t);
    apr_status_t status = apr_shm_create(&memory, size, NULL, pool);

    if (status == APR_SUCCESS) {
        table = apr_shm_baseaddr_get(memory);
        memset(table, 0, size);
        table->count = count;
        /* The key is copied: this one is unloaded with the module. */
        apr_pool_userdata_set(table, TABLE_KEY, NULL, pool);
    }
    return status;
}

static apr_status_t find_or_create_table(apr_pool_t *pool, int count)
{
    void *found = NULL;

    apr_pool_userdata_get(&found, TABLE_KEY, pool);
    table = found;
    return table ? APR_SUCCESS : create_table(pool, count);
}

int mp_lock_check(server_rec *s)
{
    return slots_wanted(s) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

int mp_lock_create(apr_pool_t *pconf, server_rec *s)
{
    apr_status_t status = find_or_create_table(s->process->pool, slots_wanted(s));

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, s, MPLOGNO(0031) "cannot create the shared memory for locks");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* httpd logs why it cannot. */
    status = ap_global_mutex_create(&mutex, NULL, MUTEX_TYPE, NULL, s, pconf, 0);
    return status == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

/* What a dead process held under the process id that is now ours, nobody else would set free. */
static void release_all(void)
{
    int slot;

    for (slot = 0; slot < table->count; slot++) {
        mp_lock_release(slot);
    }
}

void mp_lock_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t status = apr_global_mutex_child_init(&mutex, apr_global_mutex_lockfile(mutex), pchild);

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, s, MPLOGNO(0032) "cannot use the mutex for locks in this child");
    }
    release_all();
}

/* ---- use ---- */

int mp_lock_count(void)
{
    return table ? table->count : 0;
}

static int is_free(pid_t owner)
{
    return owner == 0 || (kill(owner, 0) < 0 && errno == ESRCH);
}

/* True when this process may look at the table; then mutex is to be unlocked. */
static int open_table(void)
{
    apr_status_t status = apr_global_mutex_lock(mutex);

    if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, ap_server_conf,
                     MPLOGNO(0062) "the mutex for locks does not work; \"Mutex ... python\" chooses another mechanism");
    }
    return status == APR_SUCCESS;
}

enum {
    TAKEN,
    BUSY,
    BROKEN
};

static int try_to_take(int slot)
{
    int outcome = BUSY;
    pid_t owner;

    if (!open_table()) {
        return BROKEN;
    }
    owner = __atomic_load_n(&table->owner[slot], __ATOMIC_ACQUIRE);
    /* Children of before a restart share the table, but not the mutex. */
    if (is_free(owner)
        && __atomic_compare_exchange_n(&table->owner[slot], &owner, getpid(), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        outcome = TAKEN;
    }
    apr_global_mutex_unlock(mutex);
    return outcome;
}

/* Not the time of day, which may be set while a request waits. */
static apr_time_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_make(now.tv_sec, now.tv_nsec / 1000);
}

int mp_lock_acquire(int slot, int milliseconds)
{
    apr_time_t deadline = clock_now() + apr_time_from_msec(milliseconds);
    apr_interval_time_t wait = FIRST_WAIT;
    int outcome;

    for (;;) {
        outcome = try_to_take(slot);
        if (outcome != BUSY || (milliseconds >= 0 && clock_now() >= deadline)) {
            return outcome == TAKEN;
        }
        apr_sleep(wait);
        wait = wait * 2 < LONGEST_WAIT ? wait * 2 : LONGEST_WAIT;
    }
}

void mp_lock_release(int slot)
{
    pid_t owner = getpid();

    __atomic_compare_exchange_n(&table->owner[slot], &owner, 0, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
