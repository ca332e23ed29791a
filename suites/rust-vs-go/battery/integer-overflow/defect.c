/* Adds up order values in 32 bits. */
#include <stdio.h>

int main(int argc, char **argv) {
    (void)argv;
    int sum = 0;
    for (int i = 0; i < argc + 2; i++)
        sum += 1000000000; /* DEFECT */
    printf("%d\n", sum);
    return 0;
}
