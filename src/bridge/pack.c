/* The buffer that carries packed values to Python: one for each thread, while a block is being made. */

#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "../mod_python.h"

#define FIRST_SIZE 4096

static _Thread_local struct {
    char *data;
    size_t size;
    size_t used;
} block;

void mp_pack_begin(void)
{
    block.used = 0;
}

static void make_room(size_t more)
{
    size_t size = block.size ? block.size : FIRST_SIZE;

    while (size < block.used + more) {
        size *= 2;
    }
    if (size != block.size) {
        block.data = realloc(block.data, size);
        ap_assert(block.data);
        block.size = size;
    }
}

char *mp_pack_room(size_t length)
{
    make_room(length);
    block.used += length;
    return block.data + block.used - length;
}

void mp_pack_text(const char *text, size_t length)
{
    memcpy(mp_pack_room(length), text, length);
}

void mp_pack_end_item(void)
{
    mp_pack_text("", 1);
}

static void add_item(const char *text)
{
    mp_pack_text(text, strlen(text) + 1);
}

void mp_pack_add(const char *key, const char *value)
{
    add_item(key);
    add_item(value ? value : "");
}

char *mp_pack_block(size_t *length)
{
    char *data = block.data;

    *length = block.used;
    block.data = NULL;
    block.size = block.used = 0;
    return data;
}

void mp_pack_free(char *data)
{
    free(data);
}

const mp_packed *mp_pack_into(apr_pool_t *pool)
{
    size_t length;
    char *data = mp_pack_block(&length);
    mp_packed *packed = apr_palloc(pool, sizeof(*packed) + length);

    packed->length = length;
    if (length) {
        memcpy(packed->data, data, length);
    }
    free(data);
    return packed;
}
