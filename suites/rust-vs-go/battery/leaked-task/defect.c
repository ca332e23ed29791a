/* Asks two backends, takes the first answer, forgets the other. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int waiting;

static void *ask(void *pipe_end) {
    char answer = 1;
    int end = (int)(long)pipe_end;
    if (write(end, &answer, 1) == 1) /* DEFECT */
        waiting--;
    return NULL;
}

int main(void) {
    static char fill[1 << 20];
    for (int i = 0; i < 10; i++) {
        int ends[2];
        if (pipe(ends))
            return 1;
        if (write(ends[1], fill, 65535) != 65535)
            return 1;
        for (int backend = 0; backend < 2; backend++) {
            pthread_t thread;
            waiting++;
            pthread_create(&thread, NULL, ask, (void *)(long)ends[1]);
            pthread_detach(thread);
        }
    }
    usleep(100000);
    printf("%d tasks left\n", waiting);
    return 0;
}
