/* The C side of the bridge: what Python may call. None of it touches a Python object, since cffi calls run without the GIL.
 *
 * Every function declared here and in the cdef folder exists once, in C; cffi compiles the Python side against it. */

#ifndef MP_BRIDGE_H
#define MP_BRIDGE_H

#include "../mod_python.h"

#include <ap_mpm.h>
#include <http_connection.h>
#include <http_main.h>
#include <http_ssl.h>
#include <util_filter.h>
#include <util_script.h>

#include "../config.h"
#include "../connection.h"
#include "../exposure.h"
#include "../filter.h"
#include "../lock.h"
#include "pack.h"
#include "../request.h"
#include "../status.h"

/* The built-in module, and its initialiser, which cffi writes. */
#define MP_BRIDGE_MODULE "_mod_python"
#define mp_bridge_init PyInit__mod_python
extern struct _object *PyInit__mod_python(void);

/* ---- module.c: constants of the build, configuration, handlers ---- */
extern const char *const mp_version;
extern const int mp_phase_count;
const char *mp_handler_text(const mp_handler_list *list, int index);
const char *mp_handler_directory(request_rec *r, const mp_handler_list *list, int index);
int mp_handler_count(const mp_handler_list *list);
int mp_handler_flags(const mp_handler_list *list, int index); /* MP_HANDLER_* */
enum {
    MP_HANDLER_IS_LOCATION = 1,
    MP_HANDLER_SILENT = 2,
    MP_HANDLER_IS_PATTERN = 4
};
apr_table_t *mp_request_options(request_rec *r); /* PythonOption, without the unset ones; the request's own copy */
char *mp_config_options(const mp_config *config, size_t *length);
apr_table_t *mp_server_options(server_rec *s); /* in the server's pool: live */
int mp_ap_mpm_query(int code, int *result);

/* ---- tables.c ---- */
apr_pool_t *mp_pool_make(void);
void mp_pool_destroy(apr_pool_t *pool);
int mp_table_find(const apr_table_t *table, const char *key, const char **values, int limit);
char *mp_table_pack(const apr_table_t *table, size_t *length);

/* ---- body.c ---- */
int mp_body_read(request_rec *r, char *buffer, size_t least, size_t size, size_t *count);
int mp_body_discard(request_rec *r);
enum {
    MP_BODY_GONE = -100, /* the client went away */
    MP_BODY_LATE = -101  /* it was too slow */
};

/* ---- response.c: an apr_status_t, or this ---- */
enum {
    MP_TOO_LATE = -101, /* the end of the response has been sent: more would reach the client as part of the next one */
    MP_NO_FILE = -200   /* a directory, a FIFO or a device */
};
int mp_write(request_rec *r, const char *data, size_t length, int flush);
int mp_flush(request_rec *r);
int mp_sendfile(request_rec *r, const char *path, apr_off_t offset, apr_off_t length, apr_off_t *sent);
int mp_sendfile_fd(request_rec *r, int fd, apr_off_t offset, apr_off_t length, apr_off_t *sent);
void mp_set_content_type(request_rec *r, const char *type);
int mp_send_response(request_rec *r, int status, const char *status_line, const char *content_type, const char *headers,
                     size_t length, const char *body, size_t body_length);
int mp_abort_connection(request_rec *r);
void mp_error_page(request_rec *r, int status, const char *html);

/* ---- information.c ---- */
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
int mp_first_file(const char *paths, size_t length,
                  int start);                                /* the index in "path\0path\0" of a regular file, or -1 */
int mp_regex_matches(const char *pattern, const char *text); /* false for a pattern that is none */
int mp_server_loglevel(const server_rec *s);
apr_time_t mp_restart_time(void);
int mp_add_phase(request_rec *r, int phase);
void mp_keep_request(request_rec *r);
const char *mp_strerror(int status, char *buffer, size_t size);

void mp_store_hash(request_rec *r, char **answer, const char *hash);

/* ---- logging.c ---- */
void mp_log_request(const request_rec *r, int level, const char *message);
void mp_log_connection(const conn_rec *c, int level, const char *message);
void mp_log_server(const server_rec *s, int level, const char *message);
int mp_request_logs(const request_rec *r, int level);

#endif
