//! What a thief of the stored state gets, and for how long: nothing of what was opened or sent before, and
//! nothing after one full exchange; and what the honest side notices of a copy at work.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_ratchet::{CloneEvidence, OpenError, SkippedBlock};
use entrenous_testkit::{
    forge::{chain_step, record},
    pair::Pair,
    peer::{Peer, Refused, Stored},
};
use entrenous_wire::envelope::Envelope;

const DUPLICATE: Refused = Refused::Open(OpenError::Duplicate);
const NUMBER_USED_TWICE: Refused = Refused::Clone(CloneEvidence::NumberUsedTwice);
const REJECTED: Refused = Refused::Open(OpenError::Rejected);

/// Both ends after a full exchange, Alice's turn.
fn answered(seed: u64) -> (Peer, Peer) {
    let (mut alice, mut bob) = Pair::established(seed);
    exchange(&mut bob, &mut alice);
    (alice, bob)
}

fn exchange(writer: &mut Peer, reader: &mut Peer) {
    let message = writer.seal(b"exchanged").expect("sealed");
    assert_eq!(reader.read(&message), b"exchanged");
}

// ---- before the theft ----------------------------------------------------------------------------------------

/// The secrets of a record that a later step has to erase, by name.
struct Secrets {
    root: Vec<u8>,
    sending: Option<[Vec<u8>; 3]>,
    receiving_chain: Option<Vec<u8>>,
}

impl Secrets {
    fn of(stored: &Stored) -> Self {
        let record = record(&stored.session);
        Self {
            root: record.root.clone(),
            sending: record
                .sending
                .as_ref()
                .map(|it| [it.ratchet_secret.clone(), it.chain.clone(), it.header.clone()]),
            receiving_chain: record.receiving.as_ref().map(|it| it.chain.clone()),
        }
    }
}

/// Whether 32 secret bytes stand anywhere in what is stored.
fn holds(stored: &Stored, secret: &[u8]) -> bool {
    assert_eq!(secret.len(), 32);
    let within = |bytes: &[u8]| bytes.windows(32).any(|window| window == secret);
    within(&stored.session) || stored.skipped.values().any(|bytes| within(bytes))
}

/// The message key of the next message in the chain that `chain` is the key of.
fn message_key(chain: &[u8]) -> [u8; 32] {
    chain_step(chain).1
}

// spec: RATCHET-27
#[test]
fn steps_erase_what_they_used() {
    let (mut alice, mut bob) = answered(1);
    for _ in 0..3 {
        // a sending turn: the root, and its first message key; what is next in the chain stays, of course
        let before = Secrets::of(&alice.stored());
        let turn = alice.seal(b"turn").expect("sealed");
        let at_turn = Secrets::of(&alice.stored());
        assert!(holds(&alice.stored(), &at_turn.root), "the root in use is there");
        assert!(!holds(&alice.stored(), &before.root));
        // a step in the sending chain: its chain key and message key
        let [_, chain, _] = at_turn.sending.as_ref().expect("in a chain");
        assert!(holds(&alice.stored(), chain));
        let next = alice.seal(b"next").expect("sealed");
        assert!(!holds(&alice.stored(), chain) && !holds(&alice.stored(), &message_key(chain)));

        // a receiving turn: the root, our ratchet key with its whole chain, and the rest of the peer's former one
        let before = Secrets::of(&bob.stored());
        bob.read(&turn);
        let after = bob.stored();
        assert!(!holds(&after, &before.root));
        for secret in before.sending.iter().flatten().chain(&before.receiving_chain) {
            assert!(!holds(&after, secret));
        }
        // a step in the receiving chain, by the key that the writer had for it
        assert_eq!(Secrets::of(&after).receiving_chain.as_ref(), Some(chain));
        bob.read(&next);
        assert!(!holds(&bob.stored(), chain) && !holds(&bob.stored(), &message_key(chain)));
        core::mem::swap(&mut alice, &mut bob);
    }
}

#[test]
fn the_handshake_leaves_no_secret_behind() {
    let mut pair = Pair::new(2, entrenous_ratchet::Limits::default());
    let root = Secrets::of(&pair.alice.stored()).root;
    let first = pair.alice.seal(b"first").expect("sealed");
    let chain = Secrets::of(&pair.alice.stored()).sending.expect("in a chain")[1].clone();
    pair.accept(&first).expect("accepted");
    let bob = pair.bob.expect("accepted");
    assert!(!holds(&pair.alice.stored(), &root) && !holds(&bob.stored(), &root));
    assert_eq!(Secrets::of(&bob.stored()).receiving_chain, Some(chain));
}

