/* Filters written in Python. */

#include "filter.h"

#include "dispatch.h"
#include "request.h"

#define GENERIC "MOD_PYTHON"
#define BY_TYPE "bytype:"

/* What a handler writes is sent on in pieces of this size, so that no body is ever collected in memory. */
#define SEND_AT 65536

/* One place of a filter in one chain. Owner: f->r->pool. */
typedef struct {
    const char *name;              /* as configured or registered */
    mp_interpreter *registered_in; /* process; whose request object knows the handler; NULL: by directive */
    const mp_filter_call *call;    /* its handler is being called; what that itself reads or writes goes past it */
    int disabled;
    int started;
    int ended;                   /* the end of the stream went through, or can no longer */
    apr_bucket_brigade *in;      /* empty between calls */
    apr_bucket_brigade *out;     /* likewise */
    apr_bucket_brigade *unread;  /* left over from the last call; owns its data */
    apr_bucket_brigade *pending; /* input: written, but more than was asked for; owns its data */
} filter_state;

/* As the directive has it; AddOutputFilterByType of mod_filter puts a filter of its own in its place. */
static const char *name_of(const ap_filter_t *f)
{
    const char *name = f->frec->name;
    char *copy;

    if (ap_cstr_casecmpn(name, BY_TYPE, sizeof(BY_TYPE) - 1) != 0) {
        return name;
    }
    copy = apr_pstrdup(f->r->pool, name + sizeof(BY_TYPE) - 1);
    ap_str_tolower(copy);
    return copy;
}

static filter_state *state_of(ap_filter_t *f)
{
    filter_state *state = f->ctx;

    if (!state) {
        state = apr_pcalloc(f->r->pool, sizeof(*state));
        state->name = name_of(f);
        f->ctx = state;
    }
    if (!state->in) {
        state->in = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
        state->out = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
        state->unread = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
        state->pending = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
    }
    return state;
}

static const mp_handler_list *handlers_of(const ap_filter_t *f, int is_input)
{
    const mp_config *config = mp_config_of_request(f->r);
    apr_hash_t *filters = is_input ? config->input_filters : config->output_filters;

    return filters ? apr_hash_get(filters, name_of(f), APR_HASH_KEY_STRING) : NULL;
}

/* ---- what Python does with a call: reading ---- */

static void drop_taken(mp_filter_call *call)
{
    if (call->taken) {
        apr_bucket_destroy(call->taken);
        call->taken = NULL;
    }
}

/* Data that can be read at once, unlike that of a pipe. */
static int is_at_hand(apr_bucket_brigade *brigade)
{
    const apr_bucket *bucket = APR_BRIGADE_FIRST(brigade);

    return !APR_BRIGADE_EMPTY(brigade) && !APR_BUCKET_IS_METADATA(bucket) && bucket->length != (apr_size_t)-1;
}

/* The client need not wait for what was written before something slow is read. */
static apr_status_t read_bucket(mp_filter_call *call, apr_bucket *bucket, const char **data, apr_size_t *size)
{
    apr_status_t status = apr_bucket_read(bucket, data, size, APR_NONBLOCK_READ);

    if (!APR_STATUS_IS_EAGAIN(status)) {
        return status;
    }
    status = mp_filter_flush(call);
    return status == APR_SUCCESS ? apr_bucket_read(bucket, data, size, APR_BLOCK_READ) : status;
}

static int take_data(mp_filter_call *call, apr_bucket *bucket, long limit, int how)
{
    const char *newline;
    apr_size_t size;

    call->status = read_bucket(call, bucket, &call->data, &size);
    if (call->status != APR_SUCCESS) {
        return MP_FILTER_FAILED;
    }
    newline = how != MP_FILTER_ANY ? memchr(call->data, '\n', size) : NULL;
    call->length = newline ? (size_t)(newline - call->data) + 1 : size;
    if (limit >= 0 && call->length > (size_t)limit) {
        call->length = limit;
    }
    if (call->length < size) {
        apr_bucket_split(bucket, call->length);
    }
    APR_BUCKET_REMOVE(bucket);
    call->taken = bucket;
    call->more = is_at_hand(call->in);
    return call->length ? MP_FILTER_DATA : MP_FILTER_NOTHING;
}

