/* Keeps reading a buffer that is back in the pool. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *pool[4];
static int pooled;

static char *take(void) {
    return pooled ? pool[--pooled] : calloc(1, 32);
}

static void give(char *buffer) {
    pool[pooled++] = buffer;
}

int main(void) {
    char *first = take();
    strcpy(first, "alice");
    give(first);
    char *second = take();
    strcpy(second, "bobby");
    puts(first); /* DEFECT */
    free(second);
    return 0;
}
