/* Handler specifications: the words of "PythonHandler a b::c | .ext" as values. */

#ifndef MP_HANDLERS_H
#define MP_HANDLERS_H

#include "mod_python.h"

/* The section a directive stands in; it decides what the handler's directory is. Owner: the configuration's pool. */
typedef struct {
    const char *path;  /* directory with a trailing '/', Location text, or pattern; NULL at server level */
    ap_regex_t *regex; /* <Directory ~ ...> and <DirectoryMatch ...>, else NULL */
    int is_location;   /* <Location>, <LocationMatch> */
    int is_pattern;    /* the directory depends on the request's filename */
} mp_section;

/* One word of a handler directive. */
typedef struct {
    const char *text;          /* "module", "module::object.path" or "/path/to/file.py::object" */
    const mp_section *section; /* never NULL */
    int silent;                /* from PythonHandlerModule: a missing function is no error */
} mp_handler;

/* The stack one directive key makes. */
typedef struct {
    apr_array_header_t *entries; /* of mp_handler */
} mp_handler_list;

/* A directive's arguments, split: handler words and the extensions after '|'. */
typedef struct {
    apr_array_header_t *words;      /* of const char * */
    apr_array_header_t *extensions; /* of const char *, each with its leading dot */
} mp_handler_words;

/* Splits ARGS by httpd's quoting rules. Returns NULL, or a sentence that says what is wrong. */
const char *mp_handler_words_parse(apr_pool_t *pool, const char *args, mp_handler_words *words);

mp_handler_list *mp_handler_list_make(apr_pool_t *pool);
void mp_handler_list_append(mp_handler_list *list, const char *text, const mp_section *section, int silent);

/* The section that encloses the directive being read. */
const mp_section *mp_section_of(cmd_parms *cmd);

/* The handler's directory for this FILENAME (NULL when unknown): patterns become their shortest matching directory. */
const char *mp_section_directory(apr_pool_t *pool, const mp_section *section, const char *filename);

#endif
