/* Server-side includes: <!--#python eval="..." --> and <!--#python exec="..." -->. */

#ifndef MP_INCLUDE_H
#define MP_INCLUDE_H

/* Makes the element known to mod_include, if that is loaded. */
void mp_include_register(void);

#endif
