//! What a peer can make us do or keep is bounded: exactly up to the limit it works, one beyond it is refused
//! or told, and nothing else changes.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_identity::Day;
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Limits, OpenError, Report, SealError, SealPolicy};
use entrenous_testkit::{
    device::{TODAY, start_of},
    forge::{Forger, record},
    pair::Pair,
    peer::{Peer, Refused, frame},
    rng::ScriptedRng,
};
use entrenous_wire::{Strict, envelope::Envelope, header::Header, padding::Padding, records::OLD_CHAIN_LEN};

const DUPLICATE: Refused = Refused::Open(OpenError::Duplicate);
const REJECTED: Refused = Refused::Open(OpenError::Rejected);
const TOO_FAR: Refused = Refused::Open(OpenError::TooFarAhead);

/// Small limits, the same on both sides.
fn small() -> Limits {
    Limits {
        steps_per_message: 10,
        skipped_keys: 1_000,
        old_chains: 3,
        old_chain_days: 30,
        chain_messages: 1 << 20,
    }
}

/// Both ends after a full exchange: no handshake part any more, Alice's turn.
fn answered(seed: u64, limits: Limits) -> (Peer, Peer) {
    let (mut alice, mut bob) = Pair::established_with(seed, limits);
    let answer = bob.seal(b"answer").expect("sealed");
    alice.read(&answer);
    (alice, bob)
}

fn told(reader: &mut Peer, message: &[u8]) -> Report {
    let received = reader.open(message).expect("opens");
    assert!(received.content.is_ok());
    received.report
}

fn lost(lost_keys: u32, new_chain: bool) -> Report {
    Report { new_chain, lost_keys, ..Report::default() }
}

#[test]
fn the_defaults_are_the_specified_ones() {
    let specified = Limits {
        steps_per_message: 25_000,
        skipped_keys: 2_000,
        old_chains: 32,
        old_chain_days: 30,
        chain_messages: 1 << 20,
    };
    assert_eq!(Limits::default(), specified);
}

/// 25,000 missing messages are skipped, 25,001 are not; of their keys the newest 2,000 are kept, no more and no
/// fewer.
// spec: RATCHET-12, RATCHET-20
#[test]
fn the_gap_and_the_skipped_keys() {
    let (mut alice, mut bob) = answered(1, Limits::default());
    let in_order = alice.seal(b"in order").expect("sealed");
    bob.read(&in_order);
    let missing = alice.seal_many(25_000);
    let at_the_limit = alice.seal(b"at the limit").expect("sealed");
    let beyond = alice.seal(b"beyond").expect("sealed");

    assert_eq!(bob.refuse(&beyond), TOO_FAR);
    assert_eq!(bob.skipped.len(), 0);
    assert_eq!(told(&mut bob, &at_the_limit), lost(23_000, false));
    assert_eq!(bob.session.skipped_keys(), 2_000);
    assert_eq!(told(&mut bob, &beyond), lost(0, false));
    assert_eq!(bob.skipped.values().map(|bytes| bytes.len() / 32).sum::<usize>(), 2_000);

    for (n, message) in (0u32..).zip(&missing) {
        if n < 23_000 {
            assert_eq!(bob.open(message), Err(DUPLICATE), "{n}");
        } else {
            assert_eq!(bob.read(message), n.to_be_bytes());
        }
    }
    assert!(bob.skipped.is_empty());
    assert_eq!(bob.refuse(&missing[24_999]), DUPLICATE);
}

/// The same bound at the first message of a session and of a chain.
// spec: RATCHET-2, RATCHET-12
#[test]
fn the_gap_before_the_first_message_of_a_chain() {
    let mut pair = Pair::new(2, small());
    let mut first = pair.alice.seal_many(12);
    assert_eq!(pair.refuse(&first[11]), TOO_FAR);
    assert_eq!(pair.accept(&first.remove(10)).expect("at the limit").report, lost(0, true));
    let (mut alice, mut bob) = (pair.alice, pair.bob.expect("accepted"));
    assert_eq!(bob.session.skipped_keys(), 10);
    first.iter().for_each(|message| drop(bob.read(message)));

    let mut answers = bob.seal_many(12);
    assert_eq!(alice.refuse(&answers[11]), TOO_FAR);
    assert_eq!(told(&mut alice, &answers.remove(10)), lost(0, true));
    answers.iter().for_each(|message| drop(alice.read(message)));
}

