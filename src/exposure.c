/* Debug features on addresses that others can reach. */

#include "exposure.h"

#include <ap_listen.h>

/* ---- addresses ---- */

static int is_loopback_v4(const unsigned char *bytes)
{
    return bytes[0] == 127;
}

#if APR_HAVE_IPV6
static int is_loopback_v6(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) || (IN6_IS_ADDR_V4MAPPED(address) && is_loopback_v4(address->s6_addr + 12));
}
#endif

static int is_loopback(const apr_sockaddr_t *address)
{
#if APR_HAVE_IPV6
    if (address->family == APR_INET6) {
        return is_loopback_v6(&address->sa.sin6.sin6_addr);
    }
#endif
    return address->family == APR_INET && is_loopback_v4((const unsigned char *)&address->sa.sin.sin_addr);
}

/* The main server, whose directives hold for all others too, has every address; *:80 has those of no loopback as well. */
static int has_address(const server_rec *s, const apr_sockaddr_t *listened)
{
    const server_addr_rec *own = s->is_virtual ? s->addrs : NULL;

    while (own && (is_loopback(own->host_addr) || (own->host_port && own->host_port != listened->port))) {
        own = own->next;
    }
    return own || !s->is_virtual;
}

/* The first address, not of this machine alone, on which SERVER answers; NULL: there is none. */
static const apr_sockaddr_t *public_address(const server_rec *s)
{
    const ap_listen_rec *listener;

    for (listener = ap_listeners; listener; listener = listener->next) {
        if (!is_loopback(listener->bind_addr) && has_address(s, listener->bind_addr)) {
            return listener->bind_addr;
        }
    }
    return NULL;
}

static int is_public_allowed(const server_rec *s)
{
    return mp_config_flag(mp_config_of_server(s), debug_public, 0);
}

/* ---- the configuration ---- */

static int is_section(const ap_directive_t *directive, const char *name)
{
    return ap_cstr_casecmp(directive->directive, name) == 0;
}

/* Which requests a condition means is known only when they come; so is whether their errors may be shown. */
static int is_condition(const ap_directive_t *directive)
{
    return is_section(directive, "<If") || is_section(directive, "<ElseIf") || is_section(directive, "<Else");
}

/* The server that a section makes. */
static const server_rec *server_of(const ap_directive_t *section, const server_rec *main)
{
    const server_rec *s = main->next;

    while (s && !(s->defn_line_number == (unsigned)section->line_num && strcmp(s->defn_name, section->filename) == 0)) {
        s = s->next;
    }
    return s ? s : main;
}

static int is_switched_on(const ap_directive_t *directive)
{
    return ap_cstr_casecmp(directive->args, "on") == 0
           && (is_section(directive, "PythonDebug")
               || (is_section(directive, "PythonEnablePdb") && mp_config_is_single_process()));
}

static int check_directive(const ap_directive_t *directive, const server_rec *s)
{
    const apr_sockaddr_t *address = is_switched_on(directive) && !is_public_allowed(s) ? public_address(s) : NULL;
    char text[64];

    if (!address) {
        return OK;
    }
    apr_sockaddr_ip_getbuf(text, sizeof(text), (apr_sockaddr_t *)address);
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s,
                 MPLOGNO(0379) "%s On in line %d of %s holds for address %s port %d, which others can reach: let httpd "
                               "Listen on 127.0.0.1 only, or add PythonDebugPublic On",
                 directive->directive, directive->line_num, directive->filename, text, address->port);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int check_tree(const ap_directive_t *tree, const server_rec *s)
{
    int wrong = OK;

    for (; tree; tree = tree->next) {
        const server_rec *inner = is_section(tree, "<VirtualHost") ? server_of(tree, s) : s;
        wrong |= check_directive(tree, s) | (is_condition(tree) ? OK : check_tree(tree->first_child, inner));
    }
    return wrong;
}

int mp_exposure_check(const server_rec *s)
{
    return check_tree(ap_conftree, s);
}

/* ---- requests ---- */

int mp_exposure_is_allowed(const request_rec *r)
{
    return is_loopback(r->connection->local_addr) || is_public_allowed(r->server);
}
