/* Transfers money both ways at once. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t ada = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t bob = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *pay_bob(void *unused) {
    pthread_mutex_lock(&ada);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&bob); /* DEFECT */
    pthread_mutex_unlock(&bob);
    pthread_mutex_unlock(&ada);
    return unused;
}

static void *pay_ada(void *unused) {
    pthread_mutex_lock(&bob);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&ada);
    pthread_mutex_unlock(&ada);
    pthread_mutex_unlock(&bob);
    return unused;
}

int main(void) {
    pthread_t one, two;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&one, NULL, pay_bob, NULL);
    pthread_create(&two, NULL, pay_ada, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    puts("transferred");
    return 0;
}
