/* Counts what Python allocates between begin() and end(). Called with the GIL, by ctypes, which gives the functions. */

#include <Python.h>

typedef void (*accessor)(PyMemAllocatorDomain, PyMemAllocatorEx *);

static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};
static PyMemAllocatorEx usual[2];
static accessor set_allocator;
static unsigned long count;

static void *counting_malloc(void *allocator, size_t size)
{
    PyMemAllocatorEx *a = allocator;

    count++;
    return a->malloc(a->ctx, size);
}

static void *counting_calloc(void *allocator, size_t number, size_t size)
{
    PyMemAllocatorEx *a = allocator;

    count++;
    return a->calloc(a->ctx, number, size);
}

static void *counting_realloc(void *allocator, void *block, size_t size)
{
    PyMemAllocatorEx *a = allocator;

    count++;
    return a->realloc(a->ctx, block, size);
}

static void passing_free(void *allocator, void *block)
{
    PyMemAllocatorEx *a = allocator;

    a->free(a->ctx, block);
}

void begin(accessor get, accessor set)
{
    int i;

    set_allocator = set;
    for (i = 0; i < 2; i++) {
        PyMemAllocatorEx counting = {&usual[i], counting_malloc, counting_calloc, counting_realloc, passing_free};
        get(domains[i], &usual[i]);
        set(domains[i], &counting);
    }
    count = 0;
}

unsigned long end(void)
{
    set_allocator(domains[0], &usual[0]);
    set_allocator(domains[1], &usual[1]);
    return count;
}