/// Skipped keys are there until their message comes, and gone then.
// spec: RATCHET-18
#[test]
fn skipped_keys_are_erased_when_taken() {
    let (mut alice, mut bob) = answered(3);
    let skipped: Vec<_> = (0..70)
        .map(|n: u8| {
            let key = match Secrets::of(&alice.stored()).sending {
                Some([_, chain, _]) if n > 0 => Some(message_key(&chain)),
                _ => None,
            };
            (key, alice.seal(&[n]).expect("sealed"))
        })
        .collect();
    exchange(&mut alice, &mut bob);
    // half within the chain, half as a former one; in two blocks, from either side
    let (first, second) = skipped.split_at(35);
    for (part, turn) in [(first, true), (second, false)] {
        for (key, message) in part.iter().rev() {
            assert!(key.is_none_or(|key| holds(&bob.stored(), &key)), "kept until it comes");
            bob.read(message);
            assert!(key.is_none_or(|key| !holds(&bob.stored(), &key)), "erased when it came");
        }
        if turn {
            exchange(&mut bob, &mut alice);
            exchange(&mut alice, &mut bob);
        }
    }
    assert!(bob.skipped.is_empty());
}

/// Who takes all that Bob has opens nothing that Bob has read, and Alice's copy nothing that she has sent.
#[test]
fn the_past_stays_closed() {
    let (mut alice, mut bob) = answered(4);
    let mut past = Vec::new();
    for turn in 0..4 {
        let messages = alice.seal_many(6);
        // out of order, the first two late, in the next turn
        for at in [3, 2, 5, 4] {
            bob.read(&messages[at]);
        }
        for thief in [bob.reopen(&bob.stored(), 90 + turn), alice.reopen(&alice.stored(), 95 + turn)] {
            assert_closed(thief, messages[2..].iter().chain(&past));
        }
        exchange(&mut bob, &mut alice);
        past.extend(messages[2..].to_vec());
        exchange(&mut alice, &mut bob);
        for at in [1, 0] {
            bob.read(&messages[at]);
        }
        past.extend(messages[..2].to_vec());
        assert_closed(bob.reopen(&bob.stored(), 99), past.iter());
        exchange(&mut bob, &mut alice);
        assert_closed(bob.reopen(&bob.stored(), 99), past.iter());
    }
}

fn assert_closed<'m>(mut thief: Peer, messages: impl Iterator<Item = &'m Vec<u8>>) {
    for message in messages {
        let refused = thief.refuse(message);
        assert!(refused == DUPLICATE || refused == REJECTED, "{refused:?}");
    }
}

// ---- after the theft -----------------------------------------------------------------------------------------

/// Copies of `victim`: one as it is; and one that begins a chain of its own, since only who waits for an answer
/// opens new chains.
fn thieves(victim: &Peer) -> [Peer; 2] {
    let stored = victim.stored();
    let mut ready = victim.reopen(&stored, 81);
    ready.seal(b"never sent").expect("sealed");
    [victim.reopen(&stored, 80), ready]
}

/// Those of the thieves who open `message`.
fn reading(thieves: &mut [Peer], message: &[u8]) -> Vec<usize> {
    let opened = thieves.iter_mut().map(|thief| thief.open(message).is_ok());
    opened.enumerate().filter(|(_, opened)| *opened).map(|(at, _)| at).collect()
}

/// `victim` is copied while it is its turn: the thieves read the chain of `peer` that is open, and nothing from
/// the first chain on that answers a message of the victim's own.
fn heals_from_a_theft_in_turn(mut victim: Peer, mut peer: Peer) {
    exchange(&mut peer, &mut victim);
    let mut copies = thieves(&victim);
    for _ in 0..3 {
        let message = peer.seal(b"still readable").expect("sealed");
        assert_eq!(reading(&mut copies, &message), [0, 1]);
        victim.read(&message);
    }
    for _ in 0..4 {
        exchange(&mut victim, &mut peer);
        let message = peer.seal(b"healed").expect("sealed");
        assert_eq!(reading(&mut copies, &message), [0_usize; 0]);
        assert_eq!(victim.read(&message), b"healed");
    }
}

