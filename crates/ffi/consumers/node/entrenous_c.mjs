// What entrenous.h declares, for koffi: the parts that `entrenous.mjs` uses, without the prefix.

import koffi from 'koffi';

// The header that this was written for: 0.1.0.
export const VERSION_NUMBER = 1_000;

export const LEFT_UNKNOWN = 2 ** 32 - 1;
export const ACCOUNT_LEN = 32;
export const GROUP_LEN = 32;
export const STORE_KEY_LEN = 32;
export const MESSAGE_ID_LEN = 16;
export const TOKEN_LEN = 8;
export const DIGITS_LEN = 72;

export const Result = Object.freeze({
    OK: 0, NULL_POINTER: 1, BAD_ARGUMENT: 2, BAD_LENGTH: 3, BAD_HANDLE: 4, WRONG_HANDLE: 5, REENTERED: 6, PANICKED: 7,
    POISONED: 8, OUT_OF_RANGE: 9, TOO_MANY_HANDLES: 10, MISUSE: 11, BAD_TEXT: 12, WRONG_PASSPHRASE: 13,
    UNUSABLE_PASSPHRASE: 14, TOO_LONG: 15, NO_SESSION: 16, SESSION_EXISTS: 17, LINKING_UNDER_WAY: 18, NOT_LINKING: 19,
    LINK_EXPIRED: 20, NOT_COMPARING: 21, NO_ACCOUNT: 22, ACCOUNT_EXISTS: 23, NOT_PRIMARY: 24, REMOVED_FROM_ACCOUNT: 25,
    IDENTITY_CHANGED: 26, UNVERIFIED: 27, TOO_MANY_DEVICES: 28, TOO_MANY_STRANGERS: 29, INBOX_FULL: 30, OUTBOX_FULL: 31,
    RANDOM: 32, NO_DEVICE: 33, NO_LOCK: 34, LOCK_EXISTS: 35, NO_GROUP: 40, NOT_IN_GROUP: 41, NO_MEMBER: 42,
    TOO_MANY_GROUPS: 43, GROUP_TOO_LARGE: 44, NOT_ADMIN: 45, OUTRANKED: 46, LAST_ADMIN: 47, ROSTER_FULL: 48,
    NO_EFFECT: 49, MALFORMED: 100, REJECTED: 101, DUPLICATE: 102, KEY_UNAVAILABLE: 103, IDENTITY_MISMATCH: 104,
    UNTRUSTED: 105, STALE: 106, FUTURE_DATED: 107, WRONG_LINK_CODE: 108, DEVICE_ID_USED: 109, TOO_MANY_RESETS: 110,
    TOO_MANY_HANDSHAKES: 111, TOO_EARLY: 112, STORE: 200, STORE_BUSY: 201, STORE_FULL: 202, STORE_DENIED: 203,
    STORE_DAMAGED: 204, STORE_MISUSE: 205, WRONG_KEY: 206, CORRUPT: 207, LATER_VERSION: 208, MARKER: 209, UNKNOWN: 299,
});
export const Fault = Object.freeze({ NONE: 0, PASSING: 1, USER: 2, OTHER: 3, APPLICATION: 4, STORE: 5, LIBRARY: 6 });
export const Event = Object.freeze({
    UNKNOWN: 0, MESSAGE: 1, EPHEMERAL: 2, GROUP_MESSAGE: 3, EXPIRED: 4, SESSION_STARTED: 10, SESSION_RESET: 11,
    NEW_SESSION_NEEDED: 12, UNSUPPORTED: 13, MALFORMED_FRAME: 14, CLONE_SUSPECTED: 15, POST_QUANTUM_EPOCH: 16,
    POST_QUANTUM_STALLED: 17, KEYS_LOST: 18, NOT_SENT: 19, DEVICE_ADDED: 30, DEVICE_REMOVED: 31, OWN_DEVICE_ADDED: 32,
    OWN_DEVICE_REMOVED: 33, REMOVED_FROM_ACCOUNT: 34, CONTACTS_RECEIVED: 35, DEVICE_LIST_FORKED: 36,
    DEVICE_LIST_STALE: 37, IDENTITY_CHANGED: 40, TRUST_LOST: 41, LIST_WITHHELD: 42, CARD_CONTRADICTS: 43,
    COMPARISON_FAILED: 44, TRUST_DECIDED: 45, SHORT_STRING_ASKED: 50, SHORT_STRING_READY: 51, SHORT_STRING_ENDED: 52,
    MANY_SHORT_STRINGS: 53, GROUP_INVITED: 60, GROUP_JOINED: 61, GROUP_LEFT: 62, GROUP_CHANGED: 63,
    GROUP_EQUIVOCATION: 64, STORE_RESTORED: 70, DAMAGED: 71, ENVELOPE_DAMAGED: 72,
});
export const GroupChange = Object.freeze({
    NONE: 0, ADDED: 1, REMOVED: 2, ROLE: 3, DEVICE_ADDED: 4, DEVICE_REMOVED: 5, RENAMED: 6, NEW_KEYS: 7,
});
export const ShortStringEnd = Object.freeze({
    NONE: 0, DIFFERENT_VIEW: 1, WRONG_REVEAL: 2, TIMED_OUT: 3, INTERRUPTED: 4,
});
export const Role = Object.freeze({ NONE: 0, MEMBER: 1, ADMIN: 2 });
export const TrustState = Object.freeze({ NONE: 0, FIRST_USE: 1, VERIFIED: 2, CHANGED: 3, OWN: 4 });
export const Proof = Object.freeze({ NONE: 0, SAFETY_NUMBER: 1, CARD: 2, SHORT_STRING: 3 });
export const Handshake = Object.freeze({ NONE: 0, FRESH: 1, CONTINUED: 2, RESET: 3 });
export const Compared = Object.freeze({ SAME: 1, DIFFERENT: 2, OUTDATED: 3 });
export const CardList = Object.freeze({ NONE_KNOWN: 1, SAME: 2, CARD_IS_LATER: 3, CARD_IS_EARLIER: 4, CONTRADICTS: 5 });

