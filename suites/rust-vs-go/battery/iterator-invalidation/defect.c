/* Appends to a growing array while holding a pointer into it. */
#include <stdio.h>
#include <stdlib.h>

static int *jobs;
static int count, room;

static void push(int job) {
    if (count == room) {
        room = room ? room * 2 : 3;
        jobs = realloc(jobs, (size_t)room * sizeof *jobs);
    }
    jobs[count++] = job;
}

int main(void) {
    for (int i = 1; i <= 3; i++)
        push(i);
    void *neighbour = malloc(16);
    int sum = 0;
    int *end = jobs + count;
    for (int *job = jobs; job < end; job++) {
        push(100000);
        sum += *job; /* DEFECT */
    }
    printf("%d\n", sum);
    free(neighbour);
    free(jobs);
    return 0;
}