/// `victim` is copied in the middle of its chain, with the ratchet key that its peer answers to: the thieves
/// read the answer's whole chain, and nothing after the victim's next turn is answered.
fn heals_from_a_theft_in_a_chain(mut victim: Peer, mut peer: Peer) {
    exchange(&mut victim, &mut peer);
    let mut copies = thieves(&victim);
    for _ in 0..3 {
        let message = peer.seal(b"still readable").expect("sealed");
        assert_eq!(reading(&mut copies, &message), [0, 1]);
        victim.read(&message);
    }
    // now in turn, so that a copy may draw its own key; it opens nothing even so
    let ready = copies[0].stored();
    let mut ready = copies[0].reopen(&ready, 82);
    ready.seal(b"never sent").expect("sealed");
    let late = victim.reopen(&victim.stored(), 83);
    let mut copies: Vec<Peer> = copies.into_iter().chain([ready, late]).collect();
    for _ in 0..4 {
        exchange(&mut victim, &mut peer);
        let message = peer.seal(b"healed").expect("sealed");
        assert_eq!(reading(&mut copies, &message), [0_usize; 0]);
        assert_eq!(victim.read(&message), b"healed");
    }
}

#[test]
fn alice_heals_from_a_theft_in_turn() {
    let (alice, bob) = {
        let (mut alice, mut bob) = answered(5);
        exchange(&mut alice, &mut bob);
        (alice, bob)
    };
    heals_from_a_theft_in_turn(alice, bob);
}

#[test]
fn bob_heals_from_a_theft_in_turn() {
    let (alice, bob) = answered(6);
    heals_from_a_theft_in_turn(bob, alice);
}

#[test]
fn alice_heals_from_a_theft_in_a_chain() {
    let (alice, bob) = answered(7);
    heals_from_a_theft_in_a_chain(alice, bob);
}

#[test]
fn bob_heals_from_a_theft_in_a_chain() {
    let (mut alice, mut bob) = answered(8);
    exchange(&mut alice, &mut bob);
    heals_from_a_theft_in_a_chain(bob, alice);
}

/// The initiator's first state is the dearest to lose; it heals as any other.
#[test]
fn a_session_heals_from_a_theft_before_the_first_answer() {
    let (alice, bob) = Pair::established(9);
    heals_from_a_theft_in_a_chain(alice, bob);
    let (alice, bob) = Pair::established(10);
    heals_from_a_theft_in_turn(bob, alice);
}

// ---- copies and restored states at work ----------------------------------------------------------------------

/// A thief writes in Alice's name, further than she has; her next chain betrays it, and she goes on.
// spec: RATCHET-16
#[test]
fn a_copy_that_writes_is_noticed() {
    let (mut alice, mut bob) = answered(11);
    exchange(&mut alice, &mut bob);
    let mut thief = alice.reopen(&alice.stored(), 84);
    for message in thief.seal_many(3) {
        let received = bob.open(&message).expect("as good as Alice's");
        assert!(!received.report.clone_suspected);
    }
    // what Alice writes in the places that the thief took is lost
    let lost = alice.seal(b"lost").expect("sealed");
    assert_eq!(bob.refuse(&lost), NUMBER_USED_TWICE);
    exchange(&mut bob, &mut alice);
    let received = bob.open(&alice.seal(b"honest").expect("sealed")).expect("opens");
    assert_eq!(received.content.as_deref(), Ok(&b"honest"[..]));
    assert!(received.report.clone_suspected && received.report.new_chain);
    assert_eq!(received.report.lost_keys, 0);
    // once told, the session is as good as before, and the thief is out after the next exchange
    let mut copies = [thief];
    for _ in 0..3 {
        let answer = bob.seal(b"answer").expect("sealed");
        alice.read(&answer);
        assert_eq!(reading(&mut copies, &answer), [0_usize; 0]);
        let received = bob.open(&alice.seal(b"on").expect("sealed")).expect("opens");
        assert!(!received.report.clone_suspected);
        assert!(bob.open(&copies[0].seal(b"thief").expect("sealed")).is_err());
    }
}

/// As many messages as were read is no clone; one fewer is.
// spec: RATCHET-16
#[test]
fn suspicion_begins_at_one_message_less() {
    for (own, suspected) in [(3, false), (2, true), (0, true)] {
        let (mut alice, mut bob) = answered(12);
        exchange(&mut alice, &mut bob);
        let copy = alice.stored();
        for message in alice.reopen(&copy, 85).seal_many(3) {
            bob.read(&message);
        }
        alice.seal_many(own);
        exchange(&mut bob, &mut alice);
        let received = bob.open(&alice.seal(b"turn").expect("sealed")).expect("opens");
        assert_eq!(received.report.clone_suspected, suspected, "{own} of 3");
    }
}

