/* httpd's own structures, as far as Python reads or writes them; the compiler fills in the layout. */

typedef struct server_rec server_rec;
typedef struct conn_rec conn_rec;
typedef struct request_rec request_rec;
typedef ... ap_filter_t;
typedef int... ap_conn_keepalive_e;

struct server_rec {
    server_rec *next;
    char *error_fname;
    const char *defn_name;
    unsigned defn_line_number;
    char is_virtual;
    apr_port_t port;
    const char *server_scheme;
    char *server_admin;
    char *server_hostname;
    apr_time_t timeout;
    apr_time_t keep_alive_timeout;
    int keep_alive_max;
    int keep_alive;
    apr_array_header_t *names;
    apr_array_header_t *wild_names;
    const char *path;
    int pathlen;
    int limit_req_line;
    int limit_req_fieldsize;
    int limit_req_fields;
    ...;
};

struct conn_rec {
    apr_pool_t *pool;
    server_rec *base_server;
    apr_sockaddr_t *local_addr;
    apr_sockaddr_t *client_addr;
    char *client_ip;
    char *remote_host;
    char *remote_logname;
    char *local_ip;
    char *local_host;
    long id;
    apr_table_t *notes;
    unsigned aborted;
    ap_conn_keepalive_e keepalive;
    int keepalives;
    ...;
};

struct request_rec {
    apr_pool_t *pool;
    conn_rec *connection;
    server_rec *server;
    request_rec *next;
    request_rec *prev;
    request_rec *main;
    char *the_request;
    int assbackwards;
    int proxyreq;
    int header_only;
    int proto_num;
    char *protocol;
    const char *hostname;
    apr_time_t request_time;
    const char *status_line;
    int status;
    int method_number;
    const char *method;
    int64_t allowed;
    apr_array_header_t *allowed_xmethods;
    apr_off_t sent_bodyct;
    apr_off_t bytes_sent;
    apr_time_t mtime;
    const char *range;
    apr_off_t clength;
    int chunked;
    apr_off_t remaining;
    apr_off_t read_length;
    int read_body;
    int read_chunked;
    unsigned expecting_100;
    apr_table_t *headers_in;
    apr_table_t *headers_out;
    apr_table_t *err_headers_out;
    apr_table_t *subprocess_env;
    apr_table_t *notes;
    const char *content_type;
    const char *handler;
    const char *content_encoding;
    apr_array_header_t *content_languages;
    char *vlist_validator;
    char *user;
    char *ap_auth_type;
    char *unparsed_uri;
    char *uri;
    char *filename;
    char *canonical_filename;
    char *path_info;
    char *args;
    int used_path_info;
    int eos_sent;
    apr_finfo_t finfo;
    apr_uri_t parsed_uri;
    apr_sockaddr_t *useragent_addr;
    char *useragent_ip;
    int no_cache;
    int no_local_copy;
    const char *log_id;
    ...;
};

void ap_set_content_type(request_rec *r, const char *type);
void ap_set_content_length(request_rec *r, apr_off_t length);
void ap_set_etag(request_rec *r);
int ap_allow_options(request_rec *r);
#define OPT_SYM_LINKS ...
#define OPT_SYM_OWNER ...
void ap_set_last_modified(request_rec *r);
void ap_update_mtime(request_rec *r, apr_time_t time);
int ap_meets_conditions(request_rec *r);
void ap_add_common_vars(request_rec *r);
const char *ap_auth_name(request_rec *r);
const char *ap_auth_type(request_rec *r);
const char *ap_document_root(request_rec *r);
char *ap_construct_url(apr_pool_t *pool, const char *uri, request_rec *r);
ap_filter_t *ap_add_input_filter(const char *name, void *context, request_rec *r, conn_rec *c);
ap_filter_t *ap_add_output_filter(const char *name, void *context, request_rec *r, conn_rec *c);
int ap_ssl_conn_is_ssl(conn_rec *c);
const char *ap_ssl_var_lookup(apr_pool_t *pool, server_rec *s, conn_rec *c, request_rec *r, const char *name);
int ap_exists_config_define(const char *name);

extern const char *ap_server_root;
extern server_rec *ap_server_conf;

typedef struct ap_directive_t ap_directive_t;

struct ap_directive_t {
    const char *directive;
    const char *args;
    ap_directive_t *next;
    ap_directive_t *first_child;
    const char *filename;
    int line_num;
    ...;
};

extern ap_directive_t *ap_conftree;
