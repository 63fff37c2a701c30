/* What the programs of the suite have in common: checks that end the program, and a few accounts. */
#ifndef ENTRENOUS_CHECK_H
#define ENTRENOUS_CHECK_H

#include "entrenous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `result`: the end of a constant's name, `ENTRENOUS_RESULT_...`. */
#define CHECK(call, result) check_result((call), ENTRENOUS_RESULT_##result, #call, #result, __FILE__, __LINE__)
#define MUST(call) CHECK(call, OK)
#define EXPECT(condition) check_condition((condition), #condition, __FILE__, __LINE__)

static inline void check_result(entrenous_result found, entrenous_result expected, const char *call,
                                const char *result, const char *file, int line) {
    if (found != expected) {
        fprintf(stderr, "%s:%d: %s: %s (%d) instead of %s\n", file, line, call, entrenous_result_text(found),
                (int)found, result);
        exit(1);
    }
}

static inline void check_condition(bool condition, const char *text, const char *file, int line) {
    if (!condition) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
        exit(1);
    }
}

static const uint8_t CHECK_KEY[ENTRENOUS_STORE_KEY_LEN] = {7};

/* A device on a store in memory. */
typedef struct person {
    entrenous_store *store;
    entrenous_client *client;
    entrenous_buffer *recovery;
    entrenous_address address;
} person;

static inline person person_on(entrenous_store *store) {
    person made;
    made.store = store;
    MUST(entrenous_client_create(store, CHECK_KEY, NULL, &made.client, &made.recovery));
    MUST(entrenous_client_address(made.client, &made.address));
    return made;
}

static inline person person_new(void) {
    entrenous_store *store;
    MUST(entrenous_store_memory(&store));
    return person_on(store);
}

static inline void person_free(person *gone) {
    MUST(entrenous_free(gone->client));
    MUST(entrenous_free(gone->recovery));
    MUST(entrenous_free(gone->store));
}

/* `from` starts a session with `to`, with the bundle at `index` of what that publishes anew. */
static inline entrenous_result start(const person *from, const person *to, size_t index) {
    entrenous_upload *upload;
    const entrenous_upload_info *info;
    const entrenous_bytes *bundle;
    entrenous_result result;
    MUST(entrenous_client_publish_prekeys(to->client, 0, &upload));
    MUST(entrenous_upload_read(upload, &info));
    MUST(entrenous_client_prekeys_published(to->client, info->number));
    MUST(entrenous_upload_at(upload, index, &bundle));
    result = entrenous_client_start_session(from->client, to->address.account, bundle->data, bundle->len, 0, 0, NULL);
    MUST(entrenous_free(upload));
    return result;
}

static inline entrenous_result send_text(const person *from, const person *to, const char *text) {
    return entrenous_client_send(from->client, to->address.account, (const uint8_t *)text, strlen(text), NULL, NULL,
                                 NULL);
}

/* Carries all that is in the outbox of `from` for `to`, and gives how many of the items that it tells are `event`s. */
static inline size_t carry(const person *from, const person *to, entrenous_event event) {
    entrenous_envelopes *outbox;
    size_t i, count, found = 0;
    MUST(entrenous_client_outbox(from->client, 0, &outbox));
    MUST(entrenous_count(outbox, &count));
    for (i = 0; i < count; i++) {
        const entrenous_envelope *envelope;
        entrenous_items *items;
        size_t at, told;
        MUST(entrenous_envelopes_at(outbox, i, &envelope));
        if (envelope->to_rendezvous || memcmp(&envelope->to, &to->address, sizeof to->address) != 0) continue;
        MUST(entrenous_client_handed_over(from->client, &envelope->number, 1));
        MUST(entrenous_client_receive(to->client, &from->address, envelope->bytes.data, envelope->bytes.len, &items));
        MUST(entrenous_count(items, &told));
        for (at = 0; at < told; at++) {
            const entrenous_item *item;
            MUST(entrenous_items_at(items, at, &item));
            found += item->event == event;
            if (item->has_number) MUST(entrenous_client_acknowledge(to->client, &item->number, 1));
        }
        MUST(entrenous_free(items));
    }
    MUST(entrenous_free(outbox));
    return found;
}

/* Two who have written to each other. */
static inline void acquaint(const person *one, const person *other) {
    MUST(start(one, other, 0));
    MUST(send_text(one, other, "a"));
    EXPECT(carry(one, other, ENTRENOUS_EVENT_MESSAGE) == 1);
    MUST(send_text(other, one, "b"));
    EXPECT(carry(other, one, ENTRENOUS_EVENT_MESSAGE) == 1);
}

#endif
