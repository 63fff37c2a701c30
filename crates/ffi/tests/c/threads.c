/* One client used by several threads, and handles that are freed meanwhile. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 50 };

static person alice, bob;

static void *write_many(void *unused) {
    int i;
    (void)unused;
    for (i = 0; i < ROUNDS; i++) MUST(send_text(&alice, &bob, "from a thread"));
    return NULL;
}

/* Each message once: nobody has used a key twice, and no state was lost. */
static void threads_share_a_client(void) {
    pthread_t threads[THREADS];
    size_t i, received = 0, now;
    acquaint(&alice, &bob);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], NULL, write_many, NULL) == 0);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    while ((now = carry(&alice, &bob, ENTRENOUS_EVENT_MESSAGE)) > 0) received += now;
    EXPECT(received == THREADS * ROUNDS);
}

static void *ask_until_it_is_gone(void *client) {
    entrenous_result result;
    do {
        entrenous_groups *groups = NULL;
        result = entrenous_client_groups((const entrenous_client *)client, &groups);
        if (result == ENTRENOUS_RESULT_OK) MUST(entrenous_free(groups));
    } while (result == ENTRENOUS_RESULT_OK);
    EXPECT(result == ENTRENOUS_RESULT_BAD_HANDLE);
    return NULL;
}

static void a_client_is_freed_while_it_is_used(void) {
    pthread_t threads[THREADS];
    person carol = person_new();
    size_t i;
    for (i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], NULL, ask_until_it_is_gone, carol.client) == 0);
    person_free(&carol);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
}

static void *free_once(void *handle) {
    return entrenous_free(handle) == ENTRENOUS_RESULT_OK ? handle : NULL;
}

static void one_of_several_frees_it(void) {
    int round;
    for (round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        entrenous_store *store;
        void *freed;
        size_t i, count = 0;
        MUST(entrenous_store_memory(&store));
        for (i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], NULL, free_once, store) == 0);
        for (i = 0; i < THREADS; i++) {
            EXPECT(pthread_join(threads[i], &freed) == 0);
            count += freed != NULL;
        }
        EXPECT(count == 1);
    }
}

int main(void) {
    alice = person_new();
    bob = person_new();
    threads_share_a_client();
    a_client_is_freed_while_it_is_used();
    one_of_several_frees_it();
    person_free(&alice);
    person_free(&bob);
    return 0;
}
