/* Adds up one element too many. */
#include <stdio.h>
#include <stdlib.h>

static int sum(const int *values, int count) {
    int total = 0;
    for (int i = 0; i <= count; i++)
        total += values[i]; /* DEFECT */
    return total;
}

int main(int argc, char **argv) {
    (void)argv;
    int count = argc + 2;
    int *values = malloc((size_t)count * sizeof *values);
    for (int i = 0; i < count; i++)
        values[i] = i + 1;
    printf("sum %d\n", sum(values, count));
    free(values);
    return 0;
}
