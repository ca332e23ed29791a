/* A state was added; one place does not know it. */
#include <stdio.h>

enum state { OPEN, PAID, CANCELLED };

static int refund(enum state state, int amount) {
    switch (state) { /* DEFECT */
    case OPEN:
        return 0;
    case PAID:
        return amount;
    }
    return 0;
}

int main(void) {
    printf("refund %d\n", refund(CANCELLED, 30));
    return 0;
}
