//! Records: a store that loses or mixes them up costs the messages in them, not the session; a record that no
//! session has written is refused.
#![allow(clippy::unwrap_used, reason = "test code")]

use entrenous_identity::Day;
use entrenous_ratchet::{EpochStatus, Expired, Limits, OpenError, Party, Session, Status};
use entrenous_testkit::{
    device::TODAY,
    pair::Pair,
    peer::{Peer, Refused},
};
use entrenous_wire::{
    Malformed, Reason, Strict,
    proto::{PostQuantum, Sending, SessionRecord, SkippedIndex},
    records::OLD_CHAIN_LEN,
};

/// Bob has read number 5 of Alice's chain and lacks five before it; what Alice sent, by number.
fn with_skipped(seed: u64) -> (Peer, Peer, Vec<Vec<u8>>) {
    let (mut alice, mut bob) = Pair::established(seed);
    let reply = bob.seal(b"reply").unwrap();
    alice.open(&reply).unwrap();
    let sent: Vec<_> = (0..8u8).map(|n| alice.seal(&[n]).unwrap()).collect();
    bob.open(&sent[5]).unwrap();
    (alice, bob, sent)
}

// spec: RATCHET-31
#[test]
fn a_lost_skipped_record_costs_its_messages_only() {
    let (mut alice, mut bob, sent) = with_skipped(1);
    assert_eq!(bob.skipped.len(), 1);
    bob.skipped.clear();

    let before = bob.stored();
    assert_eq!(bob.open(&sent[2]), Err(Refused::Open(OpenError::WrongRecords)));
    assert_eq!(bob.stored(), before);
    assert_eq!(bob.open(&sent[6]).unwrap().report.lost_keys, 0);
    // number 8 leaves 7 out: the lost record is begun anew, and what was in it is told
    let eighth = alice.seal(&[8]).unwrap();
    let received = bob.open(&eighth).unwrap();
    assert_eq!(received.report.lost_keys, 5);
    assert_eq!(bob.open(&sent[7]).unwrap().content, Ok(vec![7]));
    assert_eq!(bob.open(&sent[2]), Err(Refused::Open(OpenError::Duplicate)));
    // the turn, whose plan names the record too, goes through as well
    let reply = bob.seal(b"turn").unwrap();
    alice.open(&reply).unwrap();
    assert_eq!(bob.open(&alice.seal(b"new chain").unwrap()).unwrap().content, Ok(b"new chain".to_vec()));
}

// spec: RATCHET-31
#[test]
fn an_older_skipped_record_is_not_taken_for_the_current_one() {
    let (_, mut bob, sent) = with_skipped(2);
    let older = bob.skipped.clone();
    bob.open(&sent[2]).unwrap();
    // the store gives back what was there before number 2 was read
    bob.skipped = older;
    assert_eq!(bob.open(&sent[3]), Err(Refused::Open(OpenError::WrongRecords)));
    assert_eq!(bob.open(&sent[2]), Err(Refused::Open(OpenError::Duplicate)));
}

#[test]
fn old_chains_expire_without_a_turn() {
    let (mut alice, mut bob, sent) = with_skipped(3);
    let reply = bob.seal(b"turn").unwrap();
    alice.open(&reply).unwrap();
    bob.open(&alice.seal(b"new chain").unwrap()).unwrap();
    assert_eq!(bob.session.skipped_keys(), 7);

    let days = Limits::default().old_chain_days;
    assert_eq!(bob.session.expire(Day(TODAY.0 + days - 1)), Expired { lost_keys: 0, records: Vec::new() });
    assert_eq!(bob.open(&sent[0]).unwrap().content, Ok(vec![0]));
    let records = bob.skipped.keys().copied().collect();
    assert_eq!(bob.session.expire(Day(TODAY.0 + days)), Expired { lost_keys: 6, records });
    assert_eq!(bob.session.skipped_keys(), 0);
    assert_eq!(bob.open(&sent[1]), Err(Refused::Open(OpenError::Rejected)));
}

