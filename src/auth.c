/* Authentication and authorisation providers. Whatever goes wrong, the answer is no. */

#include "auth.h"

#include <ap_provider.h>
#include <mod_auth.h>

#include "directives.h"
#include "dispatch.h"

/* ---- who is it? ---- */

static const mp_handler_list *provider_of(request_rec *r)
{
    const mp_handler_list *list = mp_config_of_request(r)->handlers[MP_PHASE_AUTH_PROVIDER];

    if (!list) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      MPLOGNO(0050) "the provider python is asked, but no PythonAuthProvider is in effect here");
    }
    return list;
}

static const mp_section *section_of(const mp_handler_list *list)
{
    return APR_ARRAY_IDX(list->entries, 0, mp_handler).section;
}

static authn_status check_password(request_rec *r, const char *user, const char *password)
{
    const mp_handler_list *list = provider_of(r);
    const void *addresses[] = {list, user, password};

    return list
               ? mp_dispatch_question(r, MP_CALLBACK_CHECK_PASSWORD, section_of(list), AUTH_GENERAL_ERROR, addresses, 3)
               : AUTH_GENERAL_ERROR;
}

static authn_status get_realm_hash(request_rec *r, const char *user, const char *realm, char **hash)
{
    const mp_handler_list *list = provider_of(r);
    const void *addresses[] = {list, user, realm, hash};

    return list ? mp_dispatch_question(r, MP_CALLBACK_REALM_HASH, section_of(list), AUTH_GENERAL_ERROR, addresses, 4)
                : AUTH_GENERAL_ERROR;
}

static const authn_provider authentication = {&check_password, &get_realm_hash};

/* ---- may they? ---- */

/* The parsed form of "Require python module::function argument ...". Owner: the configuration's pool. */
typedef struct {
    mp_handler_list *list;
    const char *arguments; /* each with a newline after it, which none can contain */
} requirement;

static const char *split_arguments(apr_pool_t *pool, const char *line)
{
    const char *arguments = "";

    while (*line) {
        arguments = apr_pstrcat(pool, arguments, ap_getword_conf(pool, &line), "\n", NULL);
    }
    return arguments;
}

static const char *parse_requirement(cmd_parms *cmd, const char *line, const void **parsed)
{
    requirement *required = apr_pcalloc(cmd->pool, sizeof(*required));
    const mp_section *section = mp_section_of(cmd);
    const char *handler = ap_getword_conf(cmd->pool, &line);
    mp_handler_words words;
    const char *error = mp_directive_check_htaccess(cmd, "Require python");

    if (error) {
        return error;
    }
    error = mp_handler_words_parse(cmd->pool, handler, &words);
    if (error || words.words->nelts != 1 || !ap_strstr_c(handler, "::")) {
        return apr_psprintf(cmd->pool, "Require python: write module::function, not '%s'", handler);
    }
    required->list = mp_handler_list_make(cmd->pool);
    mp_handler_list_append(required->list, handler, section, 0);
    required->arguments = split_arguments(cmd->pool, line);
    *parsed = required;
    return NULL;
}

static authz_status check_authorization(request_rec *r, const char *line, const void *parsed)
{
    const requirement *required = parsed;
    const void *addresses[] = {required->list, required->arguments};

    (void)line;
    return mp_dispatch_question(r, MP_CALLBACK_AUTHORIZE, section_of(required->list), AUTHZ_GENERAL_ERROR, addresses,
                                2);
}

static const authz_provider authorization = {&check_authorization, &parse_requirement};

void mp_auth_register(apr_pool_t *pool)
{
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "python", AUTHN_PROVIDER_VERSION, &authentication,
                              AP_AUTH_INTERNAL_PER_URI);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "python", AUTHZ_PROVIDER_VERSION, &authorization,
                              AP_AUTH_INTERNAL_PER_URI);
}
