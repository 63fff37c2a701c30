/* One test for every result that a C program can come to by itself, and with them a way through every part of the client:
 * the others are in `arguments`, `callbacks`, and beside the table of results. */
#include "check.h"

static uint64_t clock_ms = UINT64_C(1800000000000);

static int32_t random_bytes(void *context, uint8_t *out, size_t len) {
    static uint64_t state = 1;
    size_t i;
    (void)context;
    for (i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(state >> 56);
    }
    return 0;
}

static uint64_t now(void *context) {
    (void)context;
    return clock_ms;
}

/* Randomness and a clock that stands still until a test moves it. */
static entrenous_environment *environment_new(void) {
    entrenous_environment_callbacks callbacks;
    entrenous_environment *environment;
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.size = sizeof callbacks;
    callbacks.random = random_bytes;
    callbacks.now_ms = now;
    MUST(entrenous_environment_new(&callbacks, &environment));
    return environment;
}

static const uint8_t *content(const char *of) {
    return (const uint8_t *)of;
}

static void stores(void) {
    person alice = person_new();
    uint8_t other_key[ENTRENOUS_STORE_KEY_LEN] = {8};
    entrenous_store *empty;
    entrenous_client *client = NULL;
    entrenous_buffer *recovery = NULL;
    MUST(entrenous_store_memory(&empty));
    CHECK(entrenous_client_open(empty, CHECK_KEY, NULL, &client), NO_ACCOUNT);
    CHECK(entrenous_client_open(alice.store, other_key, NULL, &client), WRONG_KEY);
    CHECK(entrenous_client_create(alice.store, CHECK_KEY, NULL, &client, &recovery), ACCOUNT_EXISTS);
    EXPECT(client == NULL && recovery == NULL);
    CHECK(entrenous_store_checkpoint(empty), STORE_MISUSE);
    CHECK(entrenous_store_sqlite("/", 1, 0, 0, &empty), STORE_MISUSE);
    CHECK(entrenous_store_sqlite("\xff", 1, 0, 0, &empty), BAD_TEXT);
    MUST(entrenous_free(empty));
    person_free(&alice);
}

/* Paths and sizes that can't be, in a folder that the test was given. */
static void files(const char *folder) {
    static char deep[200000];
    char path[4096], elsewhere[4096];
    size_t i;
    entrenous_store *store;
    entrenous_marker *marker, *second;
    entrenous_client *client;
    entrenous_buffer *recovery;
    entrenous_upload *upload;
    for (i = 0; i + 1 < sizeof deep; i++) deep[i] = i % 2 == 0 ? '/' : 'a';
    CHECK(entrenous_store_sqlite(deep, sizeof deep - 1, 0, 0, &store), STORE_MISUSE);
    CHECK(entrenous_store_sqlite("/tmp/\0x", 7, 0, 0, &store), STORE_MISUSE);
    snprintf(path, sizeof path, "%s/store/a/b/c/store.db", folder);
    snprintf(elsewhere, sizeof elsewhere, "%s/marks", folder);
    /* less than a page is one page, and not no bound */
    MUST(entrenous_store_sqlite(path, strlen(path), 0, 1, &store));
    MUST(entrenous_client_create(store, CHECK_KEY, NULL, &client, &recovery));
    CHECK(entrenous_client_publish_prekeys(client, 0, &upload), STORE_FULL);
    MUST(entrenous_free(recovery));
    MUST(entrenous_free(client));
    MUST(entrenous_free(store));
    MUST(entrenous_store_sqlite(path, strlen(path), 0, 0, &store));
    CHECK(entrenous_marker_in_folder(deep, sizeof deep - 1, path, strlen(path), &marker), STORE_MISUSE);
    CHECK(entrenous_marker_in_folder("a\0", 2, path, strlen(path), &marker), STORE_MISUSE);
    MUST(entrenous_marker_in_folder(elsewhere, strlen(elsewhere), path, strlen(path), &marker));
    /* a second one would wait for ever */
    CHECK(entrenous_marker_in_folder(elsewhere, strlen(elsewhere), path, strlen(path), &second), STORE_BUSY);
    MUST(entrenous_free(marker));
    MUST(entrenous_marker_in_folder(elsewhere, strlen(elsewhere), path, strlen(path), &second));
    MUST(entrenous_free(second));
    MUST(entrenous_store_check(store));
    MUST(entrenous_store_compact(store));
    MUST(entrenous_store_checkpoint(store));
    MUST(entrenous_free(store));
}