/// A session beside others with the same peer has less room for former chains, and keeps what its others open.
// spec: RATCHET-59
#[test]
fn former_chains_without_room_go_the_oldest_first() {
    let (mut alice, mut bob, sent) = with_skipped(6);
    // two more chains of Alice's, each with a message left out
    let mut late = vec![sent[2].clone()];
    for _ in 0..2 {
        let reply = bob.seal(b"turn").unwrap();
        alice.open(&reply).unwrap();
        late.push(alice.seal(b"late").unwrap());
        bob.open(&alice.seal(b"read").unwrap()).unwrap();
    }
    assert_eq!(bob.session.keep_old_chains(TODAY, 2), Expired::default());
    assert_eq!(bob.session.old_chains(), 2);
    let expired = bob.session.keep_old_chains(TODAY, 1);
    // five of the oldest, and two at the end of it: 6 and 7
    assert_eq!((expired.lost_keys, expired.records.len(), bob.session.old_chains()), (7, 1, 1));
    expired.records.iter().for_each(|id| drop(bob.skipped.remove(id)));
    assert_eq!(bob.session.keep_old_chains(TODAY, 1), Expired::default());
    // the newest chain and the one before it
    let mut bob = bob.reopen(&bob.stored(), 90);
    assert_eq!(bob.refuse(&late[0]), Refused::Open(OpenError::Rejected));
    assert_eq!(bob.read(&late[1]), b"late");
    assert_eq!(bob.read(&late[2]), b"late");
    // it is still a session: Bob's chain waits for Alice's next one
    let reply = bob.seal(b"once more").unwrap();
    assert_eq!(bob.session.keep_old_chains(TODAY, 0), Expired::default());
    alice.open(&reply).unwrap();
    let overtaken = alice.seal(b"overtaken").unwrap();
    assert_eq!(bob.read(&alice.seal(b"answer").unwrap()), b"answer");
    assert_eq!(bob.read(&overtaken), b"overtaken");
    assert_eq!(SessionRecord::decode_strict(&bob.stored().session).unwrap().old.len(), OLD_CHAIN_LEN);
}

#[test]
fn the_status_follows_the_session() {
    let (mut alice, mut bob) = Pair::established(8);
    bob.policy.post_quantum.offers = false;
    let status = |own_turn, sent, received| Status {
        party: Party::Initiator,
        answered: received > 0,
        own_turn,
        sent,
        received,
        post_quantum: EpochStatus { epoch: 1, under_way: false, mixed: None, skipped: 0 },
    };
    assert_eq!(alice.session.status(), status(false, 1, 0));
    alice.seal_many(2);
    assert_eq!(alice.session.status(), status(false, 3, 0));
    let replies = bob.seal_many(4);
    // what is missing counts
    alice.open(&replies[2]).unwrap();
    assert_eq!(alice.session.status(), status(true, 0, 3));
    alice.open(&replies[0]).unwrap();
    alice.seal(b"turn").unwrap();
    assert_eq!(alice.session.status(), status(false, 1, 3));
    let bobs =
        Status { party: Party::Responder, own_turn: false, sent: 4, received: 1, ..status(false, 0, 1) };
    assert_eq!(bob.session.status(), bobs);
}

/// As many bytes as the specification states, with as many old chains as there may be.
#[test]
fn sizes_of_session_records() {
    let (mut alice, mut bob) = Pair::established(9);
    bob.policy.post_quantum.offers = false;
    for round in 0..100 {
        alice.open(&bob.seal(b"turn").unwrap()).unwrap();
        bob.open(&alice.seal(b"turn").unwrap()).unwrap();
        for (end, most) in [(&alice, 770), (&bob, 670)] {
            let len = end.stored().session.len();
            let old = SessionRecord::decode_strict(&end.stored().session).unwrap().old.len();
            assert!(len <= most + old, "{len} bytes, {old} of them old chains");
            let full = old == 32 * OLD_CHAIN_LEN && len > most + old - 10;
            assert!(round < 40 || full, "the specification states more");
        }
    }
}

/// With as many old chains as there may be, at every point of four epochs.
#[test]
fn sizes_of_session_records_within_an_epoch() {
    let (mut alice, mut bob) = Pair::established(10);
    let mut largest = 0;
    while alice.session.status().post_quantum.epoch < 5 {
        for end in [&mut alice, &mut bob] {
            end.policy.post_quantum.pause_messages = 0;
        }
        alice.open(&bob.seal(b"turn").unwrap()).unwrap();
        bob.open(&alice.seal(b"turn").unwrap()).unwrap();
        for end in [&alice, &bob] {
            let old = SessionRecord::decode_strict(&end.stored().session).unwrap().old.len();
            largest = largest.max(end.stored().session.len() - old);
        }
    }
    assert!((3_000..=3_200).contains(&largest), "{largest} bytes without old chains");
}