/// Keys for which there is no room are told at the first message of a session as later.
// spec: RATCHET-12
#[test]
fn keys_without_room_before_the_first_message() {
    let limits = Limits { skipped_keys: 4, ..small() };
    let mut pair = Pair::new(13, limits);
    let sixth = pair.alice.seal_many(6).pop().unwrap();
    assert_eq!(pair.accept(&sixth).expect("genuine").report, lost(1, true));
    assert_eq!(pair.bob.expect("accepted").session.skipped_keys(), 4);
}

/// A malicious initiator's first message: there was no chain before it, and the first epoch is under way in none.
// spec: RATCHET-14, RATCHET-15
#[test]
fn first_headers_that_claim_a_past() {
    let mut pair = Pair::new(14, small());
    pair.alice.seal(b"first").expect("sealed");
    let forger = Forger::in_chain(&pair.alice.stored().session);
    let edits: [fn(&mut Header); 3] =
        [|header| header.pn = 1, |header| header.flags.mix = true, |header| header.flags.epoch = 2];
    for edit in edits {
        let mut lying = forger.clone();
        edit(&mut lying.fields);
        assert_eq!(pair.refuse(&lying.message(b"lying")), REJECTED);
    }
    assert!(pair.accept(&forger.message(b"honest")).is_ok());
}

/// What n leaves of the budget is for pn: as much as that is finished, one more and the former chain's rest is
/// given up and told, but the message opens.
// spec: RATCHET-12, RATCHET-17
#[test]
fn the_budget_is_shared_with_the_former_chain() {
    for (n, gap) in [(0, 10), (4, 6), (10, 0), (0, 11), (4, 7), (10, 1), (9, 500)] {
        let (mut alice, mut bob) = answered(3, small());
        let read = alice.seal(b"read").expect("sealed");
        bob.read(&read);
        let rest = alice.seal_many(gap);
        alice.read(&bob.seal(b"turn").expect("sealed"));
        let mut new = alice.seal_many(n + 1);

        let dropped = if n + gap > 10 { gap } else { 0 };
        assert_eq!(told(&mut bob, &new.pop().unwrap()), lost(dropped, true), "{n}, {gap}");
        assert_eq!(bob.session.skipped_keys(), n + gap - dropped);
        for message in &rest {
            match dropped {
                0 => assert!(bob.open(message).is_ok(), "{n}, {gap}"),
                _ => assert_eq!(bob.refuse(message), DUPLICATE, "{n}, {gap}"),
            }
        }
        new.iter().for_each(|message| drop(bob.read(message)));
        assert_eq!((bob.session.skipped_keys(), bob.skipped.len()), (0, 0));
        // and on it goes
        assert_eq!(alice.read(&bob.seal(b"on").expect("sealed")), b"on");
    }
}

/// The oldest keys make room, over all chains: exactly the newest ones open.
// spec: RATCHET-20
#[test]
fn the_newest_keys_are_kept_over_all_chains() {
    let limits = Limits { skipped_keys: 100, steps_per_message: 200, ..small() };
    let (mut alice, mut bob) = answered(4, limits);
    let mut late = Vec::new();
    let mut reports = Vec::new();
    // 70 before the first chain's message, 20 after it; 40 in the second; 30 in the third
    for (before, after) in [(70, 20), (40, 0), (30, 0)] {
        late.extend(alice.seal_many(before));
        let read = alice.seal(b"read").expect("sealed");
        reports.push(told(&mut bob, &read).lost_keys);
        late.extend(alice.seal_many(after));
        alice.read(&bob.seal(b"turn").expect("sealed"));
    }
    assert_eq!(reports, [0, 70 + 20 + 40 - 100, 30]);
    assert_eq!(bob.session.skipped_keys(), 100);
    assert_eq!(bob.skipped.values().map(|bytes| bytes.len() / 32).sum::<usize>(), 100);
    let stored = bob.stored();
    // in any order
    for reversed in [false, true] {
        bob.restore(&stored);
        let mut opens: Vec<bool> = Vec::new();
        let order: Vec<usize> =
            if reversed { (0..late.len()).rev().collect() } else { (0..late.len()).collect() };
        for at in order {
            opens.push(match bob.open(&late[at]) {
                Ok(_) => true,
                Err(refused) => {
                    assert_eq!(refused, DUPLICATE);
                    false
                }
            });
        }
        if reversed {
            opens.reverse();
        }
        assert_eq!(opens, [vec![false; 60], vec![true; 100]].concat());
        assert!(bob.skipped.is_empty());
    }
}

