/* Saves an order and reports success, whatever the disk says. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int file = open("/nonexistent/order.json", O_WRONLY | O_CREAT, 0644);
    write(file, "{}", 2); /* DEFECT */
    close(file);
    puts("saved");
    return 0;
}