static void passphrases(void) {
    entrenous_cost cheap = {19 * 1024, 2, 1}, too_cheap = {1024, 2, 1};
    uint8_t key[ENTRENOUS_STORE_KEY_LEN], again[ENTRENOUS_STORE_KEY_LEN] = {0};
    person alice = person_new();
    entrenous_buffer *file, *code;
    const uint8_t *data, *wanted;
    size_t len, wanted_len;
    entrenous_store *store;
    bool locked = true;
    MUST(entrenous_store_memory(&store));
    MUST(entrenous_store_is_locked(store, &locked));
    EXPECT(!locked);
    /* another key than the account's would open nothing */
    CHECK(entrenous_store_lock(alice.store, "horse", 5, &cheap, key), LOCK_EXISTS);
    CHECK(entrenous_store_unlock(store, "a", 1, again), NO_LOCK);
    CHECK(entrenous_store_lock(store, "horse", 5, &too_cheap, key), UNUSABLE_PASSPHRASE);
    CHECK(entrenous_store_lock(store, NULL, 0, &cheap, key), UNUSABLE_PASSPHRASE);
    MUST(entrenous_store_lock(store, "horse", 5, &cheap, key));
    CHECK(entrenous_store_lock(store, "horse", 5, &cheap, key), LOCK_EXISTS);
    CHECK(entrenous_store_unlock(store, "mule", 4, again), WRONG_PASSPHRASE);
    EXPECT(again[0] == 0 && again[31] == 0);
    MUST(entrenous_store_change_lock(store, "horse", 5, "mule", 4, &cheap));
    MUST(entrenous_store_unlock(store, "mule", 4, again));
    EXPECT(memcmp(key, again, sizeof key) == 0);
    MUST(entrenous_free(store));

    MUST(entrenous_client_recovery_file(alice.client, "mule", 4, &cheap, &file));
    MUST(entrenous_buffer_read(file, &data, &len));
    EXPECT(len == 116);
    CHECK(entrenous_recovery_file_open(data, len, "horse", 5, &code), WRONG_PASSPHRASE);
    CHECK(entrenous_recovery_file_open(data, len - 1, "mule", 4, &code), MALFORMED);
    MUST(entrenous_recovery_file_open(data, len, "mule", 4, &code));
    MUST(entrenous_free(file));
    MUST(entrenous_buffer_read(code, &data, &len));
    MUST(entrenous_buffer_read(alice.recovery, &wanted, &wanted_len));
    EXPECT(len == 77 && wanted_len == 77 && memcmp(data, wanted, 78) == 0 && data[77] == 0);
    MUST(entrenous_free(code));
    person_free(&alice);
}

/* Alice's device is lost, and Bob, who has written with her, sees her come back. */
static void recovery(void) {
    person alice = person_new(), bob = person_new(), again;
    entrenous_upload *upload;
    const entrenous_bytes *bundle;
    entrenous_addresses *devices;
    const entrenous_address *device;
    const char *written;
    size_t len, count;
    uint32_t epoch;
    acquaint(&alice, &bob);
    MUST(entrenous_client_publish_prekeys(alice.client, 0, &upload));
    MUST(entrenous_upload_at(upload, 0, &bundle));
    MUST(entrenous_buffer_text(alice.recovery, &written, &len));
    CHECK(entrenous_recovery_look("EN1R", 4, bundle->data, bundle->len, &epoch, &devices), BAD_TEXT);
    MUST(entrenous_recovery_look(written, len, bundle->data, bundle->len, &epoch, &devices));
    MUST(entrenous_count(devices, &count));
    MUST(entrenous_addresses_at(devices, 0, &device));
    EXPECT(epoch == 1 && count == 1 && memcmp(device, &alice.address, sizeof *device) == 0);
    MUST(entrenous_store_memory(&again.store));
    CHECK(entrenous_client_recover(again.store, CHECK_KEY, NULL, written, len, bundle->data, bundle->len,
                                   &bob.address.device, 1, &again.client), NO_DEVICE);
    MUST(entrenous_client_recover(again.store, CHECK_KEY, NULL, written, len, bundle->data, bundle->len,
                                  &device->device, 1, &again.client));
    MUST(entrenous_client_address(again.client, &again.address));
    EXPECT(memcmp(again.address.account, alice.address.account, 32) == 0);
    EXPECT(again.address.device != alice.address.device);
    MUST(entrenous_free(devices));
    MUST(entrenous_free(upload));
    MUST(start(&again, &bob, 0));
    MUST(send_text(&again, &bob, "it is me"));
    EXPECT(carry(&again, &bob, ENTRENOUS_EVENT_DEVICE_REMOVED) == 1);
    MUST(entrenous_free(again.client));
    MUST(entrenous_free(again.store));
    person_free(&alice);
    person_free(&bob);
}

static void sessions(void) {
    person alice = person_new(), bob = person_new(), carol = person_new();
    entrenous_upload *upload;
    const entrenous_bytes *bundle;
    entrenous_addresses *missing;
    entrenous_address with;
    bool changed;
    CHECK(send_text(&alice, &bob, "too soon"), NO_SESSION);
    CHECK(entrenous_client_missing_devices(alice.client, bob.address.account, &missing), NO_SESSION);
    CHECK(start(&alice, &alice, 0), MISUSE);
    MUST(entrenous_client_publish_prekeys(bob.client, ENTRENOUS_LEFT_UNKNOWN, &upload));
    MUST(entrenous_upload_at(upload, 0, &bundle));
    CHECK(entrenous_client_start_session(alice.client, carol.address.account, bundle->data, bundle->len, 0, 0, NULL),
          IDENTITY_MISMATCH);
    CHECK(entrenous_client_first_contact(alice.client, bundle->data, bundle->len - 1, &with), MALFORMED);
    CHECK(entrenous_client_start_session(alice.client, bob.address.account, bundle->data, bundle->len, 2, 0, NULL),
          BAD_ARGUMENT);
    MUST(entrenous_client_first_contact(alice.client, bundle->data, bundle->len, &with));
    EXPECT(memcmp(&with, &bob.address, sizeof with) == 0);
    MUST(entrenous_client_learn_list(alice.client, bob.address.account, bundle->data, bundle->len, &changed));
    EXPECT(!changed);
    CHECK(entrenous_client_learn_list(alice.client, carol.address.account, bundle->data, bundle->len, &changed),
          NO_SESSION);
    MUST(entrenous_free(upload));
    MUST(send_text(&alice, &bob, "a"));
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_MESSAGE) == 1);
    MUST(send_text(&bob, &alice, "b"));
    EXPECT(carry(&bob, &alice, ENTRENOUS_EVENT_MESSAGE) == 1);
    CHECK(start(&alice, &bob, 0), SESSION_EXISTS);
    person_free(&alice);
    person_free(&bob);
    person_free(&carol);
}

