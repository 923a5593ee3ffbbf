/* Handler specifications: reading them from a directive, and finding the directory they belong to. */

#include "handlers.h"

#include <apr_fnmatch.h>
#include <apr_lib.h>

/* ---- words ---- */

static int is_word_end(char c)
{
    return c == '\0' || c == '|' || apr_isspace(c);
}

/* One word: quoted as httpd quotes, or up to a space or '|'. */
static const char *next_word(apr_pool_t *pool, const char **line)
{
    const char *start = *line;
    const char *end = start;

    if (*start == '"' || *start == '\'') {
        return ap_getword_conf(pool, line);
    }
    while (!is_word_end(*end)) {
        end++;
    }
    *line = end;
    return apr_pstrmemdup(pool, start, end - start);
}

static const char *skip_spaces(const char *line)
{
    while (apr_isspace(*line)) {
        line++;
    }
    return line;
}

/* Neither "a..b" nor ".a" nor "a." names anything; and "a:b" or "a()" is how other programs write it. */
static int is_dotted_name(const char *name, const char *end)
{
    char before = '.';

    for (; name < end; name++) {
        if ((*name == '.' && before == '.') || strchr(":()", *name)) {
            return 0;
        }
        before = *name;
    }
    return before != '.';
}

static int is_bare_file(const char *name, const char *end)
{
    return end - name > 3 && strncmp(end - 3, ".py", 3) == 0 && !memchr(name, '/', end - name);
}

/* NULL when WORD is "module", "module::object.path" or a file path with an optional "::object.path". */
static const char *check_word(apr_pool_t *pool, const char *word)
{
    const char *separator = ap_strstr_c(word, "::");
    const char *end = separator ? separator : word + strlen(word);

    if (end == word) {
        return apr_psprintf(pool, "'%s' does not name a module; write module, module::object or /path/to/file.py",
                            word);
    }
    if (is_bare_file(word, end)) {
        return apr_psprintf(pool, "'%.*s' is no module; write it without .py, or with the path of its directory",
                            (int)(end - word), word);
    }
    if (!memchr(word, '/', end - word) && !is_dotted_name(word, end)) {
        return apr_psprintf(pool, "'%.*s' is not a module name; write module, package.module or module::object",
                            (int)(end - word), word);
    }
    if (separator && !is_dotted_name(separator + 2, word + strlen(word))) {
        return apr_psprintf(pool, "'%s' is not an object name; write module::object or module::object.attribute",
                            separator + 2);
    }
    return NULL;
}

static const char *parse_words(apr_pool_t *pool, const char **line, apr_array_header_t *words)
{
    for (*line = skip_spaces(*line); **line && **line != '|'; *line = skip_spaces(*line)) {
        const char *word = next_word(pool, line);
        const char *error = check_word(pool, word);
        if (error) {
            return error;
        }
        APR_ARRAY_PUSH(words, const char *) = word;
    }
    return words->nelts ? NULL : "no handler is named; write module, module::object or /path/to/file.py";
}

static const char *parse_extensions(apr_pool_t *pool, const char *line, apr_array_header_t *extensions)
{
    for (line = skip_spaces(line); *line; line = skip_spaces(line)) {
        const char *extension = next_word(pool, &line);
        if (*line == '|') {
            return "'|' may stand only once, between the handlers and the file extensions";
        }
        if (extension[0] != '.' || !extension[1]) {
            return apr_psprintf(pool, "'%s' is not a file extension; write it with its dot, such as .py", extension);
        }
        APR_ARRAY_PUSH(extensions, const char *) = extension;
    }
    return extensions->nelts ? NULL : "no file extension follows '|'; write one with its dot, such as .py";
}

const char *mp_handler_words_parse(apr_pool_t *pool, const char *args, mp_handler_words *words)
{
    const char *error;

    words->words = apr_array_make(pool, 2, sizeof(const char *));
    words->extensions = apr_array_make(pool, 0, sizeof(const char *));
    error = parse_words(pool, &args, words->words);
    if (!error && *args == '|') {
        error = parse_extensions(pool, args + 1, words->extensions);
    }
    return error;
}

/* ---- lists ---- */

mp_handler_list *mp_handler_list_make(apr_pool_t *pool)
{
    mp_handler_list *list = apr_palloc(pool, sizeof(*list));

    list->entries = apr_array_make(pool, 1, sizeof(mp_handler));
    return list;
}