// The enumerations are `uint32_t` here: numbers in JavaScript.
export const Bytes = koffi.struct('entrenous_bytes', { data: 'const uint8_t *', len: 'size_t' });
export const Address = koffi.struct('entrenous_address', { account: 'uint8_t [32]', device: 'uint32_t' });
export const Cost = koffi.struct('entrenous_cost', { memory_kib: 'uint32_t', passes: 'uint32_t', lanes: 'uint32_t' });
export const Trust = koffi.struct('entrenous_trust', {
    state: 'uint32_t', proof: 'uint32_t', verified_ms: 'uint64_t', replaces: 'uint8_t [32]',
});
export const Contact = koffi.struct('entrenous_contact', { account: 'uint8_t [32]', trust: Trust });
export const Security = koffi.struct('entrenous_security', {
    handshake: 'uint32_t', one_time_prekey: 'bool', clone_suspected: 'bool', session_counter: 'uint64_t',
    messages_since_turn: 'uint32_t', list_epoch: 'uint32_t', post_quantum_epoch: 'uint64_t',
    post_quantum_mixed: 'uint64_t', post_quantum_mixed_ms: 'uint64_t', post_quantum_skipped: 'uint32_t',
});
export const Item = koffi.struct('entrenous_item', {
    number: 'uint64_t', has_number: 'bool', one_time_prekey: 'bool', from_removed: 'bool', readable_by_removed: 'bool',
    event: 'uint32_t', change: 'uint32_t', role: 'uint32_t', proof: 'uint32_t', ended: 'uint32_t', count: 'uint32_t',
    who: Address, other: Address, conversation: 'uint8_t [32]', group: 'uint8_t [32]', id: 'uint8_t [16]',
    sent_ms: 'uint64_t', expires_ms: 'uint64_t', post_quantum_epoch: 'uint64_t', content: Bytes, title: 'const char *',
    trust: Trust, security: koffi.pointer(Security),
});
export const Envelope = koffi.struct('entrenous_envelope', {
    number: 'uint64_t', has_number: 'bool', to_rendezvous: 'bool', has_id: 'bool', id: 'uint8_t [16]', to: Address,
    rendezvous: 'uint8_t [16]', bytes: Bytes,
});
export const UploadInfo = koffi.struct('entrenous_upload_info', {
    number: 'uint64_t', replaces: 'bool', last_resort: Bytes,
});
export const Card = koffi.struct('entrenous_card', { account: 'uint8_t [32]', list: 'uint32_t', verified: 'bool' });
export const SendOptions = koffi.struct('entrenous_send_options', {
    size: 'size_t', ttl_seconds: 'uint32_t', token: 'const uint8_t *',
});

// Numbers. Of one that is too large koffi would take the lowest bits.
export const uint32 = (value) => unsigned(32, BigInt(value));
export const uint64 = (value) => unsigned(64, BigInt(value));

function unsigned(bits, value) {
    if (BigInt.asUintN(bits, value) !== value) throw new RangeError(`${value} is no number of ${bits} bits`);
    return value;
}

// Bytes whose number is fixed: C can't check it.
export function fixed(value, len) {
    if (!(value instanceof Uint8Array && value.length === len)) throw new TypeError(`not ${len} bytes`);
    return value;
}

// Bytes or a text, and how many bytes they are.
export function bytes(value) {
    if (!(value instanceof Uint8Array)) throw new TypeError('no bytes');
    return [value, value.length];
}

export function text(value) {
    return bytes(Buffer.from(value, 'utf8'));
}

// What a pointer of a handle's points to.
export function copied(type, pointer) {
    return converted(type, koffi.decode(pointer, type));
}

