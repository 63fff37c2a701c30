/* The program of `docs/book/c-api.md`, which quotes it: two people, a directory and a network in one process. */
#include <entrenous.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(entrenous_result result) {
    if (result != ENTRENOUS_RESULT_OK) {
        fprintf(stderr, "%s\n", entrenous_result_text(result));
        exit(1);
    }
}

/* An account with its first device. */
static entrenous_client *create(void) {
    uint8_t key[ENTRENOUS_STORE_KEY_LEN];
    entrenous_store *store;
    entrenous_client *client;
    entrenous_buffer *recovery;
    must(entrenous_store_key_generate(key));
    must(entrenous_store_memory(&store));
    must(entrenous_client_create(store, key, NULL, &client, &recovery));
    must(entrenous_free(recovery));
    must(entrenous_free(store));
    return client;
}

/* The network: what `from` has for the transport goes to `to`. */
static void carry(const entrenous_client *from, const entrenous_client *to) {
    entrenous_address sender;
    entrenous_envelopes *outbox;
    size_t i, count;
    must(entrenous_client_address(from, &sender));
    must(entrenous_client_outbox(from, 0, &outbox));
    must(entrenous_count(outbox, &count));
    for (i = 0; i < count; i++) {
        const entrenous_envelope *envelope;
        must(entrenous_envelopes_at(outbox, i, &envelope));
        must(entrenous_client_receive(to, &sender, envelope->bytes.data, envelope->bytes.len, NULL));
        must(entrenous_client_handed_over(from, &envelope->number, 1));
    }
    must(entrenous_free(outbox));
}

/* What has come, each once: it is acknowledged when it is stored. */
static void read_inbox(const entrenous_client *client) {
    entrenous_items *inbox;
    size_t i, count;
    must(entrenous_client_inbox(client, 0, &inbox));
    must(entrenous_count(inbox, &count));
    for (i = 0; i < count; i++) {
        const entrenous_item *item;
        must(entrenous_items_at(inbox, i, &item));
        if (item->event == ENTRENOUS_EVENT_MESSAGE)
            printf("%.*s\n", (int)item->content.len, (const char *)item->content.data);
        must(entrenous_client_acknowledge(client, &item->number, 1));
    }
    must(entrenous_free(inbox));
}

int main(void) {
    static const char text[] = "bonjour";
    entrenous_client *alice = create(), *bob = create();
    entrenous_address to;
    entrenous_upload *upload;
    const entrenous_bytes *bundle;
    const entrenous_upload_info *info;

    /* Bob gives bundles to a directory, and Alice takes one. */
    must(entrenous_client_address(bob, &to));
    must(entrenous_client_publish_prekeys(bob, ENTRENOUS_LEFT_UNKNOWN, &upload));
    must(entrenous_upload_read(upload, &info));
    must(entrenous_client_prekeys_published(bob, info->number));
    must(entrenous_upload_at(upload, 0, &bundle));
    must(entrenous_client_start_session(alice, to.account, bundle->data, bundle->len, 0, 0, NULL));
    must(entrenous_free(upload));

    must(entrenous_client_send(alice, to.account, (const uint8_t *)text, strlen(text), NULL, NULL, NULL));
    carry(alice, bob);
    read_inbox(bob);

    must(entrenous_free(alice));
    must(entrenous_free(bob));
    return 0;
}
