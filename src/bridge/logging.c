/* Python's messages on their way to httpd's error log, with the module's name and the request they belong to. */

#include "bridge.h"

/* Python's messages come from no line of C. */
#define NO_LINE NULL, 0, APLOG_MODULE_INDEX

static int bounded(int level)
{
    return level < APLOG_EMERG ? APLOG_EMERG : level > APLOG_TRACE8 ? APLOG_TRACE8 : level;
}

void mp_log_request(const request_rec *r, int level, const char *message)
{
    ap_log_rerror_(NO_LINE, bounded(level), 0, r, "%s", message);
}

void mp_log_connection(const conn_rec *c, int level, const char *message)
{
    ap_log_cerror_(NO_LINE, bounded(level), 0, c, "%s", message);
}

/* S NULL: the main error log. */
void mp_log_server(const server_rec *s, int level, const char *message)
{
    ap_log_error_(NO_LINE, bounded(level), 0, s ? s : ap_server_conf, "%s", message);
}

int mp_request_logs(const request_rec *r, int level)
{
    return APLOG_R_IS_LEVEL(r, bounded(level));
}
