/* Reports on an order after freeing it. */
#include <stdio.h>
#include <stdlib.h>

struct order {
    int id;
    char note[24];
};

static void ship(struct order *o) {
    free(o);
}

int main(void) {
    struct order *o = malloc(sizeof *o);
    o->id = 7;
    ship(o);
    struct order *other = malloc(sizeof *other);
    other->id = 8;
    printf("order %d\n", o->id); /* DEFECT */
    free(other);
    return 0;
}
