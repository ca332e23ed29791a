/* Greets a customer who was not found. */
#include <stdio.h>

struct customer {
    const char *name;
};

static struct customer ada = {"Ada"};

struct customer *find(int id) {
    return id == 1 ? &ada : NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    struct customer *c = find(argc + 1);
    puts(c->name); /* DEFECT */
    return 0;
}
