/* One line for each phase: everything else happens in dispatch. */

#include "hooks.h"

#include <ap_expr.h>
#include <http_connection.h>

#include "directives.h"
#include "dispatch.h"
#include "request.h"

#define MP_HOOK(name, phase)                                                                                           \
    static int name(request_rec *r)                                                                                    \
    {                                                                                                                  \
        return mp_dispatch(r, phase);                                                                                  \
    }

MP_HOOK(translate_name, MP_PHASE_TRANS)
MP_HOOK(map_to_storage, MP_PHASE_MAP_TO_STORAGE)
MP_HOOK(check_access, MP_PHASE_ACCESS)
MP_HOOK(check_authn, MP_PHASE_AUTHEN)
MP_HOOK(check_authz, MP_PHASE_AUTHZ)
MP_HOOK(type_checker, MP_PHASE_TYPE)
MP_HOOK(fixups, MP_PHASE_FIXUP)

static int goes_on(int status)
{
    return status == OK || status == DECLINED;
}

/* ---- Init: before the first phase that sees its configuration ---- */

static mp_handler_list *server_init_list(const request_rec *r)
{
    return mp_config_of_server(r->server)->handlers[MP_PHASE_INIT];
}

static int post_read_request(request_rec *r)
{
    int status = mp_dispatch(r, MP_PHASE_INIT);

    return goes_on(status) ? mp_dispatch(r, MP_PHASE_POST_READ_REQUEST) : status;
}

/* A list inherited from the server level is the very list that ran after the request was read. */
static int header_parser(request_rec *r)
{
    int status = mp_dispatch_except(r, MP_PHASE_INIT, server_init_list(r));

    return goes_on(status) ? mp_dispatch(r, MP_PHASE_HEADER_PARSER) : status;
}

/* ---- Location: content configured by URL needs no file ---- */

static int is_our_name(const char *handler)
{
    return handler && (ap_cstr_casecmp(handler, "mod_python") == 0 || ap_cstr_casecmp(handler, "python-program") == 0);
}

/* What SetHandler says here, or NULL. */
static const char *set_handler(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *error = NULL;

    return core->expr_handler ? ap_expr_str_exec(r, core->expr_handler, &error) : core->handler;
}

/* A PythonHandler and a SetHandler; with AddHandler alone, files make the difference between ours and others. */
static int content_is_by_location(request_rec *r)
{
    const mp_handler_list *list = mp_config_of_request(r)->handlers[MP_PHASE_HANDLER];

    return list && APR_ARRAY_IDX(list->entries, 0, mp_handler).section->is_location && is_our_name(set_handler(r));
}

/* httpd puts the Locations aside while it maps to storage, and merges them again after that. */
static int is_location_ours(request_rec *r)
{
    int ours = ap_location_walk(r) == OK && content_is_by_location(r);

    r->per_dir_config = r->server->lookup_defaults;
    return ours;
}

/* Whether the URL leads into a directory or file of the site: then the sections and .htaccess for it must count. */
static int leads_to_files(request_rec *r)
{
    const char *root = ap_document_root(r);
    apr_size_t length = strlen(root);
    const char *first, *end;
    apr_finfo_t info;

    if (!r->filename || strncmp(r->filename, root, length) != 0) {
        return 1;
    }
    for (first = r->filename + length; *first == '/'; first++) {
    }
    end = ap_strchr_c(first, '/');
    first = end ? apr_pstrmemdup(r->pool, r->filename, end - r->filename) : r->filename;
    return apr_stat(&info, first, APR_FINFO_TYPE, r->pool) == APR_SUCCESS;
}

/* OK keeps req.filename as it was translated, and skips the walk through directories, sections and .htaccess. */
static int skip_storage(request_rec *r)
{
    return mp_handlers_in_locations && is_location_ours(r) && !leads_to_files(r) ? OK : DECLINED;
}

/* ---- content and after ---- */

/* The reader of the log would look for the reason elsewhere. */
static void warn_without_handler(request_rec *r)
{
    const mp_config *config = mp_config_of_request(r);
    const mp_request *state = mp_request_if_any(r);

    if (!config->handlers[MP_PHASE_HANDLER] && !config->by_extension
        && !(state && state->added & 1u << MP_PHASE_HANDLER)) {
        ap_log_rerror(
            APLOG_MARK, APLOG_WARNING, 0, r,
            MPLOGNO(0023) "SetHandler or AddHandler leads %s to mod_python, but no PythonHandler is in effect", r->uri);
    }
}

/* A directory's type is a mark for httpd's own modules, and none for what Python answers. */
static int handler(request_rec *r)
{
    const char *type = r->content_type;
    int is_mark, status;

    if (!is_our_name(r->handler)) {
        return DECLINED;
    }
    warn_without_handler(r);
    is_mark = type && strcmp(type, DIR_MAGIC_TYPE) == 0;
    if (is_mark) {
        ap_set_content_type(r, NULL);
    }
    status = mp_dispatch(r, MP_PHASE_HANDLER);
    if (status == DECLINED && is_mark && !r->content_type) {
        ap_set_content_type(r, type);
    }
    return status;
}

static int log_transaction(request_rec *r)
{
    const mp_config *config = mp_config_of_request(r);

    if (config->handlers[MP_PHASE_CLEANUP] || config->by_extension) {
        mp_request_arm_cleanup(r);
    }
    return mp_dispatch(r, MP_PHASE_LOG);
}

/* ---- connections ---- */

/* A protocol of the handler's own ends with the connection, which the MPM then closes. */
static int process_connection(conn_rec *c)
{
    int status = mp_dispatch_connection(c);

    if (status != DECLINED && c->cs) {
        c->cs->state = CONN_STATE_LINGER;
    }
    return status;
}

void mp_hooks_register(void)
{
    /* Whatever the order of LoadModule, Python is asked before the modules that answer in any case: OK from a
     * PythonTransHandler leaves Alias aside, OK from a PythonTypeHandler leaves the file's extension aside, and a
     * PythonAuthenHandler stands before the providers of mod_auth_basic. */
    static const char *const translation_successors[] = {"mod_alias.c", "mod_userdir.c", "mod_vhost_alias.c", NULL};
    static const char *const type_successors[] = {"mod_mime.c", "mod_mime_magic.c", NULL};
    static const char *const authn_successors[] = {"mod_auth_basic.c", "mod_auth_digest.c", NULL};

    ap_hook_process_connection(process_connection, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(post_read_request, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_translate_name(translate_name, NULL, translation_successors, APR_HOOK_MIDDLE);
    ap_hook_map_to_storage(map_to_storage, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_map_to_storage(skip_storage, NULL, NULL, APR_HOOK_LAST); /* core's walk is the very last */
    ap_hook_header_parser(header_parser, NULL, NULL, APR_HOOK_MIDDLE);
    /* Handlers look at the URI and the file, so the answer for a page is none for what the page includes. */
    ap_hook_check_access(check_access, NULL, NULL, APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_URI);
    ap_hook_check_authn(check_authn, NULL, authn_successors, APR_HOOK_FIRST, AP_AUTH_INTERNAL_PER_URI);
    /* Before mod_authz_core, which comes last and then judges the Require lines. */
    ap_hook_check_authz(check_authz, NULL, NULL, APR_HOOK_MIDDLE, AP_AUTH_INTERNAL_PER_URI);
    ap_hook_type_checker(type_checker, NULL, type_successors, APR_HOOK_MIDDLE);
    ap_hook_fixups(fixups, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_MIDDLE);
}
