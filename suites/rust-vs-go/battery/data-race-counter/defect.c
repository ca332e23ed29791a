/* Counts requests from two threads. */
#include <pthread.h>
#include <stdio.h>

static volatile long served;

static void *serve(void *unused) {
    (void)unused;
    for (int i = 0; i < 100000; i++)
        served++; /* DEFECT */
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, serve, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%ld\n", served);
    return 0;
}
