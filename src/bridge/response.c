/* Sending the response. The GIL is not held. */

#include "bridge.h"

#include <apr_portable.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Smaller unflushed pieces are collected by httpd instead of travelling down the filter chain one by one. */
#define SMALL_PIECE 4096

static apr_bucket_brigade *empty_brigade(mp_request *state)
{
    /* Not empty when a filter that this very brigade travels through writes to the request. */
    if (!state->output || !APR_BRIGADE_EMPTY(state->output)) {
        state->output = apr_brigade_create(state->r->pool, state->r->connection->bucket_alloc);
    }
    return state->output;
}

static int is_dropped(request_rec *r)
{
    const mp_request *state = mp_request_of(r);

    return r->eos_sent && (state->call ? state->call->closed : state->output_closed);
}

/* A client that went away shows as an error here, and only here. */
static int pass(request_rec *r, apr_bucket_brigade *brigade)
{
    apr_status_t status = is_dropped(r) ? APR_SUCCESS : ap_pass_brigade(mp_filter_entry(r), brigade);

    apr_brigade_cleanup(brigade);
    return r->connection->aborted ? APR_ECONNABORTED : status;
}

/* Nothing can follow the end, unless a filter in Python is at work, whose own output belongs to the response, or has
 * declared the end before its time: then what follows is dropped. */
static int is_over(request_rec *r)
{
    const mp_request *state = mp_request_of(r);

    return r->eos_sent && !state->call && !state->output_closed;
}

static void append_flush(apr_bucket_brigade *brigade)
{
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_flush_create(brigade->bucket_alloc));
}

int mp_write(request_rec *r, const char *data, size_t length, int flush)
{
    mp_request *state = mp_request_of(r);
    apr_bucket_brigade *brigade;

    if (is_over(r)) {
        return MP_TOO_LATE;
    }
    state->bytes_queued += length;
    if (!flush && length < SMALL_PIECE && !state->call && !r->eos_sent) {
        return ap_rwrite(data, (int)length, r) < 0 ? APR_ECONNABORTED : APR_SUCCESS;
    }
    brigade = empty_brigade(state);
    /* Python keeps DATA alive during this call; whoever keeps the bucket for longer copies it. */
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_transient_create(data, length, brigade->bucket_alloc));
    if (flush) {
        append_flush(brigade);
    }
    return pass(r, brigade);
}

int mp_flush(request_rec *r)
{
    apr_bucket_brigade *brigade = empty_brigade(mp_request_of(r));

    if (is_over(r)) {
        return MP_TOO_LATE;
    }
    append_flush(brigade);
    return pass(r, brigade);
}

/* ---- files ---- */

static int pass_file(request_rec *r, apr_file_t *file, apr_off_t offset, apr_off_t length)
{
    mp_request *state = mp_request_of(r);
    apr_bucket_brigade *brigade = empty_brigade(state);
    apr_bucket *bucket = apr_brigade_insert_file(brigade, file, offset, length, r->pool);
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);

    if (core->enable_mmap == ENABLE_MMAP_OFF) {
        apr_bucket_file_enable_mmap(bucket, 0);
    }
    state->bytes_queued += length;
    return pass(r, brigade);
}

static int send_open_file(request_rec *r, apr_file_t *file, apr_off_t offset, apr_off_t length, apr_off_t *sent)
{
    apr_finfo_t info;
    apr_status_t status = is_over(r) ? MP_TOO_LATE : apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, file);

    if (status != APR_SUCCESS) {
        return status;
    }
    if (info.filetype != APR_REG) {
        return MP_NO_FILE;
    }
    if (offset > info.size) {
        offset = info.size;
    }
    *sent = length < 0 || length > info.size - offset ? info.size - offset : length;
    return *sent ? pass_file(r, file, offset, *sent) : APR_SUCCESS;
}

