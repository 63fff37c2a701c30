/* The scene in C99: an account, a session, a message each way, a group, a comparison, and a restart from disk.
 *
 * It is played with `scene`, an example of the test kit, which is the other side: what the network would carry goes over
 * standard input and output as lines. Its argument is the path of the store's file, which it makes.
 */
#include "entrenous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program unless a call has gone well. */
#define MUST(call) must((call), #call, __LINE__)
#define EXPECT(condition) expect((condition), #condition, __LINE__)

/* The longest line: an envelope of some 100 KiB in hexadecimal digits. */
enum { LINE_LEN = 1 << 18 };

static char line[LINE_LEN];
static uint8_t bytes[LINE_LEN / 2];

static void must(entrenous_result result, const char *what, int where) {
    if (result != ENTRENOUS_RESULT_OK) {
        fprintf(stderr, "line %d: %s: %s (%d)\n", where, what, entrenous_result_text(result), (int)result);
        exit(1);
    }
}

static void expect(bool condition, const char *what, int where) {
    if (!condition) {
        fprintf(stderr, "line %d: not so: %s\n", where, what);
        exit(1);
    }
}

/* Says a word and bytes in hexadecimal digits. */
static void say(const char *word, const uint8_t *data, size_t len) {
    size_t i;
    printf("%s ", word);
    for (i = 0; i < len; i++) printf("%02x", data[i]);
}

/* Reads a line, and gives what stands behind its first word, which `word` becomes. */
static char *hear(char word[16]) {
    char *rest;
    size_t len;
    EXPECT(fgets(line, sizeof line, stdin) != NULL);
    line[strcspn(line, "\r\n")] = '\0';
    rest = strchr(line, ' ');
    len = rest ? (size_t)(rest - line) : strlen(line);
    EXPECT(len < 16);
    memcpy(word, line, len);
    word[len] = '\0';
    return rest ? rest + 1 : line + len;
}

/* Reads hexadecimal digits into `bytes`, and gives how many bytes they were. */
static size_t unhex(const char *digits) {
    static const char hex[] = "0123456789abcdef";
    const char *high, *low;
    size_t len = 0;
    while (*digits && (high = strchr(hex, digits[0])) != NULL && (low = strchr(hex, digits[1])) != NULL) {
        bytes[len++] = (uint8_t)((high - hex) << 4 | (low - hex));
        digits += 2;
    }
    return len;
}

/* Gives the transport all that is in the outbox. */
static void give(const entrenous_client *client) {
    entrenous_envelopes *outbox;
    const entrenous_envelope *envelope;
    size_t i, count;
    MUST(entrenous_client_outbox(client, 0, &outbox));
    MUST(entrenous_count(outbox, &count));
    for (i = 0; i < count; i++) {
        MUST(entrenous_envelopes_at(outbox, i, &envelope));
        say("envelope", envelope->bytes.data, envelope->bytes.len);
        printf("\n");
        MUST(entrenous_client_handed_over(client, &envelope->number, 1));
    }
    MUST(entrenous_free(outbox));
    printf("end\n");
    fflush(stdout);
}

/* Receives what the transport has, and looks for a message: `kind` says of which kind. */
static bool take(const entrenous_client *client, const entrenous_address *from, entrenous_event kind, const char *text) {
    char word[16];
    bool found = false;
    for (;;) {
        entrenous_items *items;
        size_t i, count, len = unhex(hear(word));
        if (strcmp(word, "end") == 0) return found;
        if (strcmp(word, "tampered") == 0) {
            entrenous_result refused = entrenous_client_receive(client, from, bytes, len, NULL);
            EXPECT(entrenous_result_fault(refused) == ENTRENOUS_FAULT_OTHER);
            continue;
        }
        MUST(entrenous_client_receive(client, from, bytes, len, &items));
        MUST(entrenous_count(items, &count));
        for (i = 0; i < count; i++) {
            const entrenous_item *item;
            MUST(entrenous_items_at(items, i, &item));
            found = found || (item->event == kind && item->content.len == strlen(text) &&
                              memcmp(item->content.data, text, item->content.len) == 0);
            /* An application stores what it was told, and then: */
            if (item->has_number) MUST(entrenous_client_acknowledge(client, &item->number, 1));
        }
        MUST(entrenous_free(items));
    }
}

