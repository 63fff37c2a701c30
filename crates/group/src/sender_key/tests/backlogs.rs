//! A backlog comes to what its messages come to one by one.

use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

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
    /// The sender signs with a point outside of the subgroup of prime order.
    Torsion(usize),
}

/// The message, its signature changed as only the sender can: R has another part of small order.
fn with_torsion(bytes: &[u8], at_0: &[u8], torsion: EdwardsPoint) -> Vec<u8> {
    let message = GroupMessage::parse(bytes).unwrap();
    let key = SendingKey::from_record(at_0).unwrap();
    let mut chain = key.chain;
    for _ in 0..message.iteration() {
        chain = kdf::chain_step(&chain).0;
    }
    let mk = kdf::chain_step(&chain).1;
    let mut body = vec![0; message.body().len()];
    boxes::open(&mk, &message, &mut body).unwrap();
    let signed = boxes::signed(&key.description, key.id, message.iteration(), ROSTER, &body[96..]);

    let mut secret: [u8; 32] = *Sha512::digest(key.signing.seed()).first_chunk().unwrap();
    (secret[0], secret[31]) = (secret[0] & 248, secret[31] & 127 | 64);
    let secret = Scalar::from_bytes_mod_order(secret);
    let hash = |point: &[u8]| {
        let public = key.description.signing;
        let hash = Sha512::new().chain_update(point).chain_update(public.as_bytes()).chain_update(signed);
        Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
    };
    let s = Scalar::from_bytes_mod_order(*body[32..].first_chunk().unwrap());
    let r = s - hash(&body[..32]) * secret;
    let point = (EdwardsPoint::mul_base(&r) + torsion).compress().to_bytes();
    body[32..64].copy_from_slice((r + hash(&point) * secret).as_bytes());
    body[..32].copy_from_slice(&point);

    let tag = boxes::seal(&mk, message.open(), &mut body).unwrap();
    [&message.open()[..], &body, &tag].concat()
}

// spec: GROUP-147, GROUP-155
#[test]
fn a_point_with_torsion_opens_alone_and_in_a_backlog() {
    let mut author = Author::new(62);
    let at_0 = author.key.to_record();
    let genuine = author.seal_many(32);
    let odd: Vec<_> = (genuine.iter().enumerate())
        .map(|(at, bytes)| with_torsion(bytes, &at_0, EIGHT_TORSION[at % 8]))
        .collect();
    assert_eq!((odd[0] == genuine[0], odd[1] == genuine[1]), (true, false));
    for messages in [&odd[..], &odd[1..2], &odd[5..7]] {
        let mut receivers = [Author::new(62).receiver(), Author::new(62).receiver()];
        let [alone, backlog] = &mut receivers;
        let declined = vec![false; messages.len()];
        let single = one_by_one(core::slice::from_mut(alone), messages, &declined);
        assert!(single.iter().all(Result::is_ok));
        assert_eq!(at_once(core::slice::from_mut(backlog), messages, &declined), single);
    }
}

fn item() -> impl Strategy<Value = Item> {
    let fate = prop_oneof![
        6 => Just(Fate::Genuine),
        1 => (18..158_usize).prop_map(Fate::Changed),
        2 => Just(Fate::Unsigned),
        1 => Just(Fate::Twice),
        2 => (0..8_usize).prop_map(Fate::Torsion),
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
                Fate::Torsion(at) => with_torsion(&genuine, &snapshots[item.author], EIGHT_TORSION[at]),
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

#[test]
fn debug_shows_no_plaintext() {
    let mut author = Author::new(62);
    let mut receiver = author.receiver();
    let sealed = author.seal(&[0xab; 40]);
    let parsed = [GroupMessage::parse(&sealed).unwrap()];
    let keys = vec![BacklogKey { key: &mut receiver.key, records: Vec::new() }];
    let opened = open_backlog(keys, &parsed, |_, _| true);
    assert_eq!(alloc::format!("{opened:?}"), "OpenedBacklog(1 keys, 1 messages)");
    let shown = alloc::format!("{:?}", opened.commit().messages[0]);
    assert!(shown.ends_with("160 bytes [redacted]))") && !shown.contains("171, 171"), "{shown}");
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