void mp_handler_list_append(mp_handler_list *list, const char *text, const mp_section *section, int silent)
{
    mp_handler *entry = &APR_ARRAY_PUSH(list->entries, mp_handler);

    entry->text = text;
    entry->section = section;
    entry->silent = silent;
}

/* ---- sections ---- */

static const char *with_slash(apr_pool_t *pool, const char *path)
{
    size_t length = strlen(path);

    return length && path[length - 1] == '/' ? path : apr_pstrcat(pool, path, "/", NULL);
}

static const char *canonical_directory(apr_pool_t *pool, const char *path)
{
    char *merged;

    if (apr_filepath_merge(&merged, NULL, path, APR_FILEPATH_TRUENAME, pool) != APR_SUCCESS) {
        merged = apr_pstrdup(pool, path);
    }
    return with_slash(pool, merged);
}

/* The argument of an enclosing "<Directory ...>"; ap_build_config leaves the closing '>' in place. */
static const char *section_argument(apr_pool_t *pool, const ap_directive_t *section, int *is_regex)
{
    const char *end = strrchr(section->args, '>');
    const char *args = end ? apr_pstrmemdup(pool, section->args, end - section->args) : section->args;
    const char *word = ap_getword_conf(pool, &args);

    *is_regex = ap_cstr_casecmp(section->directive + strlen(section->directive) - 5, "Match") == 0;
    if (strcmp(word, "~") == 0) {
        *is_regex = 1;
        word = ap_getword_conf(pool, &args);
    }
    return word;
}

static void fill_from_directory(apr_pool_t *pool, mp_section *section, const char *argument, int is_regex)
{
    if (is_regex) {
        section->regex = ap_pregcomp(pool, argument, AP_REG_EXTENDED);
    }
    section->is_pattern = is_regex || apr_fnmatch_test(argument);
    section->path = section->is_pattern ? argument : canonical_directory(pool, argument);
}

static void fill_from_enclosing(apr_pool_t *pool, mp_section *section, const ap_directive_t *enclosing)
{
    for (; enclosing; enclosing = enclosing->parent) {
        int is_regex;
        const char *argument;

        section->is_location = ap_cstr_casecmpn(enclosing->directive, "<Location", 9) == 0;
        if (section->is_location || ap_cstr_casecmpn(enclosing->directive, "<Directory", 10) == 0) {
            argument = section_argument(pool, enclosing, &is_regex);
            if (section->is_location) {
                section->path = argument;
            }
            else {
                fill_from_directory(pool, section, argument, is_regex);
            }
            return;
        }
    }
}

const mp_section *mp_section_of(cmd_parms *cmd)
{
    mp_section *section = apr_pcalloc(cmd->pool, sizeof(*section));

    if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) {
        section->path = ap_make_dirstr_parent(cmd->pool, cmd->config_file->name);
    }
    else {
        fill_from_enclosing(cmd->pool, section, cmd->directive ? cmd->directive->parent : NULL);
    }
    return section;
}

static int directory_matches(const mp_section *section, const char *directory, apr_size_t length)
{
    char bare[APR_PATH_MAX];

    if (section->regex) {
        return ap_regexec(section->regex, directory, 0, NULL, 0) == 0;
    }
    /* A wildcard is written without the trailing slash, or with it: both mean the directory. */
    if (apr_fnmatch(section->path, directory, APR_FNM_PATHNAME) == APR_SUCCESS) {
        return 1;
    }
    apr_cpystrn(bare, directory, length < sizeof(bare) ? length : sizeof(bare));
    return apr_fnmatch(section->path, bare, APR_FNM_PATHNAME) == APR_SUCCESS;
}

const char *mp_section_directory(apr_pool_t *pool, const mp_section *section, const char *filename)
{
    const char *slash;

    if (!section->is_pattern || section->is_location || !filename) {
        return section->path;
    }
    for (slash = ap_strchr_c(filename, '/'); slash; slash = ap_strchr_c(slash + 1, '/')) {
        apr_size_t length = slash - filename + 1;
        char *directory = apr_pstrmemdup(pool, filename, length);
        if (directory_matches(section, directory, length)) {
            return directory;
        }
    }
    return section->path;
}
