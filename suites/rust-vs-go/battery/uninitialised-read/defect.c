/* Counts errors in a field that only some paths set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stats {
    int served;
    int errors;
};

static struct stats *collect(int failed) {
    struct stats *s = malloc(sizeof *s);
    s->served = 10;
    if (failed)
        s->errors = failed;
    return s;
}

int main(int argc, char **argv) {
    (void)argv;
    char *used = malloc(sizeof(struct stats));
    memset(used, 0x5a, sizeof(struct stats));
    free(used);
    struct stats *s = collect(argc - 1);
    printf("%d\n", s->errors); /* DEFECT */
    free(s);
    return 0;
}