static int take_bucket(mp_filter_call *call, long limit, int how)
{
    apr_bucket *bucket = APR_BRIGADE_FIRST(call->in);

    call->has_read = 1;
    if (APR_BUCKET_IS_EOS(bucket)) {
        apr_bucket_delete(bucket);
        call->ended = 1;
        return MP_FILTER_END;
    }
    if (APR_BUCKET_IS_METADATA(bucket)) {
        /* Flush marks and the like are not the handler's business: they travel on in their place. */
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(call->out, bucket);
        return MP_FILTER_NOTHING;
    }
    return take_data(call, bucket, limit, how);
}

/* An input filter asks the next one; an output filter has what it was handed. */
static int pull(mp_filter_call *call)
{
    if (call->is_input && APR_BRIGADE_EMPTY(call->in)) {
        call->status = ap_get_brigade(call->f->next, call->in, call->mode, call->block, call->readbytes);
        call->has_read = 1;
    }
    return call->status == APR_SUCCESS || APR_STATUS_IS_EAGAIN(call->status);
}

/* The usual loop, "while something comes: write it", must neither turn an upload into one piece nor make the reader
 * wait for bytes that the client has not sent. A handler that goes on all the same wants everything. */
static int is_time_to_deliver(mp_filter_call *call)
{
    if (!call->is_input || call->has_paused || !call->queued || !APR_BRIGADE_EMPTY(call->in)) {
        return 0;
    }
    call->has_paused = 1;
    return 1;
}

int mp_filter_read(mp_filter_call *call, long limit, int how)
{
    int found = MP_FILTER_NOTHING;

    call->more = 0;
    drop_taken(call);
    if (call->ended) {
        return MP_FILTER_END;
    }
    if (how != MP_FILTER_REST_OF_LINE && is_time_to_deliver(call)) {
        return MP_FILTER_NOTHING;
    }
    if (!pull(call)) {
        return MP_FILTER_FAILED;
    }
    while (found == MP_FILTER_NOTHING && !APR_BRIGADE_EMPTY(call->in)) {
        drop_taken(call);
        found = take_bucket(call, limit, how);
    }
    return found;
}

/* ---- writing ---- */

/* Output: sends on what is queued. Input: the reader gets it when the call is over. */
static int send_on(mp_filter_call *call)
{
    if (!call->is_input) {
        call->status = ap_pass_brigade(call->f->next, call->out);
        apr_brigade_cleanup(call->out);
        call->queued = 0;
    }
    return call->status;
}

static void queue(mp_filter_call *call, const char *data, size_t length)
{
    if (!call->is_input && length >= SEND_AT) {
        /* It goes on before this call of Python's ends, so nobody needs a copy. */
        APR_BRIGADE_INSERT_TAIL(call->out, apr_bucket_transient_create(data, length, call->out->bucket_alloc));
    }
    else {
        apr_brigade_write(call->out, NULL, NULL, data, length);
    }
    call->queued += length;
}

int mp_filter_write(mp_filter_call *call, const char *data, size_t length)
{
    queue(call, data, length);
    return !call->is_input && call->queued >= SEND_AT ? send_on(call) : APR_SUCCESS;
}

int mp_filter_flush(mp_filter_call *call)
{
    if (call->closed) {
        return APR_SUCCESS;
    }
    APR_BRIGADE_INSERT_TAIL(call->out, apr_bucket_flush_create(call->out->bucket_alloc));
    return send_on(call);
}

/* An SSI element is a part of its page, whose end is not the element's to declare. */
static void append_end(mp_filter_call *call)
{
    call->closed = 1;
    if (call->in) {
        APR_BRIGADE_INSERT_TAIL(call->out, apr_bucket_eos_create(call->out->bucket_alloc));
    }
}

int mp_filter_close(mp_filter_call *call)
{
    if (call->closed) {
        return APR_SUCCESS;
    }
    append_end(call);
    return send_on(call);
}

