//! Records of sessions: those that sessions write, and those that none has written.

use entrenous_ratchet::{Limits, Session};
use entrenous_wire::{
    Strict,
    proto::{PostQuantum, SessionRecord, SkippedIndex},
};
use serde_json::{Value, json};

use super::answered;
use crate::{
    pair::Pair,
    vectors::{Fields, Vectors, hex},
};

/// A change of a record.
type Edit = (&'static str, &'static str, fn(&mut SessionRecord));

pub(super) fn vectors(vectors: &mut Vectors) {
    let (mut alice, mut bob) = answered(151);
    let sent = alice.seal_many(6);
    bob.read(&sent[5]);
    bob.read(&sent[0]);
    read(vectors, "of who has skipped keys, in Turn", &bob.stored().session);
    let edits: [Edit; 25] = [
        ("another version", "WIRE-82", |record| record.version = 2),
        ("role 3", "WIRE-82", |record| record.role = 3),
        ("a root key that is too short", "WIRE-82", |record| record.root.truncate(31)),
        ("neither sending nor a peer's key", "WIRE-83", |record| record.peer_ratchet_key.clear()),
        ("another peer's key than its newest chain's", "RATCHET-30", |record| {
            record.peer_ratchet_key = vec![9; 32];
        }),
        ("chain ids that don't descend", "RATCHET-30", |record| record.old[32..36].fill(0)),
        ("a chain id at the end", "RATCHET-30", |record| {
            record.receiving.as_mut().expect("there").id = u64::MAX;
        }),
        ("a newest chain of which nothing was read", "RATCHET-30", |record| {
            record.receiving.as_mut().expect("there").next = 0;
        }),
        ("a skipped number beyond what was read", "RATCHET-30", |record| {
            record.receiving.as_mut().expect("there").next = 3;
        }),
        ("a responder that has read nothing", "RATCHET-30", |record| record.receiving = None),
        ("a handshake part at a responder", "RATCHET-30", |record| record.handshake = vec![1; 100]),
        ("a chain's ratchet key that isn't canonical", "RATCHET-30", |record| {
            record.receiving.as_mut().expect("there").ratchet_key = vec![0xff; 32];
        }),
        ("a resumption secret too few", "RATCHET-60", |record| record.resumption.truncate(64)),
        ("a resumption secret too many", "RATCHET-60", |record| record.resumption.extend([7; 32])),
        ("part of a resumption secret", "WIRE-150", |record| record.resumption.extend([7; 16])),
        ("part of an opened message", "WIRE-151", |record| record.opened.extend([0; 11])),
        ("opened in a chain that is not there", "RATCHET-60", |record| record.opened[1] = 0x20),
        ("opened twice", "RATCHET-60", |record| record.opened.extend_from_within(..12)),
        ("opened and skipped", "RATCHET-60", |record| {
            let last = record.opened.len() - 12;
            record.opened[last..last + 4].copy_from_slice(&1_u32.to_be_bytes());
        }),
        ("blocks in no order", "WIRE-84", |record| {
            record.skipped.insert(0, SkippedIndex { place: 0, block: 5, present: 1 });
        }),
        ("an epoch that is the other role's", "RATCHET-81", |record| record.epoch = 2),
        ("no stage of an epoch", "WIRE-82", |record| record.post_quantum = None),
        ("a chain before the first", "RATCHET-30", |record| record.old[32..36].fill(0xff)),
        ("part of an old chain", "WIRE-171", |record| record.old.push(0)),
        ("skipped keys of a chain that is not there", "RATCHET-30", |record| {
            record.skipped.push(SkippedIndex { place: 32, block: 0, present: 1 });
        }),
    ];
    refuse(vectors, &bob.stored().session, &edits);
    read(vectors, "of who is in the middle of a chain", &alice.stored().session);
    let offered: [Edit; 8] = [
        ("the other role's stage", "RATCHET-81", |record| epoch(record).stage = 4),
        ("a stage that there isn't", "WIRE-170", |record| epoch(record).stage = 7),
        ("no seed", "RATCHET-81", |record| epoch(record).seed.clear()),
        ("no key", "RATCHET-81", |record| epoch(record).blob.clear()),
        ("a key as long as an answer", "RATCHET-81", |record| epoch(record).blob.truncate(1120)),
        ("a secret before there is an answer", "RATCHET-81", |record| epoch(record).secret = vec![7; 32]),
        ("an epoch mixed in that is not over", "RATCHET-81", |record| epoch(record).mixed_epoch = 1),
        ("a time at which nothing was mixed in", "RATCHET-81", |record| epoch(record).mixed_made_ms = 1),
    ];
    let (mut alice, mut bob) = Pair::established(152);
    alice.read(&bob.seal(b"offers").expect("sealed"));
    read(vectors, "of who offers", &bob.stored().session);
    refuse(vectors, &bob.stored().session, &offered);
    let collecting: [Edit; 4] = [
        ("a shard twice", "RATCHET-81", |record| epoch(record).shards.extend_from_within(..33)),
        ("an index that there isn't", "RATCHET-81", |record| epoch(record).shards[0] = 255),
        ("part of a shard", "WIRE-170", |record| epoch(record).shards.truncate(34)),
        ("a time at which nothing was made", "RATCHET-81", |record| epoch(record).made_ms = 1),
    ];
    read(vectors, "of who collects", &alice.stored().session);
    refuse(vectors, &alice.stored().session, &collecting);
    let bytes = alice.stored().session;
    refuse_bytes(vectors, "a byte more", "WIRE-64", &[&bytes[..], &[0]].concat());
    refuse_bytes(vectors, "cut off", "WIRE-67", &bytes[..bytes.len() - 1]);
}

fn epoch(record: &mut SessionRecord) -> &mut PostQuantum {
    record.post_quantum.as_mut().expect("every session has one")
}

fn read(vectors: &mut Vectors, name: &str, bytes: &[u8]) {
    let session = Session::from_record(bytes, Limits::default()).expect("genuine");
    assert_eq!(&session.to_record()[..], bytes);
    let fields = Fields {
        inputs: json!({ "record": hex(bytes) }),
        intermediate: Value::Null,
        outputs: json!({ "record": hex(bytes) }),
    };
    vectors.accepted("read session record", name, &["WIRE-82", "WIRE-170", "RATCHET-30"], fields);
}

fn refuse(vectors: &mut Vectors, genuine: &[u8], edits: &[Edit]) {
    for (name, rule, edit) in edits {
        let mut record = SessionRecord::decode_strict(genuine).expect("genuine");
        edit(&mut record);
        refuse_bytes(vectors, name, rule, &record.encode_canonical());
    }
}

fn refuse_bytes(vectors: &mut Vectors, name: &str, rule: &str, bytes: &[u8]) {
    assert!(Session::from_record(bytes, Limits::default()).is_err(), "{name}");
    let inputs = json!({ "record": hex(bytes) });
    vectors.refused("read session record", name, &[rule], "record", "Malformed", inputs);
}