/* Sends one message, and gives a copy of its envelope. */
static uint8_t *envelope_of(const person *from, const person *to, size_t *len) {
    entrenous_envelopes *outbox;
    const entrenous_envelope *envelope;
    uint8_t *copy;
    MUST(send_text(from, to, "an envelope"));
    MUST(entrenous_client_outbox(from->client, 0, &outbox));
    MUST(entrenous_envelopes_at(outbox, 0, &envelope));
    MUST(entrenous_client_handed_over(from->client, &envelope->number, 1));
    *len = envelope->bytes.len;
    copy = (uint8_t *)malloc(*len);
    memcpy(copy, envelope->bytes.data, *len);
    MUST(entrenous_free(outbox));
    return copy;
}

static void messages(void) {
    person alice = person_new(), bob = person_new();
    entrenous_send_options options;
    entrenous_policy policy;
    entrenous_envelopes *typing;
    const entrenous_envelope *envelope;
    entrenous_items *items;
    const entrenous_item *item;
    entrenous_addresses *unreached;
    entrenous_bytes many[3];
    entrenous_incoming incoming[2];
    uint8_t id[ENTRENOUS_MESSAGE_ID_LEN], again[ENTRENOUS_MESSAGE_ID_LEN], ids[3 * ENTRENOUS_MESSAGE_ID_LEN];
    static const uint8_t token[ENTRENOUS_TOKEN_LEN] = {1};
    entrenous_result results[2];
    uint8_t *bytes, *large;
    size_t len, count, i;
    acquaint(&alice, &bob);

    bytes = envelope_of(&alice, &bob, &len);
    bytes[len - 1] ^= 1;
    CHECK(entrenous_client_receive(bob.client, &alice.address, bytes, len, NULL), REJECTED);
    EXPECT(entrenous_result_is_final(ENTRENOUS_RESULT_REJECTED));
    bytes[len - 1] ^= 1;
    CHECK(entrenous_client_receive(bob.client, &alice.address, bytes, 1, NULL), MALFORMED);
    MUST(entrenous_client_receive(bob.client, &alice.address, bytes, len, NULL));
    CHECK(entrenous_client_receive(bob.client, &alice.address, bytes, len, NULL), DUPLICATE);
    MUST(entrenous_client_inbox(bob.client, 0, &items));
    MUST(entrenous_count(items, &count));
    MUST(entrenous_items_at(items, 0, &item));
    EXPECT(count == 1 && item->event == ENTRENOUS_EVENT_MESSAGE && item->security != NULL);
    EXPECT(item->content.len == 11 && memcmp(item->content.data, "an envelope", 11) == 0);
    EXPECT(item->trust.state == ENTRENOUS_TRUST_STATE_FIRST_USE);
    EXPECT(memcmp(&item->who, &alice.address, sizeof item->who) == 0);
    MUST(entrenous_client_acknowledge(bob.client, &item->number, 1));
    CHECK(entrenous_items_at(items, 1, &item), OUT_OF_RANGE);
    MUST(entrenous_free(items));

    /* many in, many out, and one of them is false */
    for (i = 0; i < 3; i++) {
        many[i].data = content("one of three");
        many[i].len = i;
    }
    MUST(entrenous_client_send_many(alice.client, bob.address.account, many, 3, NULL, ids));
    EXPECT(memcmp(ids, ids + ENTRENOUS_MESSAGE_ID_LEN, ENTRENOUS_MESSAGE_ID_LEN) != 0);
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_MESSAGE) == 3);
    incoming[0].sender = incoming[1].sender = alice.address;
    incoming[0].bytes.data = bytes;
    incoming[0].bytes.len = len;
    incoming[1].bytes.data = envelope_of(&alice, &bob, &incoming[1].bytes.len);
    MUST(entrenous_client_receive_many(bob.client, incoming, 2, results, &items));
    EXPECT(results[0] == ENTRENOUS_RESULT_DUPLICATE && results[1] == ENTRENOUS_RESULT_OK);
    MUST(entrenous_count(items, &count));
    EXPECT(count == 1);
    MUST(entrenous_free(items));
    /* nor does one that nothing could be as long as: its bytes are not looked at */
    incoming[0].bytes.len = (32u << 20) + 1;
    MUST(entrenous_client_receive_many(bob.client, incoming, 2, results, NULL));
    EXPECT(results[0] == ENTRENOUS_RESULT_MALFORMED && results[1] == ENTRENOUS_RESULT_DUPLICATE);
    CHECK(entrenous_client_receive(bob.client, &alice.address, bytes, (32u << 20) + 1, NULL), MALFORMED);
    free((void *)(uintptr_t)incoming[1].bytes.data);
    free(bytes);

    /* a token makes a message one message */
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.token = token;
    options.ttl_seconds = 60;
    MUST(entrenous_client_send(alice.client, bob.address.account, content("once"), 4, &options, id, &unreached));
    MUST(entrenous_count(unreached, &count));
    EXPECT(count == 0);
    MUST(entrenous_free(unreached));
    MUST(entrenous_client_send(alice.client, bob.address.account, content("once"), 4, &options, again, NULL));
    EXPECT(memcmp(id, again, sizeof id) == 0);
    CHECK(entrenous_client_send(alice.client, bob.address.account, content("more"), 4, &options, id, NULL), MISUSE);
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_MESSAGE) == 1);

    MUST(entrenous_client_send_ephemeral(alice.client, bob.address.account, content("typing"), 6, &typing));
    MUST(entrenous_envelopes_at(typing, 0, &envelope));
    EXPECT(!envelope->has_number);
    MUST(entrenous_client_receive(bob.client, &alice.address, envelope->bytes.data, envelope->bytes.len, &items));
    MUST(entrenous_items_at(items, 0, &item));
    EXPECT(item->event == ENTRENOUS_EVENT_EPHEMERAL && !item->has_number);
    MUST(entrenous_free(items));
    MUST(entrenous_free(typing));

    large = (uint8_t *)calloc(1, ENTRENOUS_MAX_CONTENT + 1);
    CHECK(entrenous_client_send(alice.client, bob.address.account, large, ENTRENOUS_MAX_CONTENT + 1, NULL, id, NULL),
          TOO_LONG);
    free(large);

    /* what is in the inbox of Bob: nothing but what was not acknowledged */
    policy.size = sizeof policy;
    MUST(entrenous_policy_default(&policy));
    policy.inbox_items = 1;
    policy.outbox_items = 1;
    MUST(entrenous_client_set_policy(bob.client, &policy));
    MUST(entrenous_client_set_policy(alice.client, &policy));
    MUST(send_text(&alice, &bob, "fills it"));
    CHECK(send_text(&alice, &bob, "no room"), OUTBOX_FULL);
    bytes = NULL;
    {
        entrenous_envelopes *outbox;
        MUST(entrenous_client_outbox(alice.client, 0, &outbox));
        MUST(entrenous_envelopes_at(outbox, 0, &envelope));
        CHECK(entrenous_client_receive(bob.client, &alice.address, envelope->bytes.data, envelope->bytes.len, NULL),
              INBOX_FULL);
        MUST(entrenous_free(outbox));
    }
    policy.padding = 3;
    CHECK(entrenous_client_set_policy(alice.client, &policy), BAD_ARGUMENT);
    person_free(&alice);
    person_free(&bob);
}