int mp_filter_pass_on(mp_filter_call *call)
{
    drop_taken(call);
    if (call->ended || (pull(call) && APR_BRIGADE_EMPTY(call->in))) {
        return APR_SUCCESS;
    }
    if (call->status != APR_SUCCESS) {
        return call->status;
    }
    call->has_read = 1;
    /* The end waits for what may be written after this. */
    if (APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(call->in))) {
        apr_bucket_delete(APR_BRIGADE_LAST(call->in));
        call->ended = 1;
    }
    APR_BRIGADE_CONCAT(call->out, call->in);
    return APR_SUCCESS;
}

/* ---- one call ---- */

/* OK, or the HTTP status of the failure. */
static int run(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    int status;

    call->has_read = call->has_paused = 0;
    state->call = call;
    status = mp_dispatch_filter(call, handlers_of(f, call->is_input), state->registered_in);
    state->call = NULL;
    drop_taken(call);
    state->disabled = state->disabled || call->disabled;
    return status;
}

/* The end of the stream goes on even when the handler forgot to close. */
static void end_stream(filter_state *state, mp_filter_call *call)
{
    if (call->ended && !call->closed) {
        append_end(call);
    }
    state->ended = state->ended || call->closed;
}

static int ends_here(apr_bucket_brigade *brigade)
{
    return !APR_BRIGADE_EMPTY(brigade) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade));
}

static void clear(mp_filter_call *call)
{
    apr_brigade_cleanup(call->in);
    apr_brigade_cleanup(call->out);
}

/* ---- output ---- */

/* What a filter makes of the body has another length, and its parts other places. */
static void start_output(filter_state *state, request_rec *r)
{
    if (!state->started) {
        state->started = 1;
        apr_table_unset(r->headers_out, "Content-Length");
        apr_table_unset(r->headers_out, "Content-MD5");
        apr_table_unset(r->headers_out, "Accept-Ranges");
    }
}

/* No cache may take what there is for the whole, whether it is the page's or that of a page that includes it. */
static void append_error(apr_bucket_brigade *out, request_rec *r, int status)
{
    request_rec *outer;

    for (outer = r; outer; outer = outer->main) {
        outer->no_cache = 1;
    }
    APR_BRIGADE_INSERT_TAIL(out, ap_bucket_error_create(status, NULL, r->pool, out->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(out->bucket_alloc));
}

/* The sign that httpd's own proxy gives when its backend breaks: HTTP/1.1 omits the last chunk, HTTP/2 resets the
 * stream, and the connection of HTTP/1 ends. */
void mp_filter_cut(apr_bucket_brigade *out, request_rec *r)
{
    r->connection->keepalive = AP_CONN_CLOSE;
    append_error(out, r, HTTP_BAD_GATEWAY);
}

/* Before the head is out the client can be told; after that it must see that the body is cut. */
static apr_status_t fail_output(ap_filter_t *f, apr_bucket_brigade *out, int status)
{
    if (mp_request_top(f->r)->sent_bodyct) {
        mp_filter_cut(out, f->r);
        ap_pass_brigade(f->next, out);
        return AP_FILTER_ERROR;
    }
    append_error(out, f->r, status);
    return ap_pass_brigade(f->next, out);
}

/* Marks that the handler stopped short of. */
static void pass_marks(mp_filter_call *call)
{
    apr_bucket *bucket = APR_BRIGADE_FIRST(call->in);

    while (bucket != APR_BRIGADE_SENTINEL(call->in) && APR_BUCKET_IS_METADATA(bucket) && !APR_BUCKET_IS_EOS(bucket)) {
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(call->out, bucket);
        bucket = APR_BRIGADE_FIRST(call->in);
    }
}

/* A handler that read only a part is called again for the rest, until it leaves that alone. */
static int run_output(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    int status;

    do {
        status = run(f, state, call);
        pass_marks(call);
    } while (status == OK && call->status == APR_SUCCESS && call->has_read && !call->closed && !call->disabled
             && !APR_BRIGADE_EMPTY(call->in));
    return status;
}

/* Who closes, means it; who forgets, sends less than there is, and nobody else would tell. */
static void warn_of_unread(ap_filter_t *f, const mp_filter_call *call)
{
    apr_off_t unread = 0;

    apr_brigade_length(call->in, 0, &unread); /* -1: unknown */
    if (unread && !call->closed) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, f->r,
                      MPLOGNO(0081) "the output filter %s has not read the end of the response, which is lost",
                      call->name);
    }
}

