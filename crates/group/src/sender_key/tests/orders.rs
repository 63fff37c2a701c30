//! Any order, loss and duplication: each message opens once.

use proptest::prelude::*;

use super::*;

// spec: GROUP-101, GROUP-138
#[test]
fn a_key_seals_4096_messages_and_no_more() {
    let mut author = Author::new(1);
    let mut receiver = author.receiver();
    let mut last = Vec::new();
    for n in 0..4096_u32 {
        assert!(author.key.distribution().is_ok());
        last = author.seal(&n.to_be_bytes());
    }
    let mut out = vec![1, 2, 3];
    let full = author.key.seal(&frame(b"x"), ROSTER, Padding::default(), &mut author.salt, &mut out);
    assert_eq!(full.err(), Some(SealError::KeyExhausted));
    assert!(out.is_empty());
    assert!(author.key.distribution().is_err());
    // the whole length of the chain in one message
    let message = GroupMessage::parse(&last).unwrap();
    assert_eq!(receiver.key.locate(&message).unwrap().steps(), 4096);
    assert_eq!(receiver.open(&last), Ok(4095_u32.to_be_bytes().to_vec()));
    assert_eq!(receiver.key.skipped_keys(), 4095);
    assert_eq!(receiver.records.len(), 64);
    // spec: GROUP-149
    assert!(receiver.key.chain.is_none() && !receiver.key.is_spent());
}

// spec: GROUP-144
#[test]
fn traffic_in_order_touches_no_record() {
    let mut author = Author::new(2);
    let mut receiver = author.receiver();
    let messages = author.seal_many(200);
    receiver.open(&messages[70]).unwrap();
    let records = receiver.records.clone();
    for message in &messages[71..] {
        let message = GroupMessage::parse(message).unwrap();
        assert_eq!(receiver.key.locate(&message).unwrap().needed(), None);
        let mut out = Vec::new();
        let changes = receiver.key.locate(&message).unwrap().open(None, &mut out).unwrap().commit().changes;
        assert!(changes.put.is_empty() && changes.remove.is_empty());
    }
    for message in &messages[..70] {
        receiver.open(message).unwrap();
    }
    assert_eq!(records.len(), 2);
    assert!(receiver.records.is_empty());
    assert_eq!(receiver.key.last_seen(), Some(199));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Against a set of numbers: what opens, and what is kept.
    #[test]
    fn each_message_opens_exactly_once(
        joins in 0..60_u32,
        order in prop::collection::vec(0..200_u32, 1..120),
    ) {
        let mut author = Author::new(3);
        let mut messages = author.seal_many(joins);
        let mut receiver = author.receiver();
        messages.extend(author.seal_many(200 - joins));
        let (mut opened, mut next) = (BTreeSet::new(), joins);
        for n in order {
            let before = receiver.state();
            let result = receiver.open(&messages[n as usize]);
            if n < joins {
                // spec: GROUP-141
                prop_assert_eq!(result, Err(OpenError::BeforeFirst));
                prop_assert_eq!(receiver.state(), before);
            } else if opened.insert(n) {
                let content = n - joins;
                prop_assert_eq!(result, Ok(content.to_be_bytes().to_vec()));
                next = next.max(n + 1);
            } else {
                // spec: GROUP-143
                prop_assert_eq!(result, Err(OpenError::Duplicate));
                prop_assert_eq!(receiver.state(), before);
            }
            prop_assert_eq!(receiver.key.next(), next);
            let kept = (next - joins) as usize - opened.len();
            prop_assert_eq!(receiver.key.skipped_keys() as usize, kept);
        }
    }
}

