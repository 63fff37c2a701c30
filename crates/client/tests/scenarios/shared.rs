//! Two clients on one store: conflicts are run again, nothing happens twice and nothing is lost.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    thread,
};

use entrenous::{Client, Error, MemoryStore};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, contents, store_key};

const MESSAGES: u8 = 40;

fn open(disk: &MemoryStore, seed: u64) -> Client<MemoryStore, ScriptedEnv> {
    let env = ScriptedEnv::new(seed, &Clock::at_day(20_000));
    Client::open(disk.clone(), &store_key(), env).expect("an account")
}

/// Alice's disk, and Bob, who have a session and nothing under way.
fn scene() -> (MemoryStore, Person, Person) {
    let (disk, clock) = (MemoryStore::new(), Clock::at_day(20_000));
    let mut alice = Person::create(disk.clone(), 1, &clock).expect("scripted");
    let mut bob = Person::on_clock(2, &clock);
    alice.start(&bob, 0).expect("genuine");
    entrenous_testkit::person::converse(&mut alice, &mut bob);
    (disk, alice, bob)
}

// spec: CLIENT-2
#[test]
fn two_processes_send_and_receive_at_once() {
    let (disk, alice, mut bob) = scene();
    let (from, bobs) = (bob.address(), bob.client.account_id());
    let mail: Vec<Vec<u8>> = (0..MESSAGES).map(|n| bob.send(&alice, &[n])).collect();
    let shown = Mutex::new(Vec::new());
    let sent = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for process in 0..3u8 {
            let (disk, mail, shown, sent) = (&disk, &mail, &shown, &sent);
            scope.spawn(move || {
                let mut client = open(disk, 100 + u64::from(process));
                for n in 0..MESSAGES {
                    let out = client.send(&bobs, &[process, n]).expect("a session");
                    sent.lock().expect("no panic").insert(out.id, vec![process, n]);
                    // each process is brought every envelope: one of them is shown the message
                    match client.receive(&from, &mail[usize::from(n)]) {
                        Ok(items) => shown.lock().expect("no panic").extend(contents(&items)),
                        Err(error) => assert_eq!(error, Error::Duplicate),
                    }
                }
            });
        }
    });
    let mut shown = shown.into_inner().expect("no panic");
    shown.sort();
    assert_eq!(shown, (0..MESSAGES).map(|n| vec![n]).collect::<Vec<_>>());

    let mut client = open(&disk, 200);
    assert_eq!(contents(&client.inbox().expect("readable")).len(), usize::from(MESSAGES));
    let outbox = client.outbox().expect("readable");
    let tags: BTreeSet<_> =
        outbox.iter().map(|outgoing| outgoing.bytes[outgoing.bytes.len() - 16..].to_vec()).collect();
    assert_eq!(tags.len(), outbox.len(), "a header's nonce has come twice");
    let mut arrived = Vec::new();
    for outgoing in &outbox {
        arrived.extend(contents(&bob.client.receive(&alice.address(), &outgoing.bytes).expect("in order")));
    }
    arrived.sort();
    let sent: BTreeSet<Vec<u8>> = sent.into_inner().expect("no panic").into_values().collect();
    assert_eq!(arrived, sent.into_iter().collect::<Vec<_>>());
    assert_eq!(arrived.len(), 3 * usize::from(MESSAGES));
}

#[test]
fn two_clients_in_turns_see_one_state() {
    let (disk, alice, mut bob) = scene();
    let mut clients = [open(&disk, 10), open(&disk, 11)];
    let bobs = bob.client.account_id();
    for round in 0..MESSAGES {
        let at = usize::from(round % 2);
        let sent = clients[at].send(&bobs, &[round]).expect("a session");
        assert_eq!(bob.receive(&alice, &sent.outgoing[0].bytes), Ok(vec![round]));
        // what the one has sent the other hands over, and what the one has received the other acknowledges
        clients[1 - at].handed_over(sent.outgoing[0].number.as_slice()).expect("in the outbox");
        let reply = bob.send(&alice, &[round, round]);
        let items = clients[at].receive(&bob.address(), &reply).expect("genuine");
        assert_eq!(clients[1 - at].receive(&bob.address(), &reply), Err(Error::Duplicate));
        assert_eq!(clients[1 - at].inbox(), Ok(items.clone()));
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        clients[1 - at].acknowledge(&numbers).expect("in the inbox");
        assert_eq!(clients[at].inbox(), Ok(Vec::new()));
        assert_eq!(clients[at].outbox(), Ok(Vec::new()));
    }
}
