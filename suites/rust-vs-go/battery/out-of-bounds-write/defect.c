/* Copies a name into a field that is too short. */
#include <stdio.h>

struct account {
    char name[8];
    unsigned balance;
};

static void rename_account(char *to, const char *from, int length) {
    for (int i = 0; i < length; i++)
        to[i] = from[i]; /* DEFECT */
}

int main(int argc, char **argv) {
    (void)argv;
    struct account a = {"", 100};
    rename_account(a.name, "xxxxxxxxxxxx", argc + 11);
    printf("balance %u\n", a.balance);
    return 0;
}