/* What becomes of that which the handler did not read. */
static void settle_output(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    if (!state->disabled && ends_here(call->in)) { /* not read, and the end all the same */
        warn_of_unread(f, call);
        call->ended = 1;
    }
    if (call->closed && !call->ended) {
        mp_request_of(f->r)->output_closed = 1;
    }
    end_stream(state, call);
    if (state->disabled && !state->ended) {
        APR_BRIGADE_CONCAT(call->out, call->in);
    }
    else if (!state->ended) {
        ap_save_brigade(f, &state->unread, &call->in, f->r->pool);
    }
}

static apr_status_t finish_output(ap_filter_t *f, filter_state *state, mp_filter_call *call, int status)
{
    if (status == OK && call->status == APR_SUCCESS) {
        settle_output(f, state, call);
        return APR_BRIGADE_EMPTY(call->out) ? APR_SUCCESS : ap_pass_brigade(f->next, call->out);
    }
    state->ended = mp_request_of(f->r)->output_closed = 1;
    apr_brigade_cleanup(call->out);
    /* A failure after the close leaves a whole response. */
    return status == OK || call->closed ? call->status : fail_output(f, call->out, status);
}

/* Whether its handler has declared the end, so that nothing may follow. */
static int has_closed(const filter_state *state)
{
    return state->ended || (state->call && state->call->closed);
}

static apr_status_t output_filter(ap_filter_t *f, apr_bucket_brigade *brigade)
{
    filter_state *state = state_of(f);
    mp_filter_call call = {.r = f->r, .name = state->name, .f = f, .in = state->in, .out = state->out};
    apr_status_t passed;

    if (has_closed(state)) {
        apr_brigade_cleanup(brigade);
        return APR_SUCCESS;
    }
    if (state->call || state->disabled || APR_BRIGADE_EMPTY(brigade)) {
        return ap_pass_brigade(f->next, brigade);
    }
    start_output(state, f->r);
    APR_BRIGADE_CONCAT(call.in, state->unread);
    APR_BRIGADE_CONCAT(call.in, brigade);
    passed = finish_output(f, state, &call, run_output(f, state, &call));
    clear(&call);
    return passed;
}

/* ---- input ---- */

/* Readers of this and of other modules get an error, and the rest of the body stays on the connection. */
static apr_status_t fail_input(ap_filter_t *f, filter_state *state, int status)
{
    mp_request_of(f->r)->body_status = status;
    f->c->keepalive = AP_CONN_CLOSE;
    state->disabled = 1;
    return AP_FILTER_ERROR;
}

static int is_idle(const mp_filter_call *call)
{
    return !call->has_read && !call->closed && !call->disabled && APR_BRIGADE_EMPTY(call->out);
}

/* What a handler that closed early left of the body on the connection must not pass for the next request. */
static void end_input(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    if (call->closed && !call->ended && !ends_here(call->in)) {
        f->c->keepalive = AP_CONN_CLOSE;
    }
    end_stream(state, call);
}

static apr_status_t run_input(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    int status = run(f, state, call);

    if (status == OK && is_idle(call)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, f->r,
                      MPLOGNO(0080) "the input filter %s neither reads nor writes, so the body can never end",
                      call->name);
        status = HTTP_INTERNAL_SERVER_ERROR;
    }
    if (status != OK) {
        return fail_input(f, state, status);
    }
    end_input(f, state, call);
    if (state->disabled && !state->ended) {
        APR_BRIGADE_CONCAT(call->out, call->in);
    }
    return APR_STATUS_IS_EAGAIN(call->status) ? APR_SUCCESS : call->status;
}

