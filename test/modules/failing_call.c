/* Makes one function fail for mod_python.so, as it does where memory or the system's limits end: for LD_PRELOAD.
 *
 *   cc -shared -fPIC -DFAILING=apr_shm_create -DRESULT=ENOMEM ...
 *
 * The function takes at most four words and returns one. For other callers it does what it always did. */

#define _GNU_SOURCE /* RTLD_NEXT */

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define TEXT_OF(name) #name
#define NAME_OF(function) TEXT_OF(function)

static int is_mod_python(const void *address)
{
    Dl_info place;

    return dladdr(address, &place) && strstr(place.dli_fname, "mod_python.so");
}

long FAILING(void *a, void *b, void *c, void *d)
{
    long (*real)(void *, void *, void *, void *) = dlsym(RTLD_NEXT, NAME_OF(FAILING));

    return is_mod_python(__builtin_return_address(0)) ? RESULT : real(a, b, c, d);
}
