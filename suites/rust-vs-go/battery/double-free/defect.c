/* Closes a connection in two places. */
#include <stdio.h>
#include <stdlib.h>

static void close_connection(char *connection) {
    free(connection);
}

int main(void) {
    char *connection = malloc(64);
    connection[0] = 1;
    close_connection(connection);
    char *other = malloc(2000);
    close_connection(connection); /* DEFECT */
    free(other);
    puts("done");
    return 0;
}
