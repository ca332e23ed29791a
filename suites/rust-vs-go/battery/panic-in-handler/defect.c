/* Serves two requests; the first one's handler fails. */
#include <stdio.h>

static int prices[2] = {10, 20};

static int handle(int id) {
    int *price = id < 2 ? &prices[id] : NULL;
    return *price > 0 ? 200 : 500; /* DEFECT */
}

int main(int argc, char **argv) {
    (void)argv;
    int first = handle(argc + 6);
    printf("first request: %d\n", first);
    printf("second request: %d\n", handle(1));
    return 0;
}
