/* An application's own stores, markers, randomness and time: good ones, failing ones, lying ones, and some that call back. */
#include "check.h"

enum { SLOTS = 4096 };

typedef struct slot {
    uint8_t key[ENTRENOUS_RECORD_KEY_LEN];
    uint64_t generation;
    uint8_t *record;
    size_t len;
} slot;

typedef struct table {
    slot slots[SLOTS];
    size_t used;
    /* What it answers instead of doing anything. */
    int32_t load_answer, commit_answer;
    /* What it says of every record instead, if it begins with anything. */
    uint8_t lie[64];
    /* Whom it calls back, and what came of that. */
    entrenous_client *client;
    entrenous_store *store;
    entrenous_result called_back, store_called_back;
    /* The last records that it was lent. */
    entrenous_records *records;
    int released;
} table;

static slot *find(table *all, const uint8_t *key) {
    size_t i;
    for (i = 0; i < all->used; i++)
        if (memcmp(all->slots[i].key, key, ENTRENOUS_RECORD_KEY_LEN) == 0) return &all->slots[i];
    return NULL;
}

static int32_t load(void *context, const uint8_t *keys, size_t count, entrenous_records *records) {
    table *all = (table *)context;
    entrenous_address address;
    bool locked;
    size_t i;
    all->records = records;
    if (all->load_answer != ENTRENOUS_ANSWER_OK) return all->load_answer;
    if (all->client != NULL) all->called_back = entrenous_client_address(all->client, &address);
    if (all->store != NULL) all->store_called_back = entrenous_store_is_locked(all->store, &locked);
    if (all->lie[0]) {
        CHECK(entrenous_records_set(records, count, 1, keys, 16), OUT_OF_RANGE);
        CHECK(entrenous_records_set(records, 0, UINT64_C(1) << 63, keys, 16), BAD_ARGUMENT);
        CHECK(entrenous_records_set(records, 0, 1, keys, (20u << 20) + 1), BAD_LENGTH);
        CHECK(entrenous_records_set(records, 0, 1, NULL, 16), NULL_POINTER);
        /* records that the client has never written */
        for (i = 0; i < count; i++) MUST(entrenous_records_set(records, i, 1, all->lie, sizeof all->lie));
        return ENTRENOUS_ANSWER_OK;
    }
    for (i = 0; i < count; i++) {
        slot *found = find(all, keys + i * ENTRENOUS_RECORD_KEY_LEN);
        if (found != NULL) MUST(entrenous_records_set(records, i, found->generation, found->record, found->len));
    }
    return ENTRENOUS_ANSWER_OK;
}

static int32_t commit(void *context, const entrenous_change *changes, size_t count) {
    table *all = (table *)context;
    size_t i;
    if (all->commit_answer != ENTRENOUS_ANSWER_OK) return all->commit_answer;
    if (all->lie[0]) return ENTRENOUS_ANSWER_OK;
    for (i = 0; i < count; i++) {
        slot *found = find(all, changes[i].key);
        if (changes[i].expects != (found != NULL)) return ENTRENOUS_ANSWER_CONFLICT;
        if (found != NULL && found->generation != changes[i].expected) return ENTRENOUS_ANSWER_CONFLICT;
    }
    for (i = 0; i < count; i++) {
        slot *found = find(all, changes[i].key);
        if (changes[i].action == ENTRENOUS_ACTION_KEEP) continue;
        if (found != NULL) {
            free(found->record);
            *found = all->slots[--all->used];
        }
        if (changes[i].action == ENTRENOUS_ACTION_PUT) {
            EXPECT(all->used < SLOTS);
            found = &all->slots[all->used++];
            memcpy(found->key, changes[i].key, ENTRENOUS_RECORD_KEY_LEN);
            found->generation = changes[i].generation;
            found->len = changes[i].record_len;
            found->record = (uint8_t *)malloc(found->len);
            memcpy(found->record, changes[i].record, found->len);
        }
    }
    return ENTRENOUS_ANSWER_OK;
}

static void release(void *context) {
    table *all = (table *)context;
    all->released++;
}