/* An output may lie where an input is: that has been read before. */
static void outputs_over_inputs(void) {
    person alice = person_new(), bob = person_new();
    entrenous_address peer = bob.address;
    entrenous_upload *upload;
    const entrenous_bytes *bundle;
    entrenous_items *inbox;
    const entrenous_item *item;
    uint8_t place[ENTRENOUS_STORE_KEY_LEN] = "sixteen letters.";
    entrenous_cost cheap = {19 * 1024, 2, 1};
    entrenous_store *store;
    MUST(entrenous_client_publish_prekeys(bob.client, 0, &upload));
    MUST(entrenous_upload_at(upload, 0, &bundle));
    MUST(entrenous_client_start_session(alice.client, peer.account, bundle->data, bundle->len, 0, 0, &peer));
    EXPECT(memcmp(&peer, &bob.address, sizeof peer) == 0);
    MUST(entrenous_free(upload));
    MUST(entrenous_client_send(alice.client, peer.account, place, 16, NULL, place, NULL));
    EXPECT(memcmp(place, "sixteen letters.", 16) != 0);
    {
        entrenous_envelopes *outbox;
        const entrenous_envelope *envelope;
        MUST(entrenous_client_outbox(alice.client, 0, &outbox));
        MUST(entrenous_envelopes_at(outbox, 0, &envelope));
        MUST(entrenous_client_receive(bob.client, &alice.address, envelope->bytes.data, envelope->bytes.len, NULL));
        MUST(entrenous_free(outbox));
    }
    MUST(entrenous_client_inbox(bob.client, 0, &inbox));
    MUST(entrenous_items_at(inbox, 1, &item));
    EXPECT(item->content.len == 16 && memcmp(item->content.data, "sixteen letters.", 16) == 0);
    EXPECT(memcmp(item->id, place, sizeof item->id) == 0);
    MUST(entrenous_free(inbox));
    /* the key over its passphrase, there and back */
    person_free(&alice);
    MUST(entrenous_store_memory(&store));
    memcpy(place, "a passphrase", 12);
    MUST(entrenous_store_lock(store, (const char *)place, 12, &cheap, place));
    MUST(entrenous_client_create(store, place, NULL, &alice.client, &alice.recovery));
    MUST(entrenous_free(alice.client));
    MUST(entrenous_free(alice.recovery));
    memcpy(place, "a passphrase", 12);
    MUST(entrenous_store_unlock(store, (const char *)place, 12, place));
    MUST(entrenous_client_open(store, place, NULL, &alice.client));
    MUST(entrenous_free(store));
    MUST(entrenous_free(alice.client));
    person_free(&bob);
}

