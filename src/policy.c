/* Which interpreter serves what. First match wins: PythonInterpreter, PerDirectory, PerDirective, the server's name. */

#include "policy.h"

static const char *name_of_server(const server_rec *s)
{
    return s->server_hostname ? s->server_hostname : MP_MAIN_INTERPRETER;
}

/* httpd has looked at the file already, so this costs no system call. */
static const char *directory_of_file(const request_rec *r)
{
    /* Where httpd has not looked (early phases, Location), clients could name directories without end. */
    if (!r->filename || (r->finfo.filetype == APR_NOFILE && !r->path_info)) {
        return MP_MAIN_INTERPRETER;
    }
    if (r->finfo.filetype == APR_DIR && !ap_strrchr_c(r->filename, '/')[1]) {
        return r->filename;
    }
    if (r->finfo.filetype == APR_DIR) {
        return apr_pstrcat(r->pool, r->filename, "/", NULL);
    }
    return ap_make_dirstr_parent(r->pool, r->filename);
}

static const char *directory_of_section(request_rec *r, const mp_section *section)
{
    const char *directory = section ? mp_section_directory(r->pool, section, r->filename) : NULL;

    return directory ? directory : MP_MAIN_INTERPRETER;
}

const char *mp_policy_for_request(request_rec *r, const mp_section *section)
{
    const mp_config *config = mp_config_of_request(r);

    if (config->interpreter) {
        return config->interpreter;
    }
    if (mp_config_flag(config, interp_per_directory, 0)) {
        return directory_of_file(r);
    }
    if (mp_config_flag(config, interp_per_directive, 0)) {
        return directory_of_section(r, section);
    }
    return name_of_server(r->server);
}

const char *mp_policy_for_server(const server_rec *s)
{
    const mp_config *config = mp_config_of_server(s);

    if (config->interpreter) {
        return config->interpreter;
    }
    if (mp_config_flag(config, interp_per_directive, 0)) {
        return MP_MAIN_INTERPRETER;
    }
    return name_of_server(s);
}