static entrenous_store *store_of(table *all) {
    entrenous_store_callbacks callbacks;
    entrenous_store *store;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.size = sizeof callbacks;
    callbacks.context = all;
    callbacks.load = load;
    callbacks.commit = commit;
    callbacks.release = release;
    MUST(entrenous_store_new(&callbacks, &store));
    return store;
}

static table *table_new(void) {
    table *all = (table *)calloc(1, sizeof(table));
    EXPECT(all != NULL);
    return all;
}

static void table_free(table *all) {
    while (all->used > 0) free(all->slots[--all->used].record);
    free(all);
}

static void a_store_of_ones_own_does_all_that_others_do(void) {
    table *all = table_new();
    person alice = person_on(store_of(all)), bob = person_new();
    acquaint(&alice, &bob);
    EXPECT(all->used > 0);

    /* opened again it goes on */
    MUST(entrenous_free(alice.client));
    MUST(entrenous_client_open(alice.store, CHECK_KEY, NULL, &alice.client));
    MUST(send_text(&alice, &bob, "again"));
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_MESSAGE) == 1);

    /* the client holds the store */
    MUST(entrenous_free(alice.store));
    EXPECT(all->released == 0);
    MUST(send_text(&alice, &bob, "still"));
    MUST(entrenous_free(alice.client));
    EXPECT(all->released == 1);
    MUST(entrenous_free(alice.recovery));
    person_free(&bob);
    table_free(all);
}

static void a_store_that_fails_says_how(void) {
    static const int32_t answers[] = {ENTRENOUS_ANSWER_BUSY, ENTRENOUS_ANSWER_FULL, ENTRENOUS_ANSWER_DENIED,
                                      ENTRENOUS_ANSWER_DAMAGED, ENTRENOUS_ANSWER_FAILED, -1, 1000};
    static const entrenous_result results[] = {
        ENTRENOUS_RESULT_STORE_BUSY,    ENTRENOUS_RESULT_STORE_FULL, ENTRENOUS_RESULT_STORE_DENIED,
        ENTRENOUS_RESULT_STORE_DAMAGED, ENTRENOUS_RESULT_STORE,      ENTRENOUS_RESULT_STORE, ENTRENOUS_RESULT_STORE};
    table *all = table_new();
    person alice = person_on(store_of(all)), bob = person_new();
    entrenous_groups *groups = NULL;
    size_t i;
    acquaint(&alice, &bob);
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        all->commit_answer = answers[i];
        EXPECT(send_text(&alice, &bob, "c") == results[i]);
        all->commit_answer = ENTRENOUS_ANSWER_OK;
        all->load_answer = answers[i];
        EXPECT(entrenous_client_groups(alice.client, &groups) == results[i] && groups == NULL);
        all->load_answer = ENTRENOUS_ANSWER_OK;
    }
    /* one in a hundred conflicts is nothing, one after the other for ever is given up */
    all->commit_answer = ENTRENOUS_ANSWER_CONFLICT;
    CHECK(send_text(&alice, &bob, "d"), STORE_BUSY);
    all->commit_answer = ENTRENOUS_ANSWER_OK;

    /* of a load it makes no sense to conflict */
    all->load_answer = ENTRENOUS_ANSWER_CONFLICT;
    CHECK(entrenous_client_groups(alice.client, &groups), STORE);
    all->load_answer = ENTRENOUS_ANSWER_OK;

    MUST(send_text(&alice, &bob, "after all"));
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_MESSAGE) == 1);
    person_free(&alice);
    person_free(&bob);
    EXPECT(all->released == 1);
    table_free(all);
}

static void a_store_that_lies_is_caught(void) {
    table *all = table_new();
    person alice = person_on(store_of(all));
    entrenous_client *other = NULL;
    /* a sealed record begins with its version, which is 1 */
    all->lie[0] = 1;
    MUST(entrenous_free(alice.client));
    CHECK(entrenous_client_open(alice.store, CHECK_KEY, NULL, &other), CORRUPT);
    all->lie[0] = 2;
    CHECK(entrenous_client_open(alice.store, CHECK_KEY, NULL, &other), LATER_VERSION);
    EXPECT(other == NULL);
    all->lie[0] = 0;
    MUST(entrenous_client_open(alice.store, CHECK_KEY, NULL, &alice.client));
    /* what was lent is no handle any more */
    CHECK(entrenous_records_set(all->records, 0, 1, CHECK_KEY, 16), BAD_HANDLE);
    person_free(&alice);
    table_free(all);
}