// spec: GROUP-145
#[test]
fn a_lost_record_takes_its_own_messages_with_it_and_no_others() {
    let mut author = Author::new(4);
    let mut receiver = author.receiver();
    let messages = author.seal_many(200);
    receiver.open(&messages[70]).unwrap();
    let before = receiver.state();
    let mut store_lost = receiver.copy();
    store_lost.records.remove(&1);
    assert_eq!(store_lost.open(&messages[65]), Err(OpenError::WrongRecords));
    assert_eq!(store_lost.open(&messages[3]).unwrap(), 3_u32.to_be_bytes());
    // an older content of the record is as good as none
    receiver.open(&messages[64]).unwrap();
    receiver.records.insert(1, before.1[&1].clone());
    assert_eq!(receiver.open(&messages[65]), Err(OpenError::WrongRecords));
    // the keys of a gap that begins in the lost block are kept, and the others reported
    let message = GroupMessage::parse(&messages[80]).unwrap();
    let mut out = Vec::new();
    let changes = receiver.key.locate(&message).unwrap().open(None, &mut out).unwrap().commit().changes;
    assert_eq!(changes.lost_keys, 5);
    store(&mut receiver.records, &changes);
    receiver.reload();
    assert_eq!(receiver.open(&messages[75]).unwrap(), 75_u32.to_be_bytes());
    assert_eq!(receiver.open(&messages[66]), Err(OpenError::Duplicate));
}

// spec: GROUP-174
#[test]
fn a_block_of_another_place_is_no_block() {
    use entrenous_wire::{Strict, proto::SkippedKeysRecord};
    let record = |chain, block| {
        SkippedKeysRecord { version: 1, chain, block, present: 1, keys: vec![7; 32] }.encode_canonical()
    };
    assert!(SkippedBlock::from_record(&record(0, 63)).is_ok());
    assert!(SkippedBlock::from_record(&record(0, 64)).is_err());
    assert!(SkippedBlock::from_record(&record(1, 0)).is_err());
}

// spec: GROUP-136, GROUP-139
#[test]
fn a_key_that_seals_twice_from_one_state_shares_no_nonce() {
    let author = Author::new(5);
    let record = author.key.to_record();
    let mut nonces = BTreeSet::new();
    for seed in 0..20 {
        // a client opened anew from a snapshot has another base
        let mut again = Author { key: SendingKey::from_record(&record).unwrap(), ..Author::new(100 + seed) };
        for _ in 0..5 {
            // dropped: the key stays, the salt goes on
            let mut out = Vec::new();
            let sealed =
                again.key.seal(&frame(b"same"), ROSTER, Padding::default(), &mut again.salt, &mut out);
            drop(sealed.unwrap());
            assert!(out.is_empty());
            assert_eq!(again.key.to_record(), record);
        }
        let sealed = again.seal(b"same");
        let message = GroupMessage::parse(&sealed).unwrap();
        assert_eq!(message.iteration(), 0);
        assert!(nonces.insert(*message.nonce_salt()));
        // spec: GROUP-143
        let mut receiver = author.receiver();
        receiver.open(&sealed).unwrap();
        let other = again_from(&record, 200 + seed).seal(b"other");
        assert_eq!(receiver.open(&other), Err(OpenError::Duplicate));
    }
}

fn again_from(record: &[u8], seed: u64) -> Author {
    Author { key: SendingKey::from_record(record).unwrap(), ..Author::new(seed) }
}

// spec: GROUP-105
#[test]
fn renewal_is_due_by_messages_and_by_age_whatever_the_clock_does() {
    let mut author = Author::new(6);
    let policy = RenewalPolicy::default();
    author.key.created = Timestamp::from_ms(10_000_000_000);
    let at = |ms: i64| Timestamp::from_ms(10_000_000_000_u64.checked_add_signed(ms).unwrap());
    let week = 7 * 86_400_000;
    for (ms, due) in [(0, false), (week - 1, false), (week, true), (1 - week, false), (-week, true)] {
        assert_eq!(author.key.renewal_due(&policy, at(ms)), due, "{ms}");
    }
    author.seal_many(999);
    assert!(!author.key.renewal_due(&policy, at(0)));
    author.seal(b"x");
    assert!(author.key.renewal_due(&policy, at(0)));
    let greedy = RenewalPolicy { messages: u32::MAX, ..policy };
    author.seal_many(3096);
    assert!(author.key.renewal_due(&greedy, at(0)));
}