// A struct as koffi gives it, without pointers.
export function converted(type, value) {
    if (type.name === Bytes.name) {
        return value.len ? Buffer.from(koffi.decode(value.data, 'uint8_t', value.len)) : Buffer.alloc(0);
    }
    if (type.primitive === 'Pointer') return value && copied(type.ref, value);
    if (type.primitive === 'Array') return Buffer.from(value);
    if (type.primitive !== 'Record') return value;
    return Object.fromEntries(
        Object.values(type.members).map(({ name, type: of }) => [camel(name), converted(of, value[name])]),
    );
}

function camel(name) {
    return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

// What doesn't return a result.
export const ANSWERS = [
    'const char *version()',
    'uint32_t is_compatible(uint32_t header_version_number)',
    'const char *result_text(int32_t result)',
    'uint32_t result_fault(int32_t result)',
    'uint32_t result_is_final(int32_t result)',
];

// What returns a result. Handles are `void *`: the library tells them apart.
export const CALLS = [
    'free(void *handle)',
    'count(void *list, _Out_ size_t *count)',
    'buffer_read(void *buffer, _Out_ void **data, _Out_ size_t *len)',
    'addresses_at(void *addresses, size_t index, _Out_ void **address)',
    'contacts_at(void *contacts, size_t index, _Out_ void **contact)',
    'envelopes_at(void *envelopes, size_t index, _Out_ void **envelope)',
    'items_at(void *items, size_t index, _Out_ void **item)',
    'upload_at(void *upload, size_t index, _Out_ void **bundle)',
    'upload_read(void *upload, _Out_ void **info)',
    'store_key_generate(_Out_ uint8_t *key)',
    'store_memory(_Out_ void **store)',
    'store_sqlite(const char *path, size_t path_len, uint32_t busy_ms, uint64_t max_bytes, _Out_ void **store)',
    'store_is_locked(void *store, _Out_ bool *locked)',
    `store_lock(void *store, const char *passphrase, size_t passphrase_len, entrenous_cost *cost,
        _Out_ uint8_t *key)`,
    'store_unlock(void *store, const char *passphrase, size_t passphrase_len, _Out_ uint8_t *key)',
    'client_create(void *store, uint8_t *key, void *environment, _Out_ void **client, _Out_ void **recovery)',
    'client_open(void *store, uint8_t *key, void *environment, _Out_ void **client)',
    'client_address(void *client, _Out_ entrenous_address *address)',
    'client_maintain(void *client, _Out_ bool *to_publish, _Out_ bool *more, _Out_ int32_t *failed)',
    'client_publish_prekeys(void *client, uint32_t left, _Out_ void **upload)',
    'client_prekeys_published(void *client, uint64_t number)',
    `client_start_session(void *client, uint8_t *account, uint8_t *bundle, size_t bundle_len, uint32_t replace,
        uint32_t accept_stale, _Out_ entrenous_address *with)`,
    'client_first_contact(void *client, uint8_t *bundle, size_t bundle_len, _Out_ entrenous_address *with)',
    'client_missing_devices(void *client, uint8_t *account, _Out_ void **devices)',
    `client_send(void *client, uint8_t *account, uint8_t *content, size_t content_len, entrenous_send_options *options,
        _Out_ uint8_t *id, _Out_ void **unreached)`,
    'client_outbox(void *client, uint64_t from, _Out_ void **envelopes)',
    'client_handed_over(void *client, uint64_t *numbers, size_t count)',
    `client_receive(void *client, entrenous_address *from, uint8_t *envelope, size_t envelope_len,
        _Out_ void **items)`,
    'client_inbox(void *client, uint64_t from, _Out_ void **items)',
    'client_acknowledge(void *client, uint64_t *numbers, size_t count)',
    'client_contacts(void *client, uint32_t strangers, uint8_t *after, _Out_ void **contacts)',
    'client_accept(void *client, uint8_t *account)',
    'client_forget(void *client, uint8_t *account)',
    'client_own_card(void *client, _Out_ void **card)',
    'client_add_card(void *client, const char *card, size_t card_len, _Out_ entrenous_card *seen)',
    'client_scan_card(void *client, uint8_t *expected, const char *card, size_t card_len, _Out_ entrenous_card *seen)',
    'client_scan_new_card(void *client, const char *card, size_t card_len, _Out_ entrenous_card *seen)',
    'client_safety_number(void *client, uint8_t *account, _Out_ void **comparison)',
    'comparison_digits(void *comparison, _Out_ char *digits)',
    'client_verify_by_number(void *client, void *comparison, uint32_t same, _Out_ uint32_t *compared)',
    'client_create_group(void *client, const char *title, size_t title_len, _Out_ uint8_t *group)',
    'client_set_member(void *client, uint8_t *group, uint8_t *account, uint32_t role)',
    'client_join_group(void *client, uint8_t *group)',
    'client_leave_group(void *client, uint8_t *group)',
    `client_send_to_group(void *client, uint8_t *group, uint8_t *content, size_t content_len,
        entrenous_send_options *options, _Out_ uint8_t *id, _Out_ void **unreached)`,
];
