/* Tables for Python: values of one key, and a whole table in one piece. */

#include "bridge.h"
#include "pack.h"

apr_pool_t *mp_pool_make(void)
{
    apr_pool_t *pool = NULL;

    apr_pool_create(&pool, NULL);
    return pool;
}

void mp_pool_destroy(apr_pool_t *pool)
{
    apr_pool_destroy(pool);
}

/* ---- all values of a key ---- */

typedef struct {
    const char **values;
    int limit;
    int count;
} finding;

static int collect(void *data, const char *key, const char *value)
{
    finding *found = data;

    (void)key;
    if (found->count < found->limit) {
        found->values[found->count] = value;
    }
    found->count++;
    return 1;
}

/* How many entries KEY has; the first LIMIT values are stored. */
int mp_table_find(const apr_table_t *table, const char *key, const char **values, int limit)
{
    finding found = {values, limit, 0};

    apr_table_do(collect, &found, table, key, NULL);
    return found.count;
}

/* ---- a whole table ---- */

/* "key\0value\0key\0value\0". The caller frees it. */
char *mp_table_pack(const apr_table_t *table, size_t *length)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    int i;

    mp_pack_begin();
    for (i = 0; i < entries->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(entries, i, apr_table_entry_t);
        mp_pack_add(entry->key, entry->val);
    }
    return mp_pack_block(length);
}
