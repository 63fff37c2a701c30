//! A backlog comes to what its messages come to one by one.

use proptest::prelude::*;

use super::*;

/// What a single message comes to, with the same refusals of the caller.
fn one_by_one(
    receivers: &mut [Receiver],
    messages: &[Vec<u8>],
    declined: &[bool],
) -> Vec<Result<Vec<u8>, OpenError>> {
    let open = |(bytes, declined): (&Vec<u8>, &bool)| {
        let message = GroupMessage::parse(bytes).unwrap();
        let at = receivers.iter().position(|receiver| receiver.key.id().0 == *message.key_id());
        let receiver = &mut receivers[at.ok_or(OpenError::Declined)?];
        let needed = receiver.key.locate(&message)?.needed();
        let record = needed.and_then(|number| receiver.block(number));
        let mut out = Vec::new();
        let opened = receiver.key.locate(&message)?.open(record, &mut out)?;
        if *declined {
            return Err(OpenError::Declined);
        }
        let committed = opened.commit();
        let content = committed.frame.expect("a frame").content.to_vec();
        forget_lost(&mut receiver.records, &committed.changes);
        Ok(content)
    };
    messages.iter().zip(declined).map(open).collect()
}

/// As [`store`], for stores that have lost records.
fn forget_lost(records: &mut BTreeMap<u32, Vec<u8>>, changes: &RecordChanges) {
    for block in &changes.put {
        records.insert(block.number(), block.to_record().to_vec());
    }
    for number in &changes.remove {
        records.remove(number);
    }
}

fn at_once(
    receivers: &mut [Receiver],
    messages: &[Vec<u8>],
    declined: &[bool],
) -> Vec<Result<Vec<u8>, OpenError>> {
    let parsed: Vec<_> = messages.iter().map(|bytes| GroupMessage::parse(bytes).unwrap()).collect();
    let keys = receivers.iter_mut().map(|Receiver { key, records }| {
        let needed = key.needed_for(&parsed).into_iter().filter_map(|number| records.get(&number));
        let records = needed.map(|bytes| SkippedBlock::from_record(bytes).unwrap()).collect();
        BacklogKey { key, records }
    });
    let opened = open_backlog(keys.collect(), &parsed, |at, verified| {
        assert_eq!(verified.iteration, parsed[at].iteration());
        !declined[at]
    });
    let CommittedBacklog { messages, changes } = opened.commit();
    for (id, changes) in changes {
        let receiver = receivers.iter_mut().find(|receiver| receiver.key.id() == id).unwrap();
        forget_lost(&mut receiver.records, &changes);
    }
    let content = |message: BacklogMessage| message.frame().expect("a frame").content.to_vec();
    messages.into_iter().map(|message| message.map(content)).collect()
}

#[derive(Clone, Debug)]
struct Item {
    author: usize,
    n: usize,
    fate: Fate,
    declined: bool,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Genuine,
    /// Outsiders change a byte.
    Changed(usize),
    /// A member seals something else in the place of the signature.
    Unsigned,
    /// The sender seals its number twice.
    Twice,
}

fn item() -> impl Strategy<Value = Item> {
    let fate = prop_oneof![
        6 => Just(Fate::Genuine),
        1 => (18..158_usize).prop_map(Fate::Changed),
        2 => Just(Fate::Unsigned),
        1 => Just(Fate::Twice),
    ];
    (0..4_usize, 0..150_usize, fate, prop::bool::weighted(0.15))
        .prop_map(|(author, n, fate, declined)| Item { author, n, fate, declined })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // spec: GROUP-155
    #[test]
    fn a_backlog_is_the_same_as_one_by_one(
        items in prop::collection::vec(item(), 0..80),
        early in prop::collection::vec((0..3_usize, 0..150_usize), 0..12),
        lost in prop::option::weighted(0.3, (0..3_usize, 0..3_u32)),
        (closed, parked) in (prop::option::weighted(0.3, 0..3_usize), prop::option::of(0..150_u32)),
    ) {
        let mut authors: Vec<Author> =
            (1..=4).map(|i| Author::of(50 + u64::from(i), sender(i, 1))).collect();
        let snapshots: Vec<_> = authors.iter().map(|author| author.key.to_record()).collect();
        // of the fourth nobody has the key
        let mut receivers: Vec<Receiver> = authors[..3].iter().map(Author::receiver).collect();
        let sealed: Vec<Vec<Vec<u8>>> = authors.iter_mut().map(|author| author.seal_many(150)).collect();
        for (author, n) in early {
            let _: Result<_, _> = receivers[author].open(&sealed[author][n]);
        }
        if let Some((author, block)) = lost {
            receivers[author].records.remove(&block);
        }
        if let Some(author) = closed {
            let changes = receivers[author].key.close(parked, NOW);
            store(&mut receivers[author].records, &changes);
        }
        let message = |item: &Item| {
            let genuine = sealed[item.author][item.n].clone();
            let again = |signer: Option<u8>| {
                let mut key = SendingKey::from_record(&snapshots[item.author]).unwrap();
                for _ in 0..item.n {
                    key.chain = kdf::chain_step(&key.chain).0;
                }
                key.iteration = u32::try_from(item.n).unwrap();
                if let Some(seed) = signer {
                    key.signing = entrenous_primitives::ed25519::SigningKey::from_seed(&[seed; 32]);
                }
                let salt = NonceSalt::new(&mut Scripted::new(99)).unwrap();
                Author { key, salt }.seal(b"another")
            };
            match item.fate {
                Fate::Genuine => genuine,
                Fate::Changed(at) => {
                    let mut bytes = genuine;
                    bytes[at.clamp(22, 157)] ^= 1;
                    bytes
                }
                Fate::Unsigned => again(Some(1)),
                Fate::Twice => again(None),
            }
        };
        let messages: Vec<_> = items.iter().map(message).collect();
        let declined: Vec<_> = items.iter().map(|item| item.declined).collect();
        let mut copies: Vec<Receiver> = receivers.iter().map(Receiver::copy).collect();
        let single = one_by_one(&mut copies, &messages, &declined);
        let batch = at_once(&mut receivers, &messages, &declined);
        prop_assert_eq!(batch, single);
        for (one, other) in receivers.iter().zip(&copies) {
            prop_assert_eq!(one.state(), other.state());
        }
    }
}

// spec: GROUP-139
#[test]
fn a_backlog_that_is_dropped_leaves_no_trace() {
    let mut author = Author::new(60);
    let mut receiver = author.receiver();
    let messages = author.seal_many(20);
    let parsed: Vec<_> = messages.iter().rev().map(|bytes| GroupMessage::parse(bytes).unwrap()).collect();
    let before = receiver.state();
    let keys = vec![BacklogKey { key: &mut receiver.key, records: Vec::new() }];
    drop(open_backlog(keys, &parsed, |_, _| true));
    assert_eq!(receiver.state(), before);
}

// spec: GROUP-147, GROUP-155
#[test]
fn one_bad_message_is_named_and_the_others_delivered() {
    let mut author = Author::new(61);
    let mut receiver = author.receiver();
    let mut messages = author.seal_many(200);
    messages[77][100] ^= 1;
    let results = at_once(core::slice::from_mut(&mut receiver), &messages, &[false; 200]);
    for (at, result) in results.into_iter().enumerate() {
        match at {
            77 => assert_eq!(result, Err(OpenError::Rejected)),
            at => assert_eq!(result, Ok(u32::try_from(at).unwrap().to_be_bytes().to_vec())),
        }
    }
    assert_eq!(receiver.key.skipped_keys(), 1);
}
