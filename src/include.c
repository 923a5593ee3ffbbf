/* Server-side includes. */

#include "mod_python.h"

#include <mod_include.h>

#include "dispatch.h"
#include "include.h"

static APR_OPTIONAL_FN_TYPE(ap_ssi_get_tag_and_value) * get_tag_and_value;
static ap_filter_rec_t *includes; /* process; NULL without mod_include */

/* The attributes of one element: exactly one of the two. */
typedef struct {
    const char *code;
    int is_eval;
} element;

/* NULL, or what is wrong. */
static const char *add_attribute(element *found, const char *tag, const char *value)
{
    int is_eval = strcmp(tag, "eval") == 0;

    if (!is_eval && strcmp(tag, "exec") != 0) {
        return "the only attributes are eval and exec";
    }
    if (found->code) {
        return "only one of eval and exec is possible, and only once";
    }
    if (!value || !*value) {
        return "the attribute is empty";
    }
    found->code = value;
    found->is_eval = is_eval;
    return NULL;
}

static const char *read_attributes(include_ctx_t *ctx, element *found)
{
    const char *error = NULL;

    while (!error) {
        char *tag = NULL;
        char *value = NULL;
        get_tag_and_value(ctx, &tag, &value, SSI_VALUE_DECODED);
        if (!tag) {
            return found->code ? NULL : "the attribute eval or exec is missing";
        }
        error = add_attribute(found, tag, value);
    }
    return error;
}

/* The element has nothing to read. OK, or an HTTP status. */
static int run(ap_filter_t *f, apr_bucket_brigade *brigade, const element *found, apr_status_t *passed)
{
    mp_filter_call call = {.r = f->r, .name = f->frec->name, .f = f, .out = brigade, .ended = 1};
    int status = mp_dispatch_include(&call, found->is_eval, found->code);

    *passed = call.status;
    return status;
}

static apr_status_t handle(include_ctx_t *ctx, ap_filter_t *f, apr_bucket_brigade *brigade)
{
    element found = {NULL, 0};
    const char *error = NULL;
    apr_status_t passed = APR_SUCCESS;

    if (!(ctx->flags & SSI_FLAG_PRINTING)) {
        return APR_SUCCESS;
    }
    if (ctx->flags & SSI_FLAG_NO_EXEC) {
        error = "Options IncludesNOEXEC forbids it";
    }
    else {
        error = read_attributes(ctx, &found);
    }
    if (error) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, f->r, MPLOGNO(0040) "the element #python in %s is not possible: %s",
                      f->r->filename, error);
    }
    if (error || run(f, brigade, &found, &passed) != OK) {
        SSI_CREATE_ERROR_BUCKET(ctx, f, brigade);
    }
    return passed;
}

void mp_include_register(void)
{
    APR_OPTIONAL_FN_TYPE(ap_register_include_handler) *register_handler =
        APR_RETRIEVE_OPTIONAL_FN(ap_register_include_handler);

    get_tag_and_value = APR_RETRIEVE_OPTIONAL_FN(ap_ssi_get_tag_and_value);
    if (register_handler && get_tag_and_value) {
        register_handler("python", handle);
        includes = ap_get_output_filter_handle("INCLUDES");
    }
}

int mp_include_is_active(const request_rec *r)
{
    const ap_filter_t *f;

    for (f = includes ? r->output_filters : NULL; f && f->frec != includes; f = f->next) {
    }
    return f != NULL;
}
