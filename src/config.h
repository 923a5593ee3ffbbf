/* The per-directory configuration: made by directives, merged by httpd, then never changed. */

#ifndef MP_CONFIG_H
#define MP_CONFIG_H

#include <apr_hash.h>

#include "handlers.h"
#include "timeout.h"
#include "options.h"

#define MP_UNSET (-1)

/* FLAG, TEXT and TIMEOUT as C types, with the value that means "not configured here". */
#define MP_TYPE_FLAG int
#define MP_TYPE_TEXT const char *
#define MP_TYPE_TIMEOUT const mp_timeout *
#define MP_UNSET_FLAG MP_UNSET
#define MP_UNSET_TEXT NULL
#define MP_UNSET_TIMEOUT NULL

typedef struct mp_config {
    const char *name; /* for messages: where it was made, "merged[a, b]" when merged */
#define MP_FIELD(field, directive, kind, dflt, reach, help) MP_TYPE_##kind field;
    MP_OPTIONS(MP_FIELD)
#undef MP_FIELD
    apr_table_t *options;                      /* PythonOption; an empty value unsets the key */
    mp_handler_list *handlers[MP_PHASE_COUNT]; /* NULL: none */
    apr_hash_t *by_extension;                  /* "PythonHandler.py" -> mp_handler_list; NULL: none */
    apr_hash_t *input_filters;                 /* lower-case name -> mp_handler_list of one; NULL: none */
    apr_hash_t *output_filters;
    int lasts;               /* it stays as long as the process serves, so that its address may stand for it */
    struct mp_merge *merges; /* what it and others have made together, if all of them last */
} mp_config; /* Owner: pconf; the process for merged ones that last; the request's pool for what has to do with .htaccess */

/* An option's value with its default applied. */
#define mp_config_flag(config, field, dflt) ((config)->field == MP_UNSET ? (dflt) : (config)->field)

void *mp_config_create(apr_pool_t *pool, char *directory);
void *mp_config_merge(apr_pool_t *pool, void *parent, void *child);

void mp_config_child_init(server_rec *s);

/* Whether CONFIG may be known by its address for the rest of the process. */
int mp_config_lasts(const mp_config *config);

/* What is configured for this request here and now, and for this server outside every section. */
const mp_config *mp_config_of_request(const request_rec *r);
const mp_config *mp_config_of_server(const server_rec *s);

/* The flags that Python asks for, as one number. */
enum {
    MP_DEBUG = 1,
    MP_AUTO_RELOAD = 2,
    MP_ENABLE_PDB = 4,   /* and the process is a single one, so that the terminal is ours */
    MP_INTERRUPTIBLE = 8 /* PythonRequestTimeout interrupts handlers */
};
int mp_config_is_single_process(void);
int mp_config_flags(const mp_config *config);

/* The number that PythonOption KEY gives at the main server's level: DFLT without one, 0 when it is none from LEAST to
 * MOST, which is logged. */
int mp_config_number(const server_rec *s, const char *key, int dflt, int least, int most);

/* Logs what is configured, but can have no effect. */
void mp_config_warn(const server_rec *s);

/* The expression of PythonPath, or NULL. */
const char *mp_config_path(const mp_config *config);

/* The explicitly configured options as directive name -> value, flags as "1" and "0". */
apr_table_t *mp_config_table(apr_pool_t *pool, const mp_config *config);

/* The handlers for PHASE and a file EXTENSION such as ".py" (NULL: none); *limited tells whether the extension chose. */
mp_handler_list *mp_config_handlers(const mp_config *config, mp_phase phase, const char *extension, int *limited);

/* The key of an extension-limited list. */
const char *mp_config_extension_key(apr_pool_t *pool, mp_phase phase, const char *extension);

#endif
