/* Many values for Python in one piece: "key\0value\0key\0value\0", so that one call and one decoding fetch them all. */

#ifndef MP_PACK_H
#define MP_PACK_H

#include <stddef.h>

#include <apr_pools.h>

/* Starts a new block. One that this thread began and did not finish is dropped. */
void mp_pack_begin(void);

void mp_pack_add(const char *key, const char *value); /* VALUE NULL: as "" */
void mp_pack_item(const char *text);                  /* TEXT NULL: as "" */
void mp_pack_text(const char *text, size_t length);   /* part of an item */
char *mp_pack_room(size_t length);                    /* the same, for the caller to fill at once */
void mp_pack_end_item(void);

/* The finished block. It is the caller's: while Python copies it, a finaliser may pack another on the same thread. */
char *mp_pack_block(size_t *length);
void mp_pack_free(char *block);

/* Names apart from their values, since requests have other values but the same names: Python keeps the texts of those.
 * Names go here, and values into the block. */
char *mp_pack_name_room(size_t length);

/* The finished names and then the block as a part of POOL, with their lengths. */
typedef struct {
    size_t names;
    size_t values;
    char data[];
} mp_packed;
const mp_packed *mp_pack_into(apr_pool_t *pool);

#endif
