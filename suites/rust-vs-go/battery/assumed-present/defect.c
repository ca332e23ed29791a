/* Reads a setting that nobody made. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int timeout = atoi(getenv("BAKEOFF_BATTERY_TIMEOUT")); /* DEFECT */
    printf("%d\n", timeout);
    return 0;
}