/// What is changed in a record, and how.
type Edit = (&'static str, fn(&mut SessionRecord));

// spec: RATCHET-30, RATCHET-60
#[test]
fn records_that_no_session_has_written_are_refused() {
    let (alice, bob, _) = with_skipped(4);
    let edits: [Edit; 16] = [
        ("role", |record| record.role = 3),
        ("epoch", |record| record.epoch = 2),
        ("chain id at its end", |record| record.receiving.as_mut().unwrap().id = u64::MAX),
        ("chain ids not descending", |record| record.old[32..36].fill(0)),
        ("nothing read of a chain", |record| record.receiving.as_mut().unwrap().next = 0),
        ("skipped beyond what was read", |record| record.receiving.as_mut().unwrap().next = 3),
        ("a handshake after the reply", |record| record.handshake = vec![1; 100]),
        ("a responder that has read nothing", |record| record.receiving = None),
        ("a resumption secret too few", |record| record.resumption.truncate(64)),
        ("a resumption secret too many", |record| record.resumption.extend([7; 32])),
        ("no resumption secret", |record| record.resumption.clear()),
        ("opened in a chain that is not there", |record| record.opened[1] = 0x20),
        ("opened beyond what was read", |record| record.opened[15] = 6),
        ("opened twice", |record| record.opened.extend_from_within(..12)),
        ("opened and skipped", |record| record.opened[15] = 2),
        ("another peer than the chain's", |record| record.peer_ratchet_key = vec![9; 32]),
    ];
    let genuine = bob.stored().session;
    assert_refused(&genuine, &edits);
    let twice = edits.iter().find(|(what, _)| *what == "chain ids not descending").unwrap();
    assert_eq!(read_with(&genuine, twice).unwrap_err().field, "session chains");
    let unread: Edit = ("a key of what was not read", |record| record.skipped[0].present |= 1 << 6);
    assert_eq!(read_with(&genuine, &unread).unwrap_err().field, "skipped index");
    let forgotten: Edit = ("what was read, and is not known to be", |record| {
        record.opened.truncate(12);
        record.skipped[0].present |= 1 << 5;
    });
    assert!(read_with(&genuine, &forgotten).is_ok());
    let last: Edit = ("the last chain id", |record| {
        record.receiving.as_mut().unwrap().id = 1 << 62;
        record.resumption.resize(4 * 32, 7);
    });
    assert!(read_with(&genuine, &last).is_ok());
    assert!(Session::from_record(&alice.stored().session, Limits::default()).is_ok());
}

/// Before the first answer: the initiator has the handshake that it sends, and nothing of the other side.
// spec: RATCHET-30, RATCHET-32
#[test]
fn unanswered_sessions_that_nobody_has_written_are_refused() {
    let mut pair = Pair::new(12, Limits::default());
    let begun: [Edit; 3] = [
        ("another handshake than that of the hash", |record| record.handshake[9] ^= 1),
        ("no handshake", |record| record.handshake.clear()),
        ("messages sent and no chain", |record| record.sent = 1),
    ];
    assert_refused(&pair.alice.stored().session, &begun);
    pair.alice.seal(b"first").unwrap();
    let sent: [Edit; 3] = [
        ("a chain before the first", |record| sending(record).previous = 1),
        ("a chain that mixes in what there is not", |record| sending(record).epoch_step = 1),
        ("a chain that skips what there is not", |record| sending(record).epoch_step = 2),
    ];
    assert_refused(&pair.alice.stored().session, &sent);
}

/// The sending chain of a session that has one.
fn sending(record: &mut SessionRecord) -> &mut Sending {
    record.sending.as_mut().unwrap()
}

/// Blocks of an old chain's skipped keys, which go by their numbers.
// spec: RATCHET-30
#[test]
fn blocks_that_do_not_ascend_are_refused() {
    let (_, bob, _) = with_skipped(7);
    let genuine = bob.stored().session;
    let with = |blocks: [(u32, u64); 2]| {
        let mut record = SessionRecord::decode_strict(&genuine).unwrap();
        let index = |(block, present)| SkippedIndex { place: 1, block, present };
        record.skipped.extend(blocks.map(index));
        Session::from_record(&record.encode_canonical(), Limits::default())
            .map(|session| session.skipped_keys())
    };
    assert_eq!(with([(10, 1), (11, 1)]), Ok(7));
    for blocks in [[(10, 1), (10, 2)], [(11, 1), (10, 1)]] {
        assert_eq!(with(blocks).unwrap_err().reason, Reason::Order);
    }
}

/// Of a genuine record: it is read as it is, and with none of the edits.
fn assert_refused(genuine: &[u8], edits: &[Edit]) {
    assert!(Session::from_record(genuine, Limits::default()).is_ok());
    for edit in edits {
        assert!(read_with(genuine, edit).is_err(), "{}", edit.0);
    }
}

fn read_with(genuine: &[u8], (_, edit): &Edit) -> Result<Session, Malformed> {
    let mut record = SessionRecord::decode_strict(genuine).unwrap();
    edit(&mut record);
    Session::from_record(&record.encode_canonical(), Limits::default())
}

/// What the session of `record` has of its epoch.
fn epoch(record: &mut SessionRecord) -> &mut PostQuantum {
    record.post_quantum.as_mut().unwrap()
}

// spec: RATCHET-81
#[test]
fn epochs_that_no_session_has_written_are_refused() {
    let (mut alice, mut bob) = Pair::established(11);
    // Bob offers, and Alice has some of it
    alice.read(&bob.seal(b"answer").unwrap());
    let offered: [Edit; 14] = [
        ("an epoch that no session lives to see", |record| record.epoch = (1 << 62) + 1),
        ("the messages of a pause", |record| epoch(record).messages = 1),
        ("the day of a pause", |record| epoch(record).ended_day = 1),
        ("more shards sent than a byte counts", |record| epoch(record).sent_shards = 256),
        ("a time before the key was made", |record| epoch(record).made_ms = 1 << 48),
        ("the other role's epoch", |record| record.epoch = 2),
        ("the other role's stage", |record| epoch(record).stage = 4),
        ("no stage of any", |record| epoch(record).stage = 7),
        ("no seed", |record| epoch(record).seed.clear()),
        ("no key", |record| epoch(record).blob.clear()),
        ("a key as long as an answer", |record| epoch(record).blob.truncate(1120)),
        ("a secret before there is an answer", |record| epoch(record).secret = vec![7; 32]),
        ("mixed in, now or later", |record| epoch(record).mixed_epoch = 1),
        ("nothing mixed in at some time", |record| epoch(record).mixed_made_ms = 1),
    ];
    assert_refused(&bob.stored().session, &offered);
    assert!(bob.session.status().post_quantum.under_way);
    let collecting: [Edit; 10] = [
        ("a seed", |record| epoch(record).seed = vec![7; 64]),
        ("a blob of its own", |record| epoch(record).blob = vec![7; 1120]),
        ("a shard to be sent", |record| epoch(record).next_shard = 1),
        ("a peer that has what isn't sent", |record| epoch(record).peer_has = 1),
        ("shards sent in Turn", |record| epoch(record).sent_shards = 1),
        ("the other role's epoch", |record| record.epoch = 2),
        ("a shard twice", |record| epoch(record).shards.extend_from_within(..33)),
        ("an index that there isn't", |record| epoch(record).shards[0] = 255),
        ("all shards, and no key", |record| {
            epoch(record).shards = (0..37).flat_map(|index| [vec![index], vec![7; 32]].concat()).collect();
        }),
        ("a time at which nothing was made", |record| epoch(record).made_ms = 1),
    ];
    assert_refused(&alice.stored().session, &collecting);
    assert!(alice.session.status().post_quantum.under_way);
}

/// How a chain began is known from the epochs before it.
// spec: RATCHET-81
#[test]
fn chains_that_began_otherwise_are_refused() {
    let (mut alice, mut bob) = Pair::established(14);
    let steps = |peer: &Peer| {
        let record = SessionRecord::decode_strict(&peer.stored().session).unwrap();
        record.sending.as_ref().map(|sending| sending.epoch_step)
    };
    for end in [&mut alice, &mut bob] {
        end.policy.post_quantum.pause_messages = 0;
    }
    while steps(&alice) != Some(1) {
        alice.read(&bob.seal(b"turn").unwrap());
        bob.read(&alice.seal(b"turn").unwrap());
    }
    let skips: Edit = ("it skipped nothing", |record| sending(record).epoch_step = 2);
    assert_refused(&alice.stored().session, &[skips]);
}

/// Between two epochs there is nothing of either.
// spec: RATCHET-81
#[test]
fn pauses_that_no_session_has_written_are_refused() {
    let (mut alice, mut bob) = Pair::established(13);
    let rests =
        |peer: &Peer| epoch(&mut SessionRecord::decode_strict(&peer.stored().session).unwrap()).stage == 1;
    while !rests(&alice) {
        alice.read(&bob.seal(b"turn").unwrap());
        bob.read(&alice.seal(b"turn").unwrap());
    }
    let resting: [Edit; 3] = [
        ("shards", |record| epoch(record).shards = [vec![0], vec![7; 32]].concat()),
        ("a key", |record| epoch(record).blob = vec![7; 1184]),
        ("a secret", |record| epoch(record).secret = vec![7; 32]),
    ];
    assert_refused(&alice.stored().session, &resting);
    let last: Edit = ("the last epoch", |record| record.epoch = 1 << 62);
    assert!(read_with(&alice.stored().session, &last).is_ok());
}

#[test]
fn damaged_records_do_not_panic() {
    let (_, bob, _) = with_skipped(5);
    let genuine = bob.stored().session;
    for at in 0..genuine.len() {
        let flipped = [0x01, 0x80, 0xff].map(|change| {
            let mut damaged = genuine.clone();
            damaged[at] ^= change;
            damaged
        });
        for damaged in flipped.iter().map(Vec::as_slice).chain([&genuine[..at]]) {
            if let Ok(session) = Session::from_record(damaged, Limits::default()) {
                // another record, which the store's seal is there to tell apart: written again as it was read
                assert_eq!(*session.to_record(), damaged);
            }
        }
    }
}