int main(int argc, char **argv) {
    static const char greeting[] = "hello from C", still[] = "still here", to_all[] = "to all of us";
    static const char title[] = "\xc3\xa9quipe";
    char word[16], digits[ENTRENOUS_DIGITS_LEN], *rest;
    uint8_t key[ENTRENOUS_STORE_KEY_LEN], group[ENTRENOUS_GROUP_LEN];
    entrenous_address me, peer;
    entrenous_store *store;
    entrenous_client *client;
    entrenous_buffer *recovery;
    entrenous_upload *upload;
    const entrenous_upload_info *info;
    const entrenous_bytes *bundle;
    entrenous_comparison *comparison;
    entrenous_compared compared;
    size_t len;

    EXPECT(argc == 2);
    EXPECT(entrenous_is_compatible(ENTRENOUS_VERSION_NUMBER));

    /* An account. The key belongs into the platform's key store, the recovery code onto paper. */
    MUST(entrenous_store_key_generate(key));
    MUST(entrenous_store_sqlite(argv[1], strlen(argv[1]), 5000, 0, &store));
    MUST(entrenous_client_create(store, key, NULL, &client, &recovery));
    MUST(entrenous_free(recovery));
    MUST(entrenous_client_address(client, &me));
    say("account", me.account, sizeof me.account);
    printf(" %lu\n", (unsigned long)me.device);

    /* What the directory gets. */
    MUST(entrenous_client_publish_prekeys(client, ENTRENOUS_LEFT_UNKNOWN, &upload));
    MUST(entrenous_upload_read(upload, &info));
    MUST(entrenous_upload_at(upload, 0, &bundle));
    say("bundle", bundle->data, bundle->len);
    printf("\n");
    fflush(stdout);
    MUST(entrenous_client_prekeys_published(client, info->number));
    MUST(entrenous_free(upload));

    /* A session, and a message each way. */
    rest = hear(word);
    EXPECT(strcmp(word, "account") == 0);
    EXPECT(unhex(rest) == sizeof peer.account);
    memcpy(peer.account, bytes, sizeof peer.account);
    peer.device = (uint32_t)strtoul(strchr(rest, ' ') + 1, NULL, 10);
    len = unhex(hear(word));
    EXPECT(strcmp(word, "bundle") == 0);
    MUST(entrenous_client_start_session(client, peer.account, bytes, len, 0, 0, NULL));
    MUST(entrenous_client_send(client, peer.account, (const uint8_t *)greeting, strlen(greeting), NULL, NULL, NULL));
    give(client);
    EXPECT(take(client, &peer, ENTRENOUS_EVENT_MESSAGE, "hello back"));

    /* The two people compare. */
    MUST(entrenous_client_safety_number(client, peer.account, &comparison));
    MUST(entrenous_comparison_digits(comparison, digits));
    printf("number %s\n", digits);
    fflush(stdout);
    rest = hear(word);
    MUST(entrenous_client_verify_by_number(client, comparison, strcmp(rest, digits) == 0, &compared));
    EXPECT(compared == ENTRENOUS_COMPARED_SAME);
    MUST(entrenous_free(comparison));

    /* A group. */
    MUST(entrenous_client_create_group(client, title, strlen(title), group));
    MUST(entrenous_client_set_member(client, group, peer.account, ENTRENOUS_ROLE_MEMBER));
    give(client);
    take(client, &peer, ENTRENOUS_EVENT_UNKNOWN, "");
    MUST(entrenous_client_send_to_group(client, group, (const uint8_t *)to_all, strlen(to_all), NULL, NULL, NULL));
    give(client);
    EXPECT(take(client, &peer, ENTRENOUS_EVENT_GROUP_MESSAGE, "and to you"));

    /* A restart: everything is on the disk. */
    MUST(entrenous_free(client));
    MUST(entrenous_free(store));
    MUST(entrenous_store_sqlite(argv[1], strlen(argv[1]), 5000, 0, &store));
    MUST(entrenous_client_open(store, key, NULL, &client));
    MUST(entrenous_client_send(client, peer.account, (const uint8_t *)still, strlen(still), NULL, NULL, NULL));
    give(client);
    EXPECT(take(client, &peer, ENTRENOUS_EVENT_MESSAGE, "welcome back"));
    MUST(entrenous_free(client));
    MUST(entrenous_free(store));
    printf("done\n");
    return 0;
}
