/* The value of PythonRequestTimeout, read from its words. */

#include "timeout.h"

#include <apr_lib.h>

#define LONGEST apr_time_from_sec(24 * 60 * 60)

static const char *parse_time(apr_pool_t *pool, const char *text, apr_interval_time_t *time)
{
    if (!apr_isdigit(*text) || ap_timeout_parameter_parse(text, time, "s") != APR_SUCCESS || *time <= 0
        || *time > LONGEST) {
        return apr_psprintf(pool, "'%s' is no time from 1ms to 24h: write seconds, or a number with ms, s, mi or h",
                            text);
    }
    return NULL;
}

/* The time that WORD sets, moved behind its name; NULL: it has a name that is none. */
static apr_interval_time_t *time_named(mp_timeout *timeout, const char **word)
{
    if (ap_cstr_casecmpn(*word, "log=", 4) == 0) {
        *word += 4;
        return &timeout->log;
    }
    if (ap_cstr_casecmpn(*word, "exit=", 5) == 0) {
        *word += 5;
        return &timeout->exit;
    }
    return NULL;
}

static const char *parse_named(apr_pool_t *pool, mp_timeout *timeout, const char *word)
{
    const char *value = word;
    apr_interval_time_t *time = time_named(timeout, &value);

    if (!time || *time) {
        return apr_psprintf(pool, "'%s' is neither log= nor exit= with a time, each at most once", word);
    }
    return parse_time(pool, value, time);
}

static int are_in_order(const mp_timeout *timeout)
{
    apr_interval_time_t before_exit = timeout->interrupt ? timeout->interrupt : timeout->log;

    return (!timeout->interrupt || timeout->log < timeout->interrupt)
           && (!timeout->exit || before_exit < timeout->exit);
}

const char *mp_timeout_parse(apr_pool_t *pool, const char *text, const mp_timeout **timeout)
{
    mp_timeout *made = apr_pcalloc(pool, sizeof(*made));
    const char *rest = text;
    const char *word = ap_getword_conf(pool, &rest);
    const char *error = NULL;

    made->text = apr_pstrdup(pool, text);
    if (ap_cstr_casecmp(word, "off") != 0) {
        error = parse_time(pool, word, &made->interrupt);
    }
    while (!error && *rest) {
        error = parse_named(pool, made, ap_getword_conf(pool, &rest));
    }
    if (!error && !are_in_order(made)) {
        error = "log= must be shorter than the timeout, and exit= longer than both";
    }
    *timeout = made;
    return error;
}

apr_interval_time_t mp_timeout_first(const mp_timeout *timeout)
{
    return timeout->log ? timeout->log : timeout->interrupt ? timeout->interrupt : timeout->exit;
}
