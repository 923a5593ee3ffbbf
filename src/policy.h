/* Which interpreter serves what: the naming rules, in one place. */

#ifndef MP_POLICY_H
#define MP_POLICY_H

#include "config.h"

/* The interpreter for this request. SECTION is where the first handler (or the filter) was configured; NULL: nowhere. */
const char *mp_policy_for_request(request_rec *r, const mp_section *section);

/* The interpreter for a connection of this server. */
const char *mp_policy_for_server(const server_rec *s);

#endif