static void strangers(void) {
    person alice = person_new(), mallory = person_new(), trudy = person_new();
    entrenous_policy policy;
    entrenous_contacts *contacts;
    const entrenous_contact *contact;
    size_t count;
    policy.size = sizeof policy;
    MUST(entrenous_policy_default(&policy));
    policy.inbox_items = 4;
    MUST(entrenous_client_set_policy(alice.client, &policy));
    MUST(start(&mallory, &alice, 0));
    MUST(start(&trudy, &alice, 0));
    {
        size_t len, other_len;
        uint8_t *bytes = envelope_of(&mallory, &alice, &len), *other = envelope_of(&trudy, &alice, &other_len);
        entrenous_result first = entrenous_client_receive(alice.client, &mallory.address, bytes, len, NULL);
        entrenous_result second = entrenous_client_receive(alice.client, &trudy.address, other, other_len, NULL);
        EXPECT(first == ENTRENOUS_RESULT_TOO_MANY_STRANGERS || second == ENTRENOUS_RESULT_TOO_MANY_STRANGERS);
        free(bytes);
        free(other);
    }
    policy.inbox_items = 1000;
    MUST(entrenous_client_set_policy(alice.client, &policy));
    carry(&mallory, &alice, ENTRENOUS_EVENT_MESSAGE);
    MUST(send_text(&mallory, &alice, "hello?"));
    carry(&mallory, &alice, ENTRENOUS_EVENT_MESSAGE);
    MUST(entrenous_client_contacts(alice.client, 1, NULL, &contacts));
    MUST(entrenous_count(contacts, &count));
    EXPECT(count >= 1);
    MUST(entrenous_contacts_at(contacts, 0, &contact));
    MUST(entrenous_client_accept(alice.client, contact->account));
    MUST(entrenous_client_forget(alice.client, contact->account));
    CHECK(entrenous_client_accept(alice.client, contact->account), NO_SESSION);
    MUST(entrenous_free(contacts));
    person_free(&alice);
    person_free(&mallory);
    person_free(&trudy);
}

static void trust(void) {
    person alice = person_new(), bob = person_new(), carol = person_new();
    entrenous_policy policy;
    entrenous_identity_change *change;
    entrenous_comparison *comparison;
    entrenous_compared compared;
    entrenous_contact_status *status;
    const entrenous_contact_info *about;
    const entrenous_contact_device *device;
    entrenous_buffer *card;
    entrenous_card seen;
    const char *written;
    char digits[ENTRENOUS_DIGITS_LEN];
    uint8_t replaces[ENTRENOUS_ACCOUNT_LEN];
    size_t len, count;
    acquaint(&alice, &bob);
    MUST(start(&alice, &carol, 0));

    policy.size = sizeof policy;
    MUST(entrenous_policy_default(&policy));
    policy.verified_only = 1;
    MUST(entrenous_client_set_policy(alice.client, &policy));
    CHECK(send_text(&alice, &bob, "not compared"), UNVERIFIED);
    MUST(entrenous_client_safety_number(alice.client, bob.address.account, &comparison));
    MUST(entrenous_comparison_digits(comparison, digits));
    EXPECT(strlen(digits) == 71);
    MUST(entrenous_client_verify_by_number(alice.client, comparison, 0, &compared));
    EXPECT(compared == ENTRENOUS_COMPARED_DIFFERENT);
    CHECK(entrenous_client_verify_by_number(carol.client, comparison, 1, &compared), MISUSE);
    MUST(entrenous_client_verify_by_number(alice.client, comparison, 1, &compared));
    EXPECT(compared == ENTRENOUS_COMPARED_SAME);
    MUST(entrenous_free(comparison));
    MUST(entrenous_client_verify_by_digits(bob.client, alice.address.account, digits, strlen(digits), &compared));
    EXPECT(compared == ENTRENOUS_COMPARED_SAME);
    CHECK(entrenous_client_verify_by_digits(bob.client, alice.address.account, digits, 12, &compared), BAD_TEXT);
    MUST(send_text(&alice, &bob, "compared"));

    MUST(entrenous_client_contact(alice.client, bob.address.account, &status));
    MUST(entrenous_contact_status_read(status, &about));
    EXPECT(about->trust.state == ENTRENOUS_TRUST_STATE_VERIFIED && about->trust.proof == ENTRENOUS_PROOF_SAFETY_NUMBER);
    EXPECT(about->accepted && about->list_epoch == 1);
    MUST(entrenous_count(status, &count));
    MUST(entrenous_contact_status_device_at(status, 0, &device));
    EXPECT(count == 1 && device->device == bob.address.device && device->answered);
    MUST(entrenous_free(status));

    /* another account in the place of Bob's */
    MUST(entrenous_client_identity_change(alice.client, carol.address.account, &change, NULL));
    EXPECT(change == NULL);
    CHECK(entrenous_client_replace_contact(alice.client, bob.address.account, bob.address.account), MISUSE);
    MUST(entrenous_client_replace_contact(alice.client, bob.address.account, carol.address.account));
    CHECK(send_text(&alice, &carol, "who are you?"), IDENTITY_CHANGED);
    MUST(entrenous_client_identity_change(alice.client, carol.address.account, &change, replaces));
    EXPECT(memcmp(replaces, bob.address.account, sizeof replaces) == 0);
    MUST(entrenous_client_accept_change(alice.client, change));
    MUST(entrenous_free(change));
    policy.verified_only = 0;
    MUST(entrenous_client_set_policy(alice.client, &policy));
    MUST(send_text(&alice, &carol, "well then"));

    /* cards */
    MUST(entrenous_client_own_card(bob.client, &card));
    MUST(entrenous_buffer_text(card, &written, &len));
    MUST(entrenous_client_add_card(alice.client, written, len, &seen));
    EXPECT(!seen.verified && seen.list == ENTRENOUS_CARD_LIST_SAME);
    CHECK(entrenous_client_add_card(alice.client, written, len - 1, &seen), BAD_TEXT);
    CHECK(entrenous_client_add_card(bob.client, written, len, &seen), MISUSE);
    CHECK(entrenous_client_scan_card(alice.client, carol.address.account, written, len, &seen), IDENTITY_MISMATCH);
    MUST(entrenous_client_scan_card(alice.client, bob.address.account, written, len, &seen));
    EXPECT(seen.verified && memcmp(seen.account, bob.address.account, sizeof seen.account) == 0);
    MUST(entrenous_client_scan_new_card(carol.client, written, len, &seen));
    EXPECT(seen.verified && seen.list == ENTRENOUS_CARD_LIST_NONE_KNOWN);
    MUST(entrenous_free(card));
    person_free(&alice);
    person_free(&bob);
    person_free(&carol);
}

