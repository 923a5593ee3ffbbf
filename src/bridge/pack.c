/* The buffers that carry packed values to Python: two for each thread, while a block is being made. */

#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "../mod_python.h"

#define FIRST_SIZE 4096

typedef struct {
    char *data;
    size_t size;
    size_t used;
} buffer;

static _Thread_local buffer block, names;

void mp_pack_begin(void)
{
    block.used = names.used = 0;
}

static void make_room(buffer *buffer, size_t more)
{
    size_t size = buffer->size ? buffer->size : FIRST_SIZE;

    while (size < buffer->used + more) {
        size *= 2;
    }
    if (size != buffer->size) {
        buffer->data = realloc(buffer->data, size);
        ap_assert(buffer->data);
        buffer->size = size;
    }
}

static char *room(buffer *buffer, size_t length)
{
    make_room(buffer, length);
    buffer->used += length;
    return buffer->data + buffer->used - length;
}

char *mp_pack_room(size_t length)
{
    return room(&block, length);
}

char *mp_pack_name_room(size_t length)
{
    return room(&names, length);
}

void mp_pack_text(const char *text, size_t length)
{
    memcpy(mp_pack_room(length), text, length);
}

void mp_pack_end_item(void)
{
    mp_pack_text("", 1);
}

void mp_pack_item(const char *text)
{
    mp_pack_text(text ? text : "", text ? strlen(text) + 1 : 1);
}

void mp_pack_add(const char *key, const char *value)
{
    mp_pack_item(key);
    mp_pack_item(value);
}

static char *take(buffer *buffer, size_t *length)
{
    char *data = buffer->data;

    *length = buffer->used;
    buffer->data = NULL;
    buffer->size = buffer->used = 0;
    return data;
}

char *mp_pack_block(size_t *length)
{
    return take(&block, length);
}

void mp_pack_free(char *data)
{
    free(data);
}

/* Moves what BUFFER holds to PLACE. */
static void append(char *place, buffer *buffer, size_t *length)
{
    char *data = take(buffer, length);

    if (*length) {
        memcpy(place, data, *length);
    }
    free(data);
}

const mp_packed *mp_pack_into(apr_pool_t *pool)
{
    mp_packed *packed = apr_palloc(pool, sizeof(*packed) + names.used + block.used);

    append(packed->data, &names, &packed->names);
    append(packed->data + packed->names, &block, &packed->values);
    return packed;
}