static void who_calls_back_is_told(void) {
    table *all = table_new();
    person alice = person_on(store_of(all));
    entrenous_groups *groups;
    all->client = alice.client;
    all->store = alice.store;
    MUST(entrenous_client_groups(alice.client, &groups));
    EXPECT(all->called_back == ENTRENOUS_RESULT_REENTERED);
    EXPECT(all->store_called_back == ENTRENOUS_RESULT_STORE_MISUSE);
    MUST(entrenous_free(groups));
    all->client = NULL;
    all->store = NULL;
    person_free(&alice);
    table_free(all);
}

/* Two stores, each of which asks the other one's client: nobody waits for ever, and neither is let in. */
static void who_calls_back_over_another_is_told(void) {
    table *one = table_new(), *other = table_new();
    person alice = person_on(store_of(one)), bob = person_on(store_of(other));
    entrenous_groups *groups;
    one->client = bob.client;
    other->client = alice.client;
    MUST(entrenous_client_groups(alice.client, &groups));
    EXPECT(one->called_back == ENTRENOUS_RESULT_REENTERED);
    MUST(entrenous_free(groups));
    one->client = other->client = NULL;
    person_free(&alice);
    person_free(&bob);
    table_free(one);
    table_free(other);
}

typedef struct source {
    int32_t answer;
    /* 0: counts; 1: nothing is written; 2: the same again and again */
    int mode;
    uint64_t counter, now;
    int released;
} source;

static int32_t random_bytes(void *context, uint8_t *out, size_t len) {
    source *of = (source *)context;
    size_t i;
    if (of->mode == 1) return of->answer;
    for (i = 0; i < len; i++) {
        /* good enough for a test, and for nothing else */
        if (of->mode == 0) of->counter = of->counter * UINT64_C(6364136223846793005) + 1442695040888963407u;
        out[i] = of->mode == 2 ? (uint8_t)(i + 1) : (uint8_t)(of->counter >> 56);
    }
    return of->answer;
}

static uint64_t now(void *context) {
    return ((source *)context)->now;
}

static void source_release(void *context) {
    ((source *)context)->released++;
}

static entrenous_environment *environment_of(source *of) {
    entrenous_environment_callbacks callbacks;
    entrenous_environment *environment;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.size = sizeof callbacks;
    callbacks.context = of;
    callbacks.random = random_bytes;
    callbacks.now_ms = now;
    callbacks.release = source_release;
    MUST(entrenous_environment_new(&callbacks, &environment));
    return environment;
}

static void broken_randomness_is_refused(void) {
    static const int modes[] = {1, 2, 0};
    static const int32_t answers[] = {0, 0, 7};
    size_t i;
    for (i = 0; i < 3; i++) {
        source of = {0, 0, 1, UINT64_C(1800000000000), 0};
        entrenous_environment *environment = environment_of(&of);
        entrenous_store *store;
        entrenous_client *client = NULL;
        entrenous_buffer *recovery = NULL;
        MUST(entrenous_store_memory(&store));
        of.mode = modes[i];
        of.answer = answers[i];
        CHECK(entrenous_client_create(store, CHECK_KEY, environment, &client, &recovery), RANDOM);
        EXPECT(client == NULL && recovery == NULL);
        of.mode = 0;
        of.answer = 0;
        MUST(entrenous_client_create(store, CHECK_KEY, environment, &client, &recovery));
        MUST(entrenous_free(environment));
        EXPECT(of.released == 0);
        MUST(entrenous_free(recovery));
        MUST(entrenous_free(client));
        EXPECT(of.released == 1);
        MUST(entrenous_free(store));
    }
}

