/* Where the module stands in httpd's phases, and why there. */

#ifndef MP_HOOKS_H
#define MP_HOOKS_H

#include "mod_python.h"

void mp_hooks_register(void);

#endif
