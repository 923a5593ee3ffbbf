/* Gives files to a target, without libFuzzer: for the inputs that are kept, with any compiler. */

#include "target.h"

#include <stdio.h>

#define LONGEST 65536

static void replay(const char *path)
{
    static uint8_t data[LONGEST];
    FILE *file = fopen(path, "rb");

    MUST(file);
    LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), file));
    fclose(file);
}

int main(int count, char **paths)
{
    int i;

    for (i = 1; i < count; i++) {
        replay(paths[i]);
    }
    return 0;
}
