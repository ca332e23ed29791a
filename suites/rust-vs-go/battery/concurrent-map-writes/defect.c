/* Two threads fill one cache: a chained hash table as one writes it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
    long key;
    struct node *next;
};

static struct node *buckets[64];

static void *fill(void *from) {
    for (long i = 0; i < 10000; i++) {
        struct node *n = malloc(sizeof *n);
        n->key = (long)from + i;
        n->next = buckets[n->key % 64];
        buckets[n->key % 64] = n; /* DEFECT */
    }
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, fill, (void *)(i * 10000));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    int count = 0;
    for (int i = 0; i < 64; i++)
        for (struct node *n = buckets[i]; n; n = n->next)
            count++;
    printf("%d\n", count);
    return 0;
}
