/* Debug features show sources and data: on addresses that others can reach, only where PythonDebugPublic says so. */

#ifndef MP_EXPOSURE_H
#define MP_EXPOSURE_H

#include "config.h"

/* Whether some debug feature is on where others can reach it. OK, or an error that is logged. */
int mp_exposure_check(const server_rec *s);

/* Whether errors may be shown to the client of R: .htaccess can switch PythonDebug on as well. */
int mp_exposure_is_allowed(const request_rec *r);

#endif