static void short_strings(void) {
    person alice = person_new(), bob = person_new();
    entrenous_short_string *hers, *his;
    const entrenous_short_string_info *shown, *other;
    entrenous_compared compared;
    int turn;
    acquaint(&alice, &bob);
    MUST(entrenous_client_short_string(alice.client, bob.address.account, &hers));
    EXPECT(hers == NULL);
    CHECK(entrenous_client_join_short_string(alice.client, &bob.address), NOT_COMPARING);
    MUST(entrenous_client_begin_short_string(alice.client, &bob.address));
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_SHORT_STRING_ASKED) == 1);
    MUST(entrenous_client_short_string(alice.client, bob.address.account, &hers));
    MUST(entrenous_short_string_read(hers, &shown));
    EXPECT(shown->state == ENTRENOUS_SHORT_STRING_STATE_WAITING);
    CHECK(entrenous_client_decide_short_string(alice.client, hers, 1, &compared), NOT_COMPARING);
    MUST(entrenous_free(hers));
    MUST(entrenous_client_join_short_string(bob.client, &alice.address));
    for (turn = 0; turn < 3; turn++) {
        carry(&bob, &alice, ENTRENOUS_EVENT_UNKNOWN);
        carry(&alice, &bob, ENTRENOUS_EVENT_UNKNOWN);
    }
    MUST(entrenous_client_short_string(alice.client, bob.address.account, &hers));
    MUST(entrenous_client_short_string(bob.client, alice.address.account, &his));
    MUST(entrenous_short_string_read(hers, &shown));
    MUST(entrenous_short_string_read(his, &other));
    EXPECT(shown->state == ENTRENOUS_SHORT_STRING_STATE_READY && other->state == ENTRENOUS_SHORT_STRING_STATE_READY);
    EXPECT(memcmp(&shown->string, &other->string, sizeof shown->string) == 0);
    EXPECT(shown->string.emoji[0] > 0x2000 && strlen(shown->string.names[6]) > 1);
    MUST(entrenous_client_decide_short_string(alice.client, hers, 1, &compared));
    EXPECT(compared == ENTRENOUS_COMPARED_SAME);
    MUST(entrenous_client_cancel_short_string(bob.client, alice.address.account));
    CHECK(entrenous_client_decide_short_string(bob.client, his, 1, &compared), NOT_COMPARING);
    MUST(entrenous_free(hers));
    MUST(entrenous_free(his));
    person_free(&alice);
    person_free(&bob);
}

/* What is in the outbox for the mailbox of a linking. */
static entrenous_envelopes *for_rendezvous(const person *of, const entrenous_envelope **envelope) {
    entrenous_envelopes *outbox;
    size_t i, count;
    MUST(entrenous_client_outbox(of->client, 0, &outbox));
    MUST(entrenous_count(outbox, &count));
    for (i = 0; i < count; i++) {
        MUST(entrenous_envelopes_at(outbox, i, envelope));
        if ((*envelope)->to_rendezvous) {
            MUST(entrenous_client_handed_over(of->client, &(*envelope)->number, 1));
            return outbox;
        }
    }
    EXPECT(false);
    return outbox;
}

