/* Providers for httpd 2.4: AuthBasicProvider python, AuthDigestProvider python, Require python. */

#ifndef MP_AUTH_H
#define MP_AUTH_H

#include "mod_python.h"

void mp_auth_register(apr_pool_t *pool);

#endif
