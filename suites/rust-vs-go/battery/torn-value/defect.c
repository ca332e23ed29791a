/* One thread swaps a pointer and its length while another reads both. */
#include <pthread.h>
#include <stdio.h>

struct text {
    const char *volatile start;
    volatile int length;
};

static struct text current = {"a", 1};

static void *swap(void *unused) {
    (void)unused;
    for (int i = 0; i < 20000000; i++) {
        current.start = i % 2 ? "bbbbbbbbbb" : "a"; /* DEFECT */
        current.length = i % 2 ? 10 : 1;
    }
    return NULL;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, swap, NULL);
    int torn = 0;
    for (int i = 0; i < 20000000; i++) {
        const char *start = current.start; /* DEFECT */
        int length = current.length;
        torn |= (start[0] == 'a') != (length == 1);
    }
    pthread_join(thread, NULL);
    puts(torn ? "torn" : "consistent");
    return 0;
}
