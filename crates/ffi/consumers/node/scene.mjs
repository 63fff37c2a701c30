// The scene in JavaScript: an account, a session, a message each way, a group, a comparison, and a restart from disk.
//
// It is the scene of ../c/scene.c, and played with the same peer. Its argument is the path of the store's file, which
// it makes.

import { readSync, writeSync } from 'node:fs';

import { Compared, Event, Fault, Library, Role } from './entrenous.mjs';

function expect(condition, what) {
    if (!condition) throw new Error(`not so: ${what}`);
}

// Does something with a pipe, and waits while that is full or empty.
function patiently(operation) {
    for (;;) {
        try {
            return operation();
        } catch (error) {
            if (error.code !== 'EAGAIN') throw error;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        }
    }
}

function say(...words) {
    let left = Buffer.from(`${words.join(' ')}\n`);
    while (left.length > 0) {
        const bytes = left;
        left = left.subarray(patiently(() => writeSync(1, bytes)));
    }
}

// What was read and not heard yet.
let unheard = '';

// A line: its first word, and what stands behind that.
function hear() {
    const chunk = Buffer.alloc(1 << 16);
    while (!unheard.includes('\n')) {
        const len = patiently(() => readSync(0, chunk));
        expect(len > 0, 'there is more to hear');
        unheard += chunk.toString('latin1', 0, len);
    }
    const end = unheard.indexOf('\n');
    const [word, ...rest] = unheard.slice(0, end).trim().split(' ');
    unheard = unheard.slice(end + 1);
    return [word, rest.join(' ')];
}

function hearOf(word) {
    const [heard, rest] = hear();
    expect(heard === word, `it says ${word}`);
    return rest;
}

// Gives the transport all that is in the outbox.
function give(client) {
    for (const envelope of client.outbox()) {
        say('envelope', envelope.bytes.toString('hex'));
        client.handedOver(envelope.number);
    }
    say('end');
}

function expectRefused(client, peer, envelope) {
    try {
        client.receive(peer, envelope);
    } catch (error) {
        expect(error.fault === Fault.OTHER, 'whoever has tampered is at fault');
        return;
    }
    expect(false, 'what was tampered with is refused');
}

// Receives what the transport has, and gives the items.
function take(client, peer) {
    const heard = [];
    for (;;) {
        const [word, rest] = hear();
        if (word === 'end') return heard;
        const envelope = Buffer.from(rest, 'hex');
        if (word === 'tampered') {
            expectRefused(client, peer, envelope);
            continue;
        }
        for (const item of client.receive(peer, envelope)) {
            heard.push(item);
            // An application stores what it was told, and then:
            if (item.hasNumber) client.acknowledge(item.number);
        }
    }
}

function expectToHear(items, event, text) {
    expect(items.some((item) => item.event === event && item.content.toString() === text), `the peer says ${text}`);
}

const path = process.argv[2];
const library = new Library();

// An account. The key belongs into the platform's key store, the recovery code onto paper.
const key = library.storeKeyGenerate();
let store = library.storeSqlite(path);
let { client } = store.clientCreate(key);
const me = client.address();
say('account', me.account.toString('hex'), me.device);

// What the directory gets.
const upload = client.publishPrekeys();
say('bundle', upload.bundles[0].toString('hex'));
client.prekeysPublished(upload.number);

// A session, and a message each way.
const [account, device] = hearOf('account').split(' ');
const peer = { account: Buffer.from(account, 'hex'), device: Number(device) };
client.startSession(peer.account, Buffer.from(hearOf('bundle'), 'hex'));
client.send(peer.account, Buffer.from('hello from Node'));
give(client);
expectToHear(take(client, peer), Event.MESSAGE, 'hello back');

// The two people compare.
const comparison = client.safetyNumber(peer.account);
say('number', comparison.digits());
const same = hearOf('number') === comparison.digits();
expect(client.verifyByNumber(comparison, same) === Compared.SAME, 'the numbers are the same');
comparison.close();

// A group.
const group = client.createGroup('équipe');
client.setMember(group, peer.account, Role.MEMBER);
give(client);
take(client, peer);
client.sendToGroup(group, Buffer.from('to all of us'));
give(client);
expectToHear(take(client, peer), Event.GROUP_MESSAGE, 'and to you');

// A restart: everything is on the disk.
client.close();
store.close();
store = library.storeSqlite(path);
client = store.clientOpen(key);
client.send(peer.account, Buffer.from('still here'));
give(client);
expectToHear(take(client, peer), Event.MESSAGE, 'welcome back');
client.close();
store.close();
say('done');