/* A FIFO would make the thread wait for somebody to write to it, if opening could wait. */
static apr_status_t open_path(request_rec *r, const char *path, apr_file_t **file)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    apr_int32_t flags = APR_FOPEN_READ | APR_FOPEN_NONBLOCK | AP_SENDFILE_ENABLED(core->enable_sendfile);

    return apr_file_open(file, path, flags, APR_FPROT_OS_DEFAULT, r->pool);
}

/* LENGTH -1: to the end of the file. */
int mp_sendfile(request_rec *r, const char *path, apr_off_t offset, apr_off_t length, apr_off_t *sent)
{
    apr_file_t *file;
    apr_status_t status = open_path(r, path, &file);

    return status == APR_SUCCESS ? send_open_file(r, file, offset, length, sent) : status;
}

/* A copy of FD, which takes the place of an ordinary open file, since APR never closes descriptors that it did not open
 * itself. */
static apr_status_t open_copy(request_rec *r, int fd, apr_file_t **file)
{
    apr_status_t status = open_path(r, "/dev/null", file);
    apr_os_file_t place;

    if (status != APR_SUCCESS) {
        return status;
    }
    apr_os_file_get(&place, *file);
    return dup3(fd, place, O_CLOEXEC) < 0 ? APR_FROM_OS_ERROR(errno) : APR_SUCCESS;
}

/* FD stays the caller's, who may close it, or go on reading, while httpd is still sending. So httpd opens the file again,
 * for an offset of its own; a copy, whose offset is the caller's, is all there is for a file that may not be opened now. */
static apr_status_t open_again(request_rec *r, int fd, apr_file_t **file)
{
    struct stat info;

    if (fstat(fd, &info) < 0) {
        return APR_FROM_OS_ERROR(errno);
    }
    if (!S_ISREG(info.st_mode)) {
        return MP_NO_FILE;
    }
    return open_path(r, apr_psprintf(r->pool, "/proc/self/fd/%d", fd), file) ? open_copy(r, fd, file) : APR_SUCCESS;
}

int mp_sendfile_fd(request_rec *r, int fd, apr_off_t offset, apr_off_t length, apr_off_t *sent)
{
    apr_file_t *file;
    apr_status_t status = open_again(r, fd, &file);

    return status == APR_SUCCESS ? send_open_file(r, file, offset, length, sent) : status;
}

/* ---- head ---- */

/* Through httpd's setter, so that filters chosen by type notice. */
void mp_set_content_type(request_rec *r, const char *type)
{
    ap_set_content_type(r, apr_pstrdup(r->pool, type));
}

static void add_headers(request_rec *r, const char *headers, size_t length)
{
    const char *end = headers + length;

    while (headers < end) {
        const char *value = headers + strlen(headers) + 1;
        apr_table_addn(r->headers_out, headers, value);
        headers = value + strlen(value) + 1;
    }
}

/* The whole head of a response in one call, and the BODY if it is known; HEADERS is "name\0value\0name\0value\0". */
int mp_send_response(request_rec *r, int status, const char *status_line, const char *content_type, const char *headers,
                     size_t length, const char *body, size_t body_length)
{
    r->status = status;
    r->status_line = apr_pstrdup(r->pool, status_line);
    if (content_type) {
        mp_set_content_type(r, content_type);
    }
    if (length) {
        add_headers(r, apr_pmemdup(r->pool, headers, length), length);
    }
    return body_length ? mp_write(r, body, body_length, 0) : APR_SUCCESS;
}

/* The only honest end of a response that failed half-way. The head goes out first, since without one there is nothing
 * that could be cut. */
int mp_abort_connection(request_rec *r)
{
    int status = mp_flush(r);

    if (status != MP_TOO_LATE) {
        apr_bucket_brigade *brigade = empty_brigade(mp_request_of(r));
        mp_filter_cut(brigade, r);
        pass(r, brigade);
    }
    return status;
}

/* What the client gets instead of httpd's own page, or the site's, if R fails with STATUS. */
void mp_error_page(request_rec *r, int status, const char *html)
{
    ap_custom_response(mp_request_top(r), status, html);
}
