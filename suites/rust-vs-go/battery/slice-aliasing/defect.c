/* Extends one list of rights in two ways. */
#include <stdio.h>

int main(void) {
    int base[4] = {1, 2};
    int *readers = base, *writers = base;
    readers[2] = 3;
    writers[2] = 4; /* DEFECT */
    printf("[%d %d %d] [%d %d %d]\n", readers[0], readers[1], readers[2], writers[0],
           writers[1], writers[2]);
    return 0;
}