/* Calls the handler until there is something to deliver. */
static apr_status_t fill(ap_filter_t *f, filter_state *state, mp_filter_call *call)
{
    apr_status_t status;

    APR_BRIGADE_CONCAT(call->in, state->unread);
    do {
        status = run_input(f, state, call);
    } while (status == APR_SUCCESS && APR_BRIGADE_EMPTY(call->out) && !state->ended && !state->disabled
             && call->block == APR_BLOCK_READ);
    if (status == APR_SUCCESS) {
        ap_save_brigade(f, &state->unread, &call->in, f->r->pool);
        ap_save_brigade(f, &state->pending, &call->out, f->r->pool);
    }
    return status;
}

static apr_status_t deliver(filter_state *state, apr_bucket_brigade *brigade, apr_off_t readbytes)
{
    apr_bucket *rest;
    apr_status_t status = apr_brigade_partition(state->pending, readbytes, &rest);

    if (status != APR_SUCCESS && status != APR_INCOMPLETE) {
        return status;
    }
    while (!APR_BRIGADE_EMPTY(state->pending) && APR_BRIGADE_FIRST(state->pending) != rest) {
        apr_bucket *bucket = APR_BRIGADE_FIRST(state->pending);
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(brigade, bucket);
    }
    return APR_SUCCESS;
}

static apr_status_t input_filter(ap_filter_t *f, apr_bucket_brigade *brigade, ap_input_mode_t mode,
                                 apr_read_type_e block, apr_off_t readbytes)
{
    filter_state *state = state_of(f);
    mp_filter_call call = {.r = f->r,
                           .name = state->name,
                           .is_input = 1,
                           .f = f,
                           .in = state->in,
                           .out = state->out,
                           .mode = mode,
                           .block = block,
                           .readbytes = readbytes};
    apr_status_t status = APR_SUCCESS;

    if (state->ended && APR_BRIGADE_EMPTY(state->pending)) { /* as often as somebody asks */
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(brigade->bucket_alloc));
        return APR_SUCCESS;
    }
    /* A body is read in blocks. The other modes are for protocols, and pass by, as with mod_deflate and its like. */
    if (mode != AP_MODE_READBYTES || state->call || (state->disabled && APR_BRIGADE_EMPTY(state->pending))) {
        return ap_get_brigade(f->next, brigade, mode, block, readbytes);
    }
    if (APR_BRIGADE_EMPTY(state->pending)) {
        status = fill(f, state, &call);
        clear(&call);
    }
    return status == APR_SUCCESS ? deliver(state, brigade, readbytes) : status;
}

/* ---- joining the chain ---- */

void mp_filter_register(void)
{
    mp_filter_declare(GENERIC, 0);
    mp_filter_declare(GENERIC, 1);
}

void mp_filter_declare(const char *name, int is_input)
{
    if (is_input) {
        ap_register_input_filter(name, input_filter, NULL, AP_FTYPE_RESOURCE);
    }
    else {
        ap_register_output_filter(name, output_filter, NULL, AP_FTYPE_RESOURCE);
    }
}

void mp_filter_add(request_rec *r, const char *name, int is_input, mp_interpreter *interpreter)
{
    filter_state *state = apr_pcalloc(r->pool, sizeof(*state));

    state->name = apr_pstrdup(r->pool, name);
    state->registered_in = interpreter;
    if (is_input) {
        ap_add_input_filter(GENERIC, state, r, r->connection);
    }
    else {
        ap_add_output_filter(GENERIC, state, r, r->connection);
    }
}

static int is_ours(const ap_filter_t *f)
{
    return f->frec->filter_func.out_func == output_filter || f->frec->filter_func.in_func == input_filter
           || handlers_of(f, 0);
}

static int has_ours(const ap_filter_t *f)
{
    while (f && f->r && !is_ours(f)) { /* those of the connection, which have no request, come last */
        f = f->next;
    }
    return f && f->r;
}

int mp_filter_is_active(const request_rec *r)
{
    return has_ours(r->output_filters) || has_ours(r->input_filters);
}

ap_filter_t *mp_filter_entry(request_rec *r)
{
    const mp_filter_call *call = mp_request_of(r)->call;

    return call ? call->f->next : r->output_filters;
}