/// Alice goes back to an older state in the middle of a chain: what she writes in places that are taken is lost
/// and tells of it at once; so does the next exchange, and the session goes on in both directions.
#[test]
fn a_restored_writer_goes_on() {
    let (mut alice, mut bob) = answered(13);
    exchange(&mut alice, &mut bob);
    let backup = alice.stored();
    for message in alice.seal_many(4) {
        bob.read(&message);
    }
    alice.restore(&backup);
    for message in alice.seal_many(2) {
        assert_eq!(bob.refuse(&message), NUMBER_USED_TWICE);
    }
    exchange(&mut bob, &mut alice);
    let received = bob.open(&alice.seal(b"again").expect("sealed")).expect("opens");
    assert!(received.report.clone_suspected);
    for _ in 0..5 {
        exchange(&mut bob, &mut alice);
        let received = bob.open(&alice.seal(b"on").expect("sealed")).expect("opens");
        assert!(!received.report.clone_suspected && received.report.lost_keys == 0);
    }
}

/// Bob goes back to before some messages of Alice's chain: they open once more, and the session goes on.
#[test]
fn a_restored_reader_goes_on() {
    let (mut alice, mut bob) = answered(14);
    exchange(&mut alice, &mut bob);
    let backup = bob.stored();
    let messages = alice.seal_many(4);
    for _ in 0..2 {
        bob.restore(&backup);
        for (n, message) in (0u32..).zip(&messages) {
            assert_eq!(bob.read(message), n.to_be_bytes());
        }
    }
    bob.restore(&backup);
    for _ in 0..5 {
        exchange(&mut bob, &mut alice);
        let received = bob.open(&alice.seal(b"on").expect("sealed")).expect("opens");
        assert!(!received.report.clone_suspected);
    }
    // the four that the restored Bob had not read again are among the skipped
    assert_eq!(bob.session.skipped_keys(), 4);
    for (n, message) in (0u32..).zip(&messages) {
        assert_eq!(bob.read(message), n.to_be_bytes());
    }
}

/// The same state seals twice under the same message key; the nonces differ, and so no two ciphertexts have one
/// keystream.
#[test]
fn a_restored_writer_repeats_no_nonce() {
    let (mut alice, mut bob) = answered(15);
    exchange(&mut alice, &mut bob);
    let backup = alice.stored();
    let one = alice.seal(&[0xaa; 64]).expect("sealed");
    alice.restore(&backup);
    let two = alice.seal(&[0x55; 64]).expect("sealed");
    let three = alice.reopen(&backup, 86).seal(&[0x55; 64]).expect("sealed");
    let body = |message: &[u8]| message[67..message.len() - 16].to_vec();
    for (a, b, difference) in [(&one, &two, 0xff), (&one, &three, 0xff), (&two, &three, 0)] {
        let xor: Vec<u8> = body(a).iter().zip(body(b)).map(|(a, b)| a ^ b).collect();
        assert!(!xor.windows(64).any(|window| window == [difference; 64]), "one keystream for two messages");
    }
    assert_eq!(bob.read(&three), [0x55; 64]);
}

// ---- what is printed -----------------------------------------------------------------------------------------

/// Every secret of the record is looked for, as `Debug` would write bytes.
#[test]
fn debug_shows_no_key() {
    let (mut alice, mut bob) = answered(40);
    let message = alice.seal(b"hello").expect("sealed");
    let record = record(&bob.stored().session);
    let sending = record.sending.as_ref().expect("it is Alice's turn");
    let epoch = record.post_quantum.as_ref().expect("under way");
    let receiving = record.receiving.as_ref().expect("heard");
    let secrets = [
        &record.root,
        &record.next_header_send,
        &record.next_header_receive,
        &sending.chain,
        &sending.header,
        &sending.ratchet_secret,
        &receiving.header,
        &receiving.chain,
        &epoch.seed,
    ];
    let envelope = Envelope::parse(&message).expect("genuine");
    let session = format!("{:?}", bob.session);
    let located = format!("{:?}", bob.session.locate(&envelope, bob.today).expect("genuine"));
    for shown in [&session, &located] {
        for secret in secrets {
            assert!(!shown.contains(&format!("{:?}", &secret[..4]).replace(']', "")), "{shown}");
        }
        assert!(shown.contains("next_receive: Key<header>([redacted])"), "{shown}");
    }
    assert!(located.contains("OpenedHeader { n: 0, pn: "), "{located}");

    bob.read(&alice.seal_many(3).pop().unwrap());
    let (_, skipped) = bob.skipped.first_key_value().expect("three are missing");
    let block = SkippedBlock::from_record(skipped).expect("own record");
    assert_eq!(format!("{block:?}"), "SkippedBlock(1/0, 3 keys [redacted])");
}