/// One late message for each of `chains` chains of Alice, each of which Bob has left behind but the last.
fn chains_with_a_late_message(alice: &mut Peer, bob: &mut Peer, chains: u32) -> (Vec<Vec<u8>>, Vec<Report>) {
    let (mut late, mut reports) = (Vec::new(), Vec::new());
    for _ in 0..chains {
        late.push(alice.seal(b"late").expect("sealed"));
        let read = alice.seal(b"read").expect("sealed");
        reports.push(told(bob, &read));
        alice.read(&bob.seal(b"turn").expect("sealed"));
    }
    (late, reports)
}

// spec: RATCHET-18, RATCHET-19, RATCHET-21
#[test]
fn of_the_former_chains_the_last_32_are_kept() {
    let limits = Limits::default();
    let mut pair = Pair::new(5, limits);
    let first_late = pair.alice.seal(b"late").expect("sealed");
    let first = pair.alice.seal(b"read").expect("sealed");
    pair.accept(&first).expect("accepted");
    let (mut alice, mut bob) = (pair.alice, pair.bob.expect("accepted"));
    alice.read(&bob.seal(b"turn").expect("sealed"));
    // the newest and 32 former ones: 33 chains and the first of all, which falls out
    let (late, reports) = chains_with_a_late_message(&mut alice, &mut bob, 33);
    let lost_at: Vec<_> = reports.iter().map(|report| report.lost_keys).collect();
    assert_eq!(lost_at, [vec![0; 32], vec![1]].concat());
    assert_eq!(record(&bob.stored().session).old.len(), 32 * OLD_CHAIN_LEN);
    assert_eq!(bob.session.skipped_keys(), 33);
    assert_eq!(bob.skipped.len(), 33);
    assert_eq!(bob.refuse(&first_late), REJECTED);
    assert_eq!(bob.refuse(&first), REJECTED);
    for message in &late {
        assert_eq!(bob.read(message), b"late");
        assert_eq!(bob.refuse(message), DUPLICATE);
    }
    assert!(bob.skipped.is_empty());
}

// spec: RATCHET-21
#[test]
fn former_chains_are_kept_for_30_days() {
    for (days, kept) in [(0, true), (29, true), (30, false), (400, false)] {
        let (mut alice, mut bob) = answered(6, Limits::default());
        let start = bob.today;
        let (late, _) = chains_with_a_late_message(&mut alice, &mut bob, 1);
        // the chain becomes a former one on the day that the next begins
        let next = alice.seal(b"next").expect("sealed");
        bob.read(&next);
        alice.read(&bob.seal(b"turn").expect("sealed"));
        bob.today = start.plus(days);
        let later = alice.seal(b"later").expect("sealed");
        assert_eq!(told(&mut bob, &later), lost(u32::from(!kept), true), "after {days} days");
        if kept {
            assert_eq!(bob.read(&late[0]), b"late");
        } else {
            assert_eq!(bob.refuse(&late[0]), REJECTED);
            assert!(bob.skipped.is_empty());
        }
    }
}

/// A clock that goes back loses nothing and keeps nothing for ever.
#[test]
fn clocks_may_go_back() {
    let (mut alice, mut bob) = answered(7, Limits::default());
    let (late, _) = chains_with_a_late_message(&mut alice, &mut bob, 1);
    bob.today = Day(bob.today.0 - 400);
    for _ in 0..3 {
        bob.read(&alice.seal(b"next").expect("sealed"));
        alice.read(&bob.seal(b"turn").expect("sealed"));
    }
    assert_eq!(bob.read(&late[0]), b"late");
}

// spec: RATCHET-9
#[test]
fn a_chain_ends_at_its_limit_until_it_is_answered() {
    let limits = Limits { chain_messages: 3, ..small() };
    let (mut alice, mut bob) = answered(8, limits);
    for _ in 0..2 {
        let chain = alice.seal_many(3);
        let before = alice.stored();
        assert_eq!(alice.seal(b"one more"), Err(SealError::ChainExhausted));
        assert_eq!(alice.stored(), before);
        chain.iter().for_each(|message| drop(bob.read(message)));
        assert_eq!(alice.seal(b"one more"), Err(SealError::ChainExhausted));
        alice.read(&bob.seal(b"answer").expect("sealed"));
    }
}

/// Limits above the format's own bound don't lift it.
// spec: RATCHET-9
#[test]
fn a_chain_ends_at_two_to_the_twenty_in_any_case() {
    let limits = Limits { chain_messages: u32::MAX, ..Limits::default() };
    let (mut alice, _) = answered(9, limits);
    alice.seal(b"begins the chain").expect("sealed");
    let mut stored = alice.stored();
    let mut edited = record(&stored.session);
    edited.sent = (1 << 20) - 1;
    stored.session = edited.encode_canonical();
    alice.restore(&stored);
    alice.seal(b"the last").expect("sealed");
    assert_eq!(alice.seal(b"one more"), Err(SealError::ChainExhausted));
}

