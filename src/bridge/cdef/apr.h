/* APR: pools, tables, arrays, files and addresses. */

typedef ... apr_pool_t;
typedef ... apr_table_t;
typedef int apr_status_t;
typedef int64_t apr_off_t;
typedef int64_t apr_time_t;
typedef int... apr_port_t;
typedef int... apr_uid_t;
typedef int... apr_gid_t;
typedef int... apr_ino_t;
typedef int... apr_dev_t;
typedef int... apr_filetype_e;

typedef struct {
    int nelts;
    char *elts;
    ...;
} apr_array_header_t;

typedef struct {
    char *key;
    char *val;
    ...;
} apr_table_entry_t;

typedef struct {
    int32_t valid;
    int protection;
    apr_filetype_e filetype;
    apr_uid_t user;
    apr_gid_t group;
    apr_ino_t inode;
    apr_dev_t device;
    int32_t nlink;
    apr_off_t size;
    apr_time_t atime;
    apr_time_t mtime;
    apr_time_t ctime;
    const char *fname;
    const char *name;
    ...;
} apr_finfo_t;

typedef struct {
    char *scheme;
    char *hostinfo;
    char *user;
    char *password;
    char *hostname;
    char *port_str;
    char *path;
    char *query;
    char *fragment;
    ...;
} apr_uri_t;

typedef struct {
    apr_port_t port;
    ...;
} apr_sockaddr_t;

char *apr_pstrmemdup(apr_pool_t *pool, const char *string, size_t length);

const char *apr_table_get(const apr_table_t *table, const char *key);
void apr_table_set(apr_table_t *table, const char *key, const char *value);
void apr_table_add(apr_table_t *table, const char *key, const char *value);
void apr_table_unset(apr_table_t *table, const char *key);
void apr_table_clear(apr_table_t *table);
apr_table_t *apr_table_make(apr_pool_t *pool, int size);
apr_table_t *apr_table_copy(apr_pool_t *pool, const apr_table_t *table);

apr_status_t apr_stat(apr_finfo_t *info, const char *name, int32_t wanted, apr_pool_t *pool);
