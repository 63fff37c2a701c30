/* What the program begins with that `arguments.rs` makes: one good argument of every type. */
#include "check.h"

/* Outputs go here, each to a place of its own. */
static uint64_t places[2048];

/* Calls that were not refused as they must be: all are told. */
static size_t failures, calls;

/* Says whether a call was refused as it must be, and has written nothing. */
#define REFUSED(call, result)                                                                                         \
    do {                                                                                                              \
        memset(places, 0xa5, sizeof places);                                                                          \
        refused((call), ENTRENOUS_RESULT_##result, #call, #result);                                                   \
    } while (0)

static void refused(entrenous_result found, entrenous_result expected, const char *call, const char *result) {
    const unsigned char *byte = (const unsigned char *)places;
    size_t i = 0;
    while (i < sizeof places && byte[i] == 0xa5) i++;
    calls++;
    if (found == expected && i == sizeof places) return;
    failures++;
    fprintf(stderr, "%s: %s (%d) instead of %s%s\n", call, entrenous_result_text(found), (int)found, result,
            i == sizeof places ? "" : ", and has written");
}

/* Good enough for whatever is looked at before it is read as what it says it is. */
static const uint64_t anything[64] = {1};
static entrenous_send_options good_send_options;
static entrenous_policy good_policy;
static entrenous_cost good_cost = {19 * 1024, 2, 1};
static entrenous_address good_address;
static entrenous_bytes good_bytes;
static entrenous_incoming good_incoming;

static person alice, bob;
static void *a_freed_handle;
static entrenous_store *a_store;
static entrenous_client *a_client;
static entrenous_buffer *a_buffer;
static entrenous_upload *a_upload;
static entrenous_envelopes *a_envelopes;
static entrenous_items *an_items, *a_items;
static entrenous_addresses *a_addresses;
static entrenous_contacts *a_contacts;
static entrenous_contact_status *a_contact_status;
static entrenous_comparison *a_comparison;
static entrenous_identity_change *a_identity_change;
static entrenous_short_string *a_short_string;
static entrenous_devices *a_devices;
static entrenous_joining *a_joining;
static entrenous_groups *a_groups;
static entrenous_group_status *a_group_status;
static entrenous_environment *a_environment;
static entrenous_marker *a_marker;
static entrenous_store *empty;

static int32_t no_random(void *context, uint8_t *out, size_t len) {
    (void)context;
    (void)out;
    (void)len;
    return 1;
}

static uint64_t no_time(void *context) {
    (void)context;
    return 0;
}

static int32_t no_mark(void *context, uint8_t *mark, bool *found) {
    (void)context;
    (void)mark;
    (void)found;
    return 1;
}

static int32_t no_write(void *context, const uint8_t *mark) {
    (void)context;
    (void)mark;
    return 1;
}

static int32_t no_load(void *context, const uint8_t *keys, size_t count, entrenous_records *records) {
    (void)context;
    (void)keys;
    (void)count;
    (void)records;
    return 1;
}

static int32_t no_commit(void *context, const entrenous_change *changes, size_t count) {
    (void)context;
    (void)changes;
    (void)count;
    return 1;
}

static const entrenous_environment_callbacks good_environment_callbacks = {
    sizeof(entrenous_environment_callbacks), NULL, no_random, no_time, NULL};
static const entrenous_marker_callbacks good_marker_callbacks = {
    sizeof(entrenous_marker_callbacks), NULL, no_mark, no_write, NULL};
static const entrenous_store_callbacks good_store_callbacks = {
    sizeof(entrenous_store_callbacks), NULL, no_load, no_commit, NULL};

static void prepare(void) {
    uint8_t group[ENTRENOUS_GROUP_LEN], mailbox[ENTRENOUS_RENDEZVOUS_LEN], *replaces = NULL;
    entrenous_buffer *code;
    const char *data;
    size_t len;
    alice = person_new();
    bob = person_new();
    acquaint(&alice, &bob);
    good_send_options.size = sizeof good_send_options;
    good_policy.size = sizeof good_policy;
    MUST(entrenous_policy_default(&good_policy));
    good_address = good_incoming.sender = bob.address;
    a_store = alice.store;
    a_client = alice.client;
    a_buffer = alice.recovery;
    MUST(entrenous_client_publish_prekeys(a_client, 0, &a_upload));
    MUST(entrenous_client_outbox(a_client, 0, &a_envelopes));
    MUST(entrenous_client_inbox(a_client, 0, &a_items));
    an_items = a_items;
    MUST(entrenous_client_missing_devices(a_client, bob.address.account, &a_addresses));
    MUST(entrenous_client_contacts(a_client, 0, NULL, &a_contacts));
    MUST(entrenous_client_contact(a_client, bob.address.account, &a_contact_status));
    MUST(entrenous_client_safety_number(a_client, bob.address.account, &a_comparison));
    MUST(entrenous_client_begin_short_string(a_client, &bob.address));
    MUST(entrenous_client_short_string(a_client, bob.address.account, &a_short_string));
    MUST(entrenous_client_devices(a_client, &a_devices));
    MUST(entrenous_client_create_group(a_client, NULL, 0, group));
    MUST(entrenous_client_groups(a_client, &a_groups));
    MUST(entrenous_client_group(a_client, group, &a_group_status));
    MUST(entrenous_client_begin_linking(a_client, &code, mailbox, NULL));
    MUST(entrenous_buffer_text(code, &data, &len));
    MUST(entrenous_store_memory(&empty));
    MUST(entrenous_joining_begin(empty, CHECK_KEY, NULL, data, len, &a_joining));
    MUST(entrenous_free(code));
    /* Bob's name belongs to a stranger now */
    MUST(entrenous_client_replace_contact(a_client, bob.address.account, group));
    MUST(entrenous_client_identity_change(a_client, group, &a_identity_change, replaces));
    MUST(entrenous_environment_new(&good_environment_callbacks, &a_environment));
    MUST(entrenous_marker_new(&good_marker_callbacks, &a_marker));
    {
        entrenous_store *gone;
        MUST(entrenous_store_new(&good_store_callbacks, &gone));
        MUST(entrenous_free(gone));
        CHECK(entrenous_free(gone), BAD_HANDLE);
        CHECK(entrenous_free(&gone), BAD_HANDLE);
        MUST(entrenous_free(NULL));
        a_freed_handle = gone;
    }
}

static void clean_up(void) {
    MUST(entrenous_free(a_upload));
    MUST(entrenous_free(a_envelopes));
    MUST(entrenous_free(a_items));
    MUST(entrenous_free(a_addresses));
    MUST(entrenous_free(a_contacts));
    MUST(entrenous_free(a_contact_status));
    MUST(entrenous_free(a_comparison));
    MUST(entrenous_free(a_identity_change));
    MUST(entrenous_free(a_short_string));
    MUST(entrenous_free(a_devices));
    MUST(entrenous_free(a_groups));
    MUST(entrenous_free(a_group_status));
    MUST(entrenous_free(a_joining));
    MUST(entrenous_free(empty));
    MUST(entrenous_free(a_environment));
    MUST(entrenous_free(a_marker));
    person_free(&alice);
    person_free(&bob);
    EXPECT(calls > 800);
    EXPECT(failures == 0);
}