static void devices(void) {
    entrenous_environment *environment = environment_new();
    person alice, tablet;
    entrenous_joining *joining, *abandoned;
    entrenous_buffer *code, *request;
    entrenous_link_request asked;
    entrenous_link_state state;
    entrenous_shown_string string;
    entrenous_envelopes *outbox;
    const entrenous_envelope *envelope;
    entrenous_devices *own;
    const entrenous_device *device;
    uint8_t mailbox[ENTRENOUS_RENDEZVOUS_LEN], offered[ENTRENOUS_RENDEZVOUS_LEN], group[ENTRENOUS_GROUP_LEN];
    const uint8_t *data;
    const char *written;
    uint64_t expires;
    size_t len, count;

    MUST(entrenous_store_memory(&alice.store));
    MUST(entrenous_client_create(alice.store, CHECK_KEY, environment, &alice.client, &alice.recovery));
    MUST(entrenous_client_address(alice.client, &alice.address));
    MUST(entrenous_store_memory(&tablet.store));

    CHECK(entrenous_client_approve_link(alice.client, 5), NOT_LINKING);
    CHECK(entrenous_client_approve_link(alice.client, 0), BAD_ARGUMENT);
    CHECK(entrenous_client_receive_link(alice.client, CHECK_KEY, 32, &asked), NOT_LINKING);
    MUST(entrenous_client_linking(alice.client, &state, &code, &asked));
    EXPECT(state == ENTRENOUS_LINK_STATE_NONE && code == NULL);

    /* a linking that takes too long */
    MUST(entrenous_client_begin_linking(alice.client, &code, mailbox, &expires));
    EXPECT(expires == clock_ms + 300000);
    MUST(entrenous_buffer_text(code, &written, &len));
    CHECK(entrenous_joining_begin(tablet.store, CHECK_KEY, environment, written, len - 1, &joining), BAD_TEXT);
    MUST(entrenous_joining_begin(tablet.store, CHECK_KEY, environment, written, len, &joining));
    MUST(entrenous_joining_request(joining, &request));
    MUST(entrenous_free(code));
    MUST(entrenous_buffer_read(request, &data, &len));
    clock_ms += 300001;
    CHECK(entrenous_client_receive_link(alice.client, data, len, &asked), LINK_EXPIRED);
    MUST(entrenous_free(request));
    MUST(entrenous_joining_abandon(joining));
    CHECK(entrenous_joining_abandon(joining), NOT_LINKING);
    MUST(entrenous_free(joining));

    /* one that goes well */
    MUST(entrenous_client_begin_linking(alice.client, &code, offered, NULL));
    CHECK(entrenous_client_begin_linking(alice.client, &request, mailbox, NULL), LINKING_UNDER_WAY);
    MUST(entrenous_buffer_text(code, &written, &len));
    MUST(entrenous_joining_begin(tablet.store, CHECK_KEY, environment, written, len, &joining));
    CHECK(entrenous_joining_begin(tablet.store, CHECK_KEY, environment, written, len, &abandoned), LINKING_UNDER_WAY);
    CHECK(entrenous_client_open(tablet.store, CHECK_KEY, environment, &tablet.client), LINKING_UNDER_WAY);
    MUST(entrenous_free(code));
    MUST(entrenous_joining_rendezvous(joining, mailbox));
    EXPECT(memcmp(mailbox, offered, sizeof mailbox) == 0);
    CHECK(entrenous_joining_shown_string(joining, &string), NOT_LINKING);
    MUST(entrenous_joining_request(joining, &request));
    MUST(entrenous_buffer_read(request, &data, &len));
    MUST(entrenous_client_receive_link(alice.client, data, len, &asked));
    CHECK(entrenous_client_receive_link(alice.client, data, len, &asked), DUPLICATE);
    MUST(entrenous_free(request));
    outbox = for_rendezvous(&alice, &envelope);
    EXPECT(memcmp(envelope->rendezvous, mailbox, sizeof mailbox) == 0);
    CHECK(entrenous_joining_finish(joining, envelope->bytes.data, envelope->bytes.len, &tablet.client), NOT_LINKING);
    CHECK(entrenous_joining_receive_reveal(joining, envelope->bytes.data, 5), MALFORMED);
    /* the process ends, and goes on */
    MUST(entrenous_free(joining));
    MUST(entrenous_joining_resume(tablet.store, CHECK_KEY, environment, &joining));
    MUST(entrenous_joining_receive_reveal(joining, envelope->bytes.data, envelope->bytes.len));
    CHECK(entrenous_joining_receive_reveal(joining, envelope->bytes.data, envelope->bytes.len), NOT_LINKING);
    MUST(entrenous_free(outbox));
    MUST(entrenous_joining_shown_string(joining, &string));
    EXPECT(memcmp(&string, &asked.string, sizeof string) == 0);
    MUST(entrenous_client_linking(alice.client, &state, &code, &asked));
    EXPECT(state == ENTRENOUS_LINK_STATE_REQUESTED && code == NULL);
    MUST(entrenous_client_approve_link(alice.client, asked.device));
    outbox = for_rendezvous(&alice, &envelope);
    CHECK(entrenous_joining_finish(joining, envelope->bytes.data, envelope->bytes.len - 1, &tablet.client), MALFORMED);
    MUST(entrenous_joining_finish(joining, envelope->bytes.data, envelope->bytes.len, &tablet.client));
    CHECK(entrenous_joining_finish(joining, envelope->bytes.data, envelope->bytes.len, &tablet.client), NOT_LINKING);
    MUST(entrenous_free(outbox));
    MUST(entrenous_free(joining));
    MUST(entrenous_client_address(tablet.client, &tablet.address));
    EXPECT(tablet.address.device == asked.device);
    CHECK(entrenous_joining_resume(tablet.store, CHECK_KEY, environment, &joining), ACCOUNT_EXISTS);

    MUST(entrenous_client_devices(alice.client, &own));
    MUST(entrenous_count(own, &count));
    MUST(entrenous_devices_at(own, 0, &device));
    EXPECT(count == 2 && device->is_this == (device->device == alice.address.device));
    MUST(entrenous_free(own));

    CHECK(entrenous_client_begin_linking(tablet.client, &code, mailbox, NULL), NOT_PRIMARY);
    CHECK(entrenous_client_remove_device(tablet.client, alice.address.device), NOT_PRIMARY);
    CHECK(entrenous_client_remove_device(alice.client, alice.address.device), MISUSE);
    CHECK(entrenous_client_remove_device(alice.client, 1), NO_DEVICE);
    carry(&alice, &tablet, ENTRENOUS_EVENT_UNKNOWN);
    carry(&tablet, &alice, ENTRENOUS_EVENT_UNKNOWN);
    MUST(entrenous_client_remove_device(alice.client, tablet.address.device));
    EXPECT(carry(&alice, &tablet, ENTRENOUS_EVENT_REMOVED_FROM_ACCOUNT) == 1);
    CHECK(entrenous_client_create_group(tablet.client, "x", 1, group), REMOVED_FROM_ACCOUNT);

    MUST(entrenous_free(tablet.client));
    MUST(entrenous_free(tablet.store));
    person_free(&alice);
    MUST(entrenous_free(environment));
}

