/* Target: handler directives, and the directory of one in a section. Lines: arguments, section, file name. */

#include "target.h"

#include "../../src/handlers.h"

static void check_words(const mp_handler_words *words)
{
    int i;

    MUST(words->words->nelts > 0);
    for (i = 0; i < words->words->nelts; i++) {
        MUST(*APR_ARRAY_IDX(words->words, i, const char *));
    }
    for (i = 0; i < words->extensions->nelts; i++) {
        const char *extension = APR_ARRAY_IDX(words->extensions, i, const char *);
        MUST(extension[0] == '.' && extension[1]);
    }
}

static const mp_section *section_of(apr_pool_t *pool, const char *args, unsigned char number)
{
    static const char *const kinds[] = {"<Directory", "<DirectoryMatch", "<Location", "<LocationMatch"};
    ap_directive_t section = {.directive = kinds[number % 4], .args = args};
    ap_directive_t directive = {.directive = "PythonHandler", .args = "", .parent = &section};
    cmd_parms cmd = {.pool = pool, .directive = &directive};

    return mp_section_of(&cmd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int is_initialized;
    apr_pool_t *pool;
    mp_handler_words words;
    const mp_section *section;
    const char *arguments;
    const char *place;
    const char *filename;

    is_initialized = is_initialized || apr_initialize() == APR_SUCCESS;
    apr_pool_create(&pool, NULL);
    arguments = next_line(pool, &data, &size);
    place = next_line(pool, &data, &size);
    filename = next_line(pool, &data, &size);
    if (!mp_handler_words_parse(pool, arguments, &words)) {
        check_words(&words);
    }
    section = section_of(pool, place, *filename);
    MUST(section->path);
    MUST(mp_section_directory(pool, section, filename));
    apr_pool_destroy(pool);
    return 0;
}
