/* A target in C: octets in, a trap when something is wrong. The names are libFuzzer's. */

#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include "../../src/mod_python.h"

/* For conditions that must hold, with NDEBUG or without. */
#define MUST(condition) ((condition) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line of what is left of the input, without its line end; "" when there is none. NULs end it, too. */
char *next_line(apr_pool_t *pool, const uint8_t **data, size_t *size);

#endif
