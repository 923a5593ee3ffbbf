/* The module's own helpers; bridge.h says what each does. */

typedef ... mp_handler_list;
typedef ... mp_config;
typedef ... mp_interpreter;

typedef struct {
    const char *directive;
    const char *function;
    int reach;
    int go_on;
    ...;
} mp_phase_info;

typedef struct {
    request_rec *r;
    unsigned added;
    int kept;
    const char *extension;
    int phase;
    apr_off_t bytes_queued;
    ...;
} mp_request;

typedef struct {
    request_rec *r;
    const char *name;
    int is_input;
    const char *data;
    size_t length;
    int more;
    int closed;
    int disabled;
    apr_status_t status;
    ...;
} mp_filter_call;

typedef struct {
    size_t names;
    size_t values;
    char data[];
} mp_packed;

typedef struct {
    uint64_t buckets[...];
    uint64_t nanoseconds;
    ...;
} mp_status_times;

typedef struct {
    uint64_t results[...];
    mp_status_times times;
    ...;
} mp_status_calls;

typedef struct {
    int pid;
    int interpreters;
    int in_progress;
    apr_time_t started;
    mp_status_times waits;
    mp_status_calls calls[...];
    ...;
} mp_status_child;

typedef struct {
    uint64_t number;
    apr_time_t time;
    int pid;
    char text[...];
    ...;
} mp_status_error;

typedef struct {
    apr_time_t started;
    int child_count;
    uint64_t error_count;
    mp_status_error errors[...];
    mp_status_child children[];
    ...;
} mp_status;

#define MP_FILTER_ANY ...
#define MP_FILTER_LINE ...
#define MP_FILTER_REST_OF_LINE ...
#define MP_FILTER_DATA ...
#define MP_FILTER_NOTHING ...
#define MP_FILTER_END ...
#define MP_FILTER_FAILED ...
#define MP_GO_ON_OK ...
#define MP_GO_ON_DECLINED ...
#define MP_HANDLER_IS_LOCATION ...
#define MP_HANDLER_SILENT ...
#define MP_HANDLER_IS_PATTERN ...
#define MP_DEBUG ...
#define MP_AUTO_RELOAD ...
#define MP_ENABLE_PDB ...
#define MP_INTERRUPTIBLE ...
#define MP_BODY_GONE ...
#define MP_BODY_LATE ...
#define MP_CONNECTION_NOTHING ...
#define MP_TOO_LATE ...
#define MP_NO_FILE ...
#define MODULE_MAGIC_NUMBER_MAJOR ...
#define MODULE_MAGIC_NUMBER_MINOR ...

extern const char *const mp_version;
extern const int mp_phase_count;
extern const mp_phase_info mp_phases[...];
extern const char *const mp_status_call_names[...];
extern const char *const mp_status_result_names[...];
extern const int64_t mp_status_bounds[...];

int mp_handler_count(const mp_handler_list *list);
const char *mp_handler_text(const mp_handler_list *list, int index);
const char *mp_handler_directory(request_rec *r, const mp_handler_list *list, int index);
int mp_handler_flags(const mp_handler_list *list, int index);
mp_request *mp_request_of(request_rec *r);
void mp_request_visit(mp_request *state, mp_interpreter *interpreter);
void mp_connection_visit(conn_rec *c, mp_interpreter *interpreter);
int mp_config_flags(const mp_config *config);
int mp_exposure_is_allowed(const request_rec *r);
int mp_config_lasts(const mp_config *config);
char *mp_config_options(const mp_config *config, size_t *length);
const char *mp_config_path(const mp_config *config);
const mp_config *mp_config_of_request(const request_rec *r);
const mp_config *mp_config_of_server(const server_rec *s);
apr_table_t *mp_config_table(apr_pool_t *pool, const mp_config *config);
apr_table_t *mp_request_options(request_rec *r);
apr_table_t *mp_server_options(server_rec *s);
int mp_ap_mpm_query(int code, int *result);

apr_pool_t *mp_pool_make(void);
void mp_pool_destroy(apr_pool_t *pool);
int mp_table_find(const apr_table_t *table, const char *key, const char **values, int limit);
void mp_pack_free(char *block);
char *mp_table_pack(const apr_table_t *table, size_t *length);

int mp_body_discard(request_rec *r);

int mp_write(request_rec *r, const char *data, size_t length, int flush);
int mp_flush(request_rec *r);
int mp_sendfile(request_rec *r, const char *path, apr_off_t offset, apr_off_t length, apr_off_t *sent);
int mp_sendfile_fd(request_rec *r, int fd, apr_off_t offset, apr_off_t length, apr_off_t *sent);
void mp_set_content_type(request_rec *r, const char *type);
int mp_send_response(request_rec *r, int status, const char *status_line, const char *content_type, const char *headers,
                     size_t length, const char *body, size_t body_length);
int mp_abort_connection(request_rec *r);
void mp_error_page(request_rec *r, int status, const char *html);

int mp_get_basic_auth_pw(request_rec *r, const char **password);
const mp_packed *mp_wsgi_environ(request_rec *r, const char *base, size_t base_length, int authorization);
void mp_allow_methods(request_rec *r, const char *methods, size_t length, int reset);
char *mp_allowed_methods(request_rec *r, size_t *length);
void mp_add_cgi_vars(request_rec *r);
int mp_double_reverse(const conn_rec *c);
char *mp_addhandler_extensions(size_t *length);
const char *mp_remote_host(request_rec *r, int type, int *is_ip);
void mp_internal_redirect(request_rec *r, const char *uri);
void mp_set_finfo(request_rec *r, const apr_finfo_t *info);
int mp_first_file(const char *paths, size_t length, int start);
int mp_regex_matches(const char *pattern, const char *text);
int mp_server_loglevel(const server_rec *s);
apr_time_t mp_restart_time(void);
int mp_add_phase(request_rec *r, int phase);
void mp_keep_request(request_rec *r);
const char *mp_strerror(int status, char *buffer, size_t size);

void mp_log_request(const request_rec *r, int level, const char *message);
void mp_log_connection(const conn_rec *c, int level, const char *message);
void mp_log_server(const server_rec *s, int level, const char *message);

const mp_status *mp_status_shared(void);
void mp_status_note_error(const char *text);

int mp_lock_count(void);
int mp_lock_acquire(int slot, int milliseconds);
void mp_lock_release(int slot);

void mp_filter_add(request_rec *r, const char *name, int is_input, mp_interpreter *interpreter);
int mp_filter_read(mp_filter_call *call, long limit, int how);
int mp_filter_write(mp_filter_call *call, const char *data, size_t length);
int mp_filter_flush(mp_filter_call *call);
int mp_filter_close(mp_filter_call *call);
int mp_filter_pass_on(mp_filter_call *call);

int mp_connection_read(conn_rec *c, char *buffer, size_t size, size_t *count);
int mp_connection_descriptor(conn_rec *c);
int mp_connection_write(conn_rec *c, const char *data, size_t length);

void mp_store_hash(request_rec *r, char **answer, const char *hash);