static void groups(void) {
    person alice = person_new(), bob = person_new(), carol = person_new();
    uint8_t group[ENTRENOUS_GROUP_LEN], id[ENTRENOUS_MESSAGE_ID_LEN];
    static const uint8_t nowhere[ENTRENOUS_GROUP_LEN] = {1};
    entrenous_groups *all;
    const entrenous_group *entry;
    entrenous_group_status *status;
    const entrenous_group_info *about;
    const entrenous_member *member;
    entrenous_addresses *missing;
    size_t count;
    int i;
    acquaint(&alice, &bob);
    acquaint(&alice, &carol);
    MUST(entrenous_client_create_group(alice.client, "walk", 4, group));
    CHECK(entrenous_client_create_group(alice.client, "\n", 1, id), BAD_TEXT);
    CHECK(entrenous_client_join_group(alice.client, nowhere), NO_GROUP);
    CHECK(entrenous_client_remove_member(alice.client, group, bob.address.account, 0), NO_MEMBER);
    CHECK(entrenous_client_set_member(alice.client, group, bob.address.account, 3), BAD_ARGUMENT);
    MUST(entrenous_client_set_member(alice.client, group, bob.address.account, ENTRENOUS_ROLE_MEMBER));
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_GROUP_INVITED) == 1);
    CHECK(entrenous_client_send_to_group(bob.client, group, content("x"), 1, NULL, id, NULL), NOT_IN_GROUP);
    MUST(entrenous_client_join_group(bob.client, group));
    carry(&bob, &alice, ENTRENOUS_EVENT_UNKNOWN);
    CHECK(entrenous_client_rename_group(bob.client, group, "run", 3), NOT_ADMIN);
    CHECK(entrenous_client_leave_group(alice.client, group), LAST_ADMIN);
    MUST(entrenous_client_set_member(alice.client, group, bob.address.account, ENTRENOUS_ROLE_ADMIN));
    carry(&alice, &bob, ENTRENOUS_EVENT_GROUP_CHANGED);
    CHECK(entrenous_client_remove_member(bob.client, group, alice.address.account, 1), OUTRANKED);
    CHECK(entrenous_client_set_member(bob.client, group, carol.address.account, ENTRENOUS_ROLE_MEMBER), NO_SESSION);
    MUST(entrenous_client_set_member(alice.client, group, carol.address.account, ENTRENOUS_ROLE_MEMBER));
    carry(&alice, &carol, ENTRENOUS_EVENT_UNKNOWN);
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_GROUP_CHANGED) == 1);
    MUST(entrenous_client_join_group(carol.client, group));
    MUST(entrenous_client_missing_group_devices(carol.client, group, &missing));
    MUST(entrenous_count(missing, &count));
    EXPECT(count == 1);
    MUST(entrenous_free(missing));
    MUST(entrenous_client_renew_group_keys(alice.client, group));
    MUST(entrenous_client_rename_group(alice.client, group, "run", 3));
    MUST(entrenous_client_send_to_group(alice.client, group, content("ready?"), 6, NULL, id, NULL));
    EXPECT(carry(&alice, &bob, ENTRENOUS_EVENT_GROUP_MESSAGE) == 1);

    MUST(entrenous_client_group(bob.client, group, &status));
    MUST(entrenous_group_status_read(status, &about));
    EXPECT(strcmp(about->title, "run") == 0 && about->standing == ENTRENOUS_STANDING_JOINED);
    EXPECT(memcmp(about->owner, alice.address.account, sizeof about->owner) == 0);
    MUST(entrenous_count(status, &count));
    EXPECT(count == 3);
    MUST(entrenous_group_status_member_at(status, 0, &member));
    EXPECT(member->device_count == 1 && member->devices[0] != 0);
    MUST(entrenous_group_status_unacknowledged(status, &missing));
    MUST(entrenous_free(missing));
    MUST(entrenous_free(status));

    MUST(entrenous_client_remove_member(alice.client, group, carol.address.account, 0));
    EXPECT(carry(&alice, &carol, ENTRENOUS_EVENT_GROUP_LEFT) == 1);
    MUST(entrenous_client_groups(carol.client, &all));
    MUST(entrenous_groups_at(all, 0, &entry));
    EXPECT(entry->standing == ENTRENOUS_STANDING_OUT && strcmp(entry->title, "run") == 0);
    MUST(entrenous_free(all));
    MUST(entrenous_client_forget_group(carol.client, group));
    CHECK(entrenous_client_group(carol.client, group, &status), NO_GROUP);

    for (i = 0; i < 256; i++) MUST(entrenous_client_create_group(carol.client, NULL, 0, group));
    CHECK(entrenous_client_create_group(carol.client, NULL, 0, group), TOO_MANY_GROUPS);
    person_free(&alice);
    person_free(&bob);
    person_free(&carol);
}

static void upkeep(void) {
    person alice = person_new();
    bool publish = false, more = true;
    entrenous_result failed = ENTRENOUS_RESULT_UNKNOWN;
    MUST(entrenous_client_maintain(alice.client, &publish, &more, &failed));
    EXPECT(publish && !more && failed == ENTRENOUS_RESULT_OK);
    MUST(entrenous_client_maintain(alice.client, NULL, NULL, NULL));
    person_free(&alice);
}

int main(int argc, char **argv) {
    EXPECT(argc == 2);
    stores();
    files(argv[1]);
    passphrases();
    recovery();
    sessions();
    messages();
    outputs_over_inputs();
    strangers();
    trust();
    short_strings();
    devices();
    groups();
    upkeep();
    return 0;
}
