// Entrenous for Node, through its C API.
//
//     const library = new Library();
//     const store = library.storeSqlite(path);
//     const client = store.clientOpen(key);
//     client.send(account, Buffer.from('hello'));
//     client.close();
//     store.close();
//
// Names are those of entrenous.h without the prefix, in JavaScript's case, and what they mean stands there. What is
// given out is a copy, so that it stays when the list that it was read from is freed; what has a `close` is freed by
// that, or some time after its last reference is gone. A call that doesn't end well throws an `EntrenousError`. Numbers
// of 64 bits are a Number where that is exact, else a BigInt; either is taken.

import { join } from 'node:path';

import koffi from 'koffi';

import * as c from './entrenous_c.mjs';
import { bytes, fixed, text, uint32, uint64 } from './entrenous_c.mjs';

export {
    LEFT_UNKNOWN, CardList, Compared, Event, Fault, GroupChange, Handshake, Proof, Result, Role, ShortStringEnd,
    TrustState,
} from './entrenous_c.mjs';

// A call that has not ended in `OK`: `code` is one of `Result`, and `fault`, one of `Fault`, tells who can do
// something about it. `isFinal` is of use after `Client.receive`: whether the transport may drop the envelope.
export class EntrenousError extends Error {
    constructor(code, text, fault, isFinal) {
        super(`${text} (${code})`);
        this.name = 'EntrenousError';
        this.code = code;
        this.fault = fault;
        this.isFinal = isFinal;
    }
}

// The shared library: that in `prefix` or $PREFIX, else the one that the system finds.
export class Library {
    #answers = {};
    #calls = {};
    #forgotten = new FinalizationRegistry((number) => this.call('free', number));

    constructor(prefix = process.env.PREFIX) {
        const name = 'libentrenous.so';
        const library = koffi.load(prefix ? join(prefix, 'lib', name) : name);
        for (const prototype of c.ANSWERS) {
            this.#answers[nameOf(prototype)] = library.func(prototype.replace(/(?=\w+\()/, 'entrenous_'));
        }
        if (!this.#answers.is_compatible(c.VERSION_NUMBER)) {
            throw new Error(`entrenous ${this.version()} is not what this was written for`);
        }
        for (const prototype of c.CALLS) {
            this.#calls[nameOf(prototype)] = library.func(`int32_t entrenous_${prototype}`);
        }
    }

    call(name, ...given) {
        const result = this.#calls[name](...given);
        if (result !== c.Result.OK) throw this.error(result);
    }

    // Makes a call whose last argument is a place for a handle or another value, and gives that; null for NULL.
    out(name, ...given) {
        const place = [null];
        this.call(name, ...given, place);
        return place[0];
    }

    error(result) {
        const { result_text: text, result_fault: fault, result_is_final: isFinal } = this.#answers;
        return new EntrenousError(result, text(result), fault(result), Boolean(isFinal(result)));
    }

    keep(handle, number) {
        this.#forgotten.register(handle, number, handle);
    }

    free(handle, number) {
        this.#forgotten.unregister(handle);
        this.call('free', number);
    }

    version() {
        return this.#answers.version();
    }

    storeKeyGenerate() {
        const key = Buffer.alloc(c.STORE_KEY_LEN);
        this.call('store_key_generate', key);
        return key;
    }

    storeMemory() {
        return new Store(this, this.out('store_memory'));
    }

    storeSqlite(path, { busyMs = 5000, maxBytes = 0 } = {}) {
        return new Store(this, this.out('store_sqlite', ...text(path), uint32(busyMs), uint64(maxBytes)));
    }
}

class Handle {
    #number;

    constructor(library, number) {
        this.library = library;
        this.#number = number;
        library.keep(this, number);
    }

