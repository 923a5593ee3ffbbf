/* Server-side includes: <!--#python eval="..." --> and <!--#python exec="..." -->. */

#ifndef MP_INCLUDE_H
#define MP_INCLUDE_H

#include <httpd.h>

/* Makes the element known to mod_include, if that is loaded. */
void mp_include_register(void);

/* Whether mod_include may still meet an element in this request's output. */
int mp_include_is_active(const request_rec *r);

#endif