/// The dearest forgery: a genuine header at the end of the budget, held back, over and over with false bodies.
/// Each costs the budget at most, since one further on is refused by its header alone, and leaves nothing.
// spec: RATCHET-26
#[test]
fn a_false_body_under_a_genuine_header() {
    let (mut alice, mut bob) = answered(10, Limits::default());
    let read = alice.seal(b"read").expect("sealed");
    bob.read(&read);
    let dearest = alice.seal_many(25_001).pop().unwrap();
    for flipped in 0..3 {
        let mut bad = dearest.clone();
        let body = bad.len() - 16 - 64 + flipped;
        bad[body] ^= 0x80;
        assert_eq!(bob.refuse(&bad), REJECTED);
        assert!(bob.skipped.is_empty());
    }
    let mut further = Forger::in_chain(&alice.stored().session);
    further.fields.n = 2 + 25_000;
    let beyond = further.message(b"no");
    let header_alone = bob.session.locate(&Envelope::parse(&beyond).unwrap(), bob.today);
    assert_eq!(header_alone.err(), Some(OpenError::TooFarAhead));
    assert_eq!(told(&mut bob, &dearest), lost(23_000, false));
}

/// A malicious peer may write any n and pn into its headers: the largest cost no step at all.
// spec: RATCHET-5, RATCHET-6, RATCHET-17
#[test]
fn headers_that_claim_any_number() {
    let (mut alice, mut bob) = answered(11, small());
    bob.read(&alice.seal(b"read").expect("sealed"));
    let forger = Forger::in_chain(&alice.stored().session);
    let mut next = forger.clone();
    next.fields.n = 1;
    assert_eq!(bob.read(&next.message(b"forged")), b"forged");
    let reader = bob.stored();
    for (n, expected) in [(2 + 11, TOO_FAR), ((1 << 20) - 1, TOO_FAR)] {
        let mut far = forger.clone();
        far.fields.n = n;
        assert_eq!(bob.refuse(&far.message(b"far")), expected);
    }
    let mut pn = forger.clone();
    pn.fields.pn += 1;
    assert_eq!(bob.refuse(&pn.message(b"another pn in one chain")), REJECTED);
    assert_eq!(bob.stored(), reader);
    // in a new chain any pn is dropped and told
    alice.read(&bob.seal(b"turn").expect("sealed"));
    let message = alice.seal(b"new").expect("sealed");
    let mut lying = Forger::in_chain(&alice.stored().session);
    lying.fields.pn = 1 << 20;
    assert_eq!(told(&mut bob, &lying.message(b"lying")), lost((1 << 20) - 2, true));
    // its own honest message contradicts it now
    assert_eq!(bob.refuse(&message), REJECTED);
}

#[test]
fn sizes_of_records_and_messages() {
    let mut pair = Pair::new(12, Limits::default());
    let first = pair.alice.seal(&[7; 32]).expect("sealed");
    assert!(first.len() <= 2_400, "a first message has {} bytes", first.len());
    let with_handshake = pair.alice.stored().session.len();
    assert!(with_handshake <= 2_700, "{with_handshake}");
    pair.accept(&first).expect("accepted");
    let (mut alice, mut bob) = (pair.alice, pair.bob.expect("accepted"));
    bob.policy.post_quantum.offers = false;
    alice.read(&bob.seal(b"answer").expect("sealed"));
    // in both phases, with numbers as long as they get
    bob.read(&alice.seal(b"turn").expect("sealed"));
    let mut largest = 0;
    for peer in [&alice, &bob] {
        let mut full = record(&peer.stored().session);
        full.old.clear();
        (full.sent, full.epoch) = (1 << 20, u64::MAX);
        full.sending.iter_mut().for_each(|sending| sending.previous = 1 << 20);
        full.receiving.iter_mut().for_each(|it| (it.previous, it.next) = (1 << 20, 1 << 20));
        largest = largest.max(full.encode_canonical().len());
    }
    assert!(largest <= 700, "a session record has {largest} bytes");

    let mut salt = NonceSalt::new(&mut ScriptedRng::new(1)).expect("scripted");
    let mut out = Vec::new();
    let rng = &mut ScriptedRng::new(2);
    let policy = SealPolicy { padding: Padding::None, ..SealPolicy::default() };
    let sealed = alice.session.seal(&frame(&[7; 32]), &policy, start_of(TODAY), &mut salt, rng, &mut out);
    let overhead = sealed.expect("sealed").commit().len() - 32;
    assert!(overhead <= 100, "a ratchet message has {overhead} bytes over its content");
}