    close() {
        if (this.#number !== null) {
            this.library.free(this, this.#number);
            this.#number = null;
        }
    }

    [Symbol.dispose]() {
        this.close();
    }

    // What a call gets.
    get number() {
        if (this.#number === null) throw new Error(`this ${this.constructor.name} is closed`);
        return this.#number;
    }

    call(name, ...given) {
        this.library.call(name, this.number, ...given);
    }

    out(name, ...given) {
        return this.library.out(name, this.number, ...given);
    }

    // Makes a call that gives a handle, and gives what `read` makes of it.
    through(name, given, read) {
        return using(new Handle(this.library, this.out(name, ...given)), read);
    }

    elements(at, type) {
        return Array.from({ length: this.out('count') }, (_, index) => c.copied(type, this.out(at, index)));
    }

    // What a buffer has, as a text.
    text() {
        const data = [null];
        const len = [0];
        this.call('buffer_read', data, len);
        return koffi.decode.string(data[0], len[0]);
    }
}

export class Store extends Handle {
    isLocked() {
        return this.out('store_is_locked');
    }

    // `cost`: `{ memoryKib, passes, lanes }`.
    lock(passphrase, cost = null) {
        const key = Buffer.alloc(c.STORE_KEY_LEN);
        this.call('store_lock', ...text(passphrase), costOrNull(cost), key);
        return key;
    }

    unlock(passphrase) {
        const key = Buffer.alloc(c.STORE_KEY_LEN);
        this.call('store_unlock', ...text(passphrase), key);
        return key;
    }

    clientCreate(key) {
        const client = [null];
        const recovery = this.out('client_create', fixed(key, c.STORE_KEY_LEN), null, client);
        return {
            client: new Client(this.library, client[0]),
            recovery: using(new Handle(this.library, recovery), (buffer) => buffer.text()),
        };
    }

    clientOpen(key) {
        return new Client(this.library, this.out('client_open', fixed(key, c.STORE_KEY_LEN), null));
    }
}

// A safety number.
export class Comparison extends Handle {
    digits() {
        const digits = Buffer.alloc(c.DIGITS_LEN);
        this.call('comparison_digits', digits);
        return digits.toString('utf8', 0, digits.indexOf(0));
    }
}

export class Client extends Handle {
    address() {
        const address = {};
        this.call('client_address', address);
        return c.converted(c.Address, address);
    }

    // `failed` is the error of a part that was not done, or null.
    maintain() {
        const [toPublish, more] = [[false], [false]];
        const failed = this.out('client_maintain', toPublish, more);
        return {
            toPublish: toPublish[0],
            more: more[0],
            failed: failed === c.Result.OK ? null : this.library.error(failed),
        };
    }

    // Null when the directory has everything.
    publishPrekeys(left = c.LEFT_UNKNOWN) {
        const number = this.out('client_publish_prekeys', uint32(left));
        if (number === null) return null;
        return using(new Handle(this.library, number), (upload) => ({
            ...c.copied(c.UploadInfo, upload.out('upload_read')),
            bundles: upload.elements('upload_at', c.Bytes),
        }));
    }

    prekeysPublished(number) {
        this.call('client_prekeys_published', uint64(number));
    }

    startSession(account, bundle, { replace = false, acceptStale = false } = {}) {
        const peer = {};
        const flags = [uint32(replace), uint32(acceptStale)];
        this.call('client_start_session', fixed(account, c.ACCOUNT_LEN), ...bytes(bundle), ...flags, peer);
        return c.converted(c.Address, peer);
    }

    // With an account whose id nobody knew before: it is the one that the bundle says it is of.
    firstContact(bundle) {
        const peer = {};
        this.call('client_first_contact', ...bytes(bundle), peer);
        return c.converted(c.Address, peer);
    }

    missingDevices(account) {
        return this.through('client_missing_devices', [fixed(account, c.ACCOUNT_LEN)], addresses);
    }

    send(account, content, options = {}) {
        return this.#sent('client_send', fixed(account, c.ACCOUNT_LEN), content, options);
    }

    #sent(name, to, content, options) {
        const id = Buffer.alloc(c.MESSAGE_ID_LEN);
        const given = [to, ...bytes(content), sendOptions(options), id];
        return { id, unreached: this.through(name, given, addresses) };
    }

    outbox(from = 0) {
        return this.through('client_outbox', [uint64(from)], (list) => list.elements('envelopes_at', c.Envelope));
    }

    handedOver(...numbers) {
        this.call('client_handed_over', BigUint64Array.from(numbers, uint64), numbers.length);
    }

    receive({ account, device }, envelope) {
        const from = { account: fixed(account, c.ACCOUNT_LEN), device: uint32(device) };
        return this.through('client_receive', [from, ...bytes(envelope)], items);
    }

    inbox(from = 0) {
        return this.through('client_inbox', [uint64(from)], items);
    }

    acknowledge(...numbers) {
        this.call('client_acknowledge', BigUint64Array.from(numbers, uint64), numbers.length);
    }

    contacts({ strangers = false, after = null } = {}) {
        const given = [uint32(strangers), after === null ? null : fixed(after, c.ACCOUNT_LEN)];
        return this.through('client_contacts', given, (list) => list.elements('contacts_at', c.Contact));
    }

    accept(account) {
        this.call('client_accept', fixed(account, c.ACCOUNT_LEN));
    }

    forget(account) {
        this.call('client_forget', fixed(account, c.ACCOUNT_LEN));
    }

    ownCard() {
        return this.through('client_own_card', [], (buffer) => buffer.text());
    }

    addCard(card) {
        const seen = {};
        this.call('client_add_card', ...text(card), seen);
        return c.converted(c.Card, seen);
    }

    scanCard(expected, card) {
        const seen = {};
        this.call('client_scan_card', fixed(expected, c.ACCOUNT_LEN), ...text(card), seen);
        return c.converted(c.Card, seen);
    }

    scanNewCard(card) {
        const seen = {};
        this.call('client_scan_new_card', ...text(card), seen);
        return c.converted(c.Card, seen);
    }

    safetyNumber(account) {
        return new Comparison(this.library, this.out('client_safety_number', fixed(account, c.ACCOUNT_LEN)));
    }

    verifyByNumber(comparison, same) {
        return this.out('client_verify_by_number', comparison.number, uint32(same));
    }

    createGroup(title) {
        const group = Buffer.alloc(c.GROUP_LEN);
        this.call('client_create_group', ...text(title), group);
        return group;
    }

    setMember(group, account, role) {
        this.call('client_set_member', fixed(group, c.GROUP_LEN), fixed(account, c.ACCOUNT_LEN), uint32(role));
    }

    joinGroup(group) {
        this.call('client_join_group', fixed(group, c.GROUP_LEN));
    }

    leaveGroup(group) {
        this.call('client_leave_group', fixed(group, c.GROUP_LEN));
    }

    sendToGroup(group, content, options = {}) {
        return this.#sent('client_send_to_group', fixed(group, c.GROUP_LEN), content, options);
    }
}

const nameOf = (prototype) => /(\w+)\(/.exec(prototype)[1];
const addresses = (list) => list.elements('addresses_at', c.Address);
const items = (list) => list.elements('items_at', c.Item);

function costOrNull(cost) {
    return cost && { memory_kib: uint32(cost.memoryKib), passes: uint32(cost.passes), lanes: uint32(cost.lanes) };
}

function using(handle, read) {
    try {
        return read(handle);
    } finally {
        handle.close();
    }
}

function sendOptions({ ttlSeconds = 0, token = null }) {
    if (token !== null) fixed(token, c.TOKEN_LEN);
    return { size: koffi.sizeof(c.SendOptions), ttl_seconds: uint32(ttlSeconds), token };
}