static void a_clock_of_ones_own_is_heeded(void) {
    source of = {0, 0, 1, UINT64_C(1800000000000), 0};
    entrenous_environment *environment = environment_of(&of);
    person alice = person_new(), bob;
    /* Bob's clock is a hundred days ahead of Alice's */
    of.now = UINT64_C(4000000000000);
    MUST(entrenous_store_memory(&bob.store));
    MUST(entrenous_client_create(bob.store, CHECK_KEY, environment, &bob.client, &bob.recovery));
    MUST(entrenous_client_address(bob.client, &bob.address));
    CHECK(start(&alice, &bob, 0), FUTURE_DATED);
    CHECK(start(&bob, &alice, 0), STALE);
    person_free(&alice);
    person_free(&bob);
    MUST(entrenous_free(environment));
    EXPECT(of.released == 1);
}

typedef struct place {
    uint8_t mark[ENTRENOUS_MARK_LEN];
    bool found;
    int32_t answer;
    int released;
} place;

/* As a language without this type would write it: any byte but 0 is true. */
static int32_t mark_read(void *context, uint8_t *mark, bool *found) {
    place *at = (place *)context;
    memcpy(mark, at->mark, sizeof at->mark);
    memset(found, at->found ? 0x5a : 0, 1);
    return at->answer;
}

static int32_t mark_write(void *context, const uint8_t *mark) {
    place *at = (place *)context;
    if (at->answer != 0) return at->answer;
    memcpy(at->mark, mark, sizeof at->mark);
    at->found = true;
    return 0;
}

static void place_release(void *context) {
    ((place *)context)->released++;
}

static size_t restorals(const person *of) {
    entrenous_items *items;
    size_t i, count, found = 0;
    MUST(entrenous_client_inbox(of->client, 0, &items));
    MUST(entrenous_count(items, &count));
    for (i = 0; i < count; i++) {
        const entrenous_item *item;
        MUST(entrenous_items_at(items, i, &item));
        found += item->event == ENTRENOUS_EVENT_STORE_RESTORED;
    }
    MUST(entrenous_free(items));
    return found;
}

static void a_mark_that_is_not_the_stores_is_told(void) {
    place at;
    person alice = person_new();
    entrenous_marker_callbacks callbacks;
    entrenous_marker *marker;
    memset(&at, 0, sizeof at);
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.size = sizeof callbacks;
    callbacks.context = &at;
    callbacks.read = mark_read;
    callbacks.write = mark_write;
    callbacks.release = place_release;
    MUST(entrenous_marker_new(&callbacks, &marker));
    MUST(entrenous_client_compare_marker(alice.client, marker));
    MUST(entrenous_client_compare_marker(alice.client, marker));
    MUST(entrenous_client_check_marker(alice.client, marker));
    EXPECT(restorals(&alice) == 0);
    at.mark[0] ^= 1;
    MUST(entrenous_client_compare_marker(alice.client, marker));
    EXPECT(restorals(&alice) == 1);
    at.answer = ENTRENOUS_ANSWER_DENIED;
    CHECK(entrenous_client_check_marker(alice.client, marker), MARKER);
    MUST(entrenous_free(marker));
    EXPECT(at.released == 1);
    person_free(&alice);
}

static void a_table_that_is_not_whole_is_refused(void) {
    entrenous_store_callbacks callbacks;
    entrenous_store *store = NULL;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.load = load;
    callbacks.commit = commit;
    callbacks.size = sizeof callbacks - 1;
    CHECK(entrenous_store_new(&callbacks, &store), BAD_ARGUMENT);
    callbacks.size = sizeof callbacks;
    callbacks.commit = NULL;
    CHECK(entrenous_store_new(&callbacks, &store), NULL_POINTER);
    EXPECT(store == NULL);
}

int main(void) {
    a_store_of_ones_own_does_all_that_others_do();
    a_store_that_fails_says_how();
    a_store_that_lies_is_caught();
    who_calls_back_is_told();
    who_calls_back_over_another_is_told();
    broken_randomness_is_refused();
    a_clock_of_ones_own_is_heeded();
    a_mark_that_is_not_the_stores_is_told();
    a_table_that_is_not_whole_is_refused();
    return 0;
}
