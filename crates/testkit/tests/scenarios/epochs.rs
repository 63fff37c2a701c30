//! Epochs of the post-quantum ratchet, step by step: what is sent and when, late messages, and ends that go back to an
//! older state.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_ratchet::{EndedEpoch, EpochStatus, PostQuantumPolicy, ShardsPerMessage};
use entrenous_testkit::{forge::record, pair::Pair, peer::Peer};

/// The stages of an epoch, as records have them.
const RESTING: u32 = 1;
const OFFERED: u32 = 2;
const SETTLED: u32 = 3;
const COLLECTING: u32 = 4;
const COLLECTED: u32 = 5;
const ANSWERED: u32 = 6;

const WITHOUT_PAUSE: PostQuantumPolicy = PostQuantumPolicy {
    shards: ShardsPerMessage::Exactly(37),
    pause_messages: 0,
    pause_days: 1,
    offers: true,
};

/// Both ends, without a pause between epochs and with whole blobs; Bob's turn, who offers the first.
fn ends(seed: u64) -> (Peer, Peer) {
    let (mut alice, mut bob) = Pair::established(seed);
    for end in [&mut alice, &mut bob] {
        end.policy.post_quantum = WITHOUT_PAUSE;
    }
    (alice, bob)
}

fn shards(end: &mut Peer, count: u8) {
    end.policy.post_quantum.shards = ShardsPerMessage::Exactly(count);
}

/// One message, which arrives.
fn carry(from: &mut Peer, to: &mut Peer) -> Option<EndedEpoch> {
    let message = from.seal(b"carried").unwrap();
    to.open(&message).unwrap().report.ended_epoch
}

fn stage(end: &Peer) -> u32 {
    record(&end.stored().session).post_quantum.as_ref().unwrap().stage
}

fn status(end: &Peer) -> EpochStatus {
    end.session.status().post_quantum
}

// spec: RATCHET-15, RATCHET-29, RATCHET-70, RATCHET-74, RATCHET-75
#[test]
fn an_epoch_takes_three_messages_at_the_least() {
    let (mut alice, mut bob) = ends(1);
    assert_eq!((stage(&alice), stage(&bob)), (COLLECTING, RESTING));
    assert_eq!(carry(&mut bob, &mut alice), None);
    assert_eq!((stage(&alice), stage(&bob)), (COLLECTED, OFFERED));
    assert_eq!(carry(&mut alice, &mut bob), None);
    assert_eq!((stage(&alice), stage(&bob)), (ANSWERED, SETTLED));
    // Bob mixes it in, and Alice follows: she offers the next one, and her answer tells Bob that it is over
    let over = Some(EndedEpoch { epoch: 1, mixed: true, skipped: 0 });
    assert_eq!(carry(&mut bob, &mut alice), over);
    assert_eq!((stage(&alice), stage(&bob)), (RESTING, COLLECTING));
    assert_eq!(carry(&mut alice, &mut bob), over);
    assert_eq!((stage(&alice), stage(&bob)), (OFFERED, COLLECTED));
    assert_eq!((status(&alice).epoch, status(&bob).epoch), (2, 2));
    assert_eq!(status(&alice).mixed, status(&bob).mixed);
}

/// Nothing but a chain's first message brings a stage that has a secret.
// spec: RATCHET-75
#[test]
fn in_the_middle_of_a_chain_nothing_is_made() {
    let (mut alice, mut bob) = ends(2);
    shards(&mut bob, 36);
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    // the last shards come while Alice is in the middle of her chain
    let first = bob.seal(b"more").unwrap();
    alice.open(&first).unwrap();
    alice.seal(b"a chain").unwrap();
    carry(&mut bob, &mut alice);
    let before = stage(&alice);
    alice.seal_many(3);
    assert_eq!(stage(&alice), before);
}

// spec: RATCHET-77
#[test]
fn twice_the_shards_needed_are_sent_until_there_is_an_answer() {
    let (mut alice, mut bob) = ends(3);
    shards(&mut bob, 30);
    let lens: Vec<usize> = (0..5).map(|_| bob.seal(b"same").unwrap().len()).collect();
    // 30, 30, 14, and none
    assert!(lens[0] == lens[1] && lens[1] > lens[2] && lens[2] > lens[3] && lens[3] == lens[4], "{lens:?}");
    let sent = record(&bob.stored().session).post_quantum.as_ref().unwrap().sent_shards;
    assert_eq!(sent, 74);
    // an answer, and it goes on with the next indices
    let answer = bob.seal(b"heard").unwrap();
    alice.open(&answer).unwrap();
    carry(&mut alice, &mut bob);
    carry(&mut bob, &mut alice);
    let sent = record(&bob.stored().session).post_quantum.as_ref().unwrap().next_shard;
    assert_eq!(sent, 104);
    assert_eq!(stage(&alice), COLLECTING, "it has got 30 of 37");
}

/// An end that has said `have` goes back to a state in which it had not: the other one sends again.
// spec: RATCHET-77
#[test]
fn an_answerer_that_is_restored_gets_the_key_again() {
    let (mut alice, mut bob) = ends(4);
    shards(&mut bob, 36);
    carry(&mut bob, &mut alice);
    let message = alice.seal(b"a chain of Alice's").unwrap();
    let before = alice.stored();
    // in Bob's chain of before, so Alice stays in hers
    carry(&mut bob, &mut alice);
    assert_eq!(stage(&alice), COLLECTED);
    let have = alice.seal(b"have").unwrap();
    bob.open(&message).unwrap();
    bob.open(&have).unwrap();
    alice.restore(&before);
    assert_eq!(stage(&alice), COLLECTING);
    goes_on(&mut alice, &mut bob);
}

/// The same for the end that has read the whole answer.
// spec: RATCHET-77
#[test]
fn an_offerer_that_is_restored_gets_the_answer_again() {
    let (mut alice, mut bob) = ends(5);
    shards(&mut alice, 34);
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    let message = bob.seal(b"a chain of Bob's").unwrap();
    let before = bob.stored();
    carry(&mut alice, &mut bob);
    assert_eq!(stage(&bob), SETTLED);
    let have = bob.seal(b"have").unwrap();
    alice.open(&message).unwrap();
    alice.open(&have).unwrap();
    bob.restore(&before);
    assert_eq!(stage(&bob), OFFERED);
    goes_on(&mut bob, &mut alice);
}

/// It is the peer's turn, since what the restored end would say in its chain has the numbers of what it has said.
fn goes_on(restored: &mut Peer, peer: &mut Peer) {
    let before = status(restored).epoch;
    for end in [&mut *restored, &mut *peer] {
        shards(end, 37);
    }
    for _ in 0..10 {
        carry(peer, restored);
        carry(restored, peer);
    }
    let after = [status(restored).epoch, status(peer).epoch];
    assert!(after.iter().all(|epoch| *epoch >= before + 4), "stuck: {before}, {after:?}");
    assert_eq!(status(restored).skipped, 0);
}

/// The flags of a late message say nothing of the epoch that we are in by now, nor do its shards.
// spec: RATCHET-78
#[test]
fn late_messages_of_a_chain_that_mixed_change_no_root() {
    let (mut alice, mut bob) = ends(6);
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    // Bob's chain that mixes epoch 1 in has a message that is late, and so has the next one, with the key of epoch 3
    let late = bob.seal(b"late").unwrap();
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    let stale = bob.seal(b"stale").unwrap();
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    assert_eq!((status(&alice).epoch, stage(&alice)), (3, ANSWERED));
    let root = record(&alice.stored().session).root.clone();
    assert_eq!(alice.read(&late), b"late");
    assert_eq!((status(&alice).epoch, stage(&alice)), (3, ANSWERED));
    assert_eq!(record(&alice.stored().session).root, root);
    for _ in 0..6 {
        carry(&mut bob, &mut alice);
        carry(&mut alice, &mut bob);
    }
    // shards of epoch 3 in one in which Alice collects
    carry(&mut bob, &mut alice);
    while stage(&alice) != COLLECTING {
        carry(&mut alice, &mut bob);
        if stage(&alice) != COLLECTING {
            carry(&mut bob, &mut alice);
        }
    }
    shards(&mut bob, 1);
    carry(&mut bob, &mut alice);
    let known = record(&alice.stored().session).post_quantum.as_ref().unwrap().shards.clone();
    assert_eq!(alice.read(&stale), b"stale");
    assert_eq!(record(&alice.stored().session).post_quantum.as_ref().unwrap().shards, known);
}

// spec: RATCHET-79
#[test]
fn the_pause_ends_after_messages_or_on_another_day() {
    let paused = |seed| {
        let (mut alice, mut bob) = ends(seed);
        for end in [&mut alice, &mut bob] {
            end.policy.post_quantum.pause_messages = 6;
        }
        for _ in 0..2 {
            carry(&mut bob, &mut alice);
            carry(&mut alice, &mut bob);
        }
        assert_eq!((stage(&alice), status(&alice).epoch), (RESTING, 2));
        (alice, bob)
    };
    let (mut alice, mut bob) = paused(7);
    // of six messages since, four have been: the answer, and these
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    carry(&mut bob, &mut alice);
    assert_eq!(stage(&alice), RESTING);
    carry(&mut alice, &mut bob);
    carry(&mut bob, &mut alice);
    carry(&mut alice, &mut bob);
    assert_eq!(stage(&alice), OFFERED);
    // the clock has moved, forward or back
    for days in [1_u32, u32::MAX] {
        let (mut alice, mut bob) = paused(8);
        alice.today.0 = alice.today.0.wrapping_add(days);
        carry(&mut bob, &mut alice);
        carry(&mut alice, &mut bob);
        assert_eq!(stage(&alice), OFFERED, "on another day");
    }
    let (mut alice, mut bob) = paused(9);
    alice.policy.post_quantum.offers = false;
    for _ in 0..20 {
        carry(&mut bob, &mut alice);
        carry(&mut alice, &mut bob);
    }
    assert_eq!(stage(&alice), RESTING, "it offers nothing");
}

/// The number of shards by default: for content, for what is answered, and what the padding has room for.
// spec: RATCHET-80
#[test]
fn more_shards_go_along_with_long_messages_and_with_answers_to_many() {
    let sent = |answered: u32, content: usize| {
        let (mut alice, mut bob) = Pair::established(10);
        for _ in 1..answered {
            carry(&mut alice, &mut bob);
        }
        bob.seal(&vec![7; content]).unwrap();
        record(&bob.stored().session).post_quantum.as_ref().unwrap().sent_shards
    };
    assert_eq!(sent(1, 20), 2);
    assert_eq!(sent(5, 20), 5);
    assert_eq!(sent(100, 20), 8);
    // 1,040 and 4 shards make 1,186, padded to 1,216
    assert_eq!(sent(1, 1_040), 4);
    // 2,560 and 8 shards make 2,834, padded to 2,944: three more
    assert_eq!(sent(1, 2_560), 11);
    assert_eq!(sent(1, 1 << 20), 37);
}

#[test]
fn the_responder_offers_and_an_initiator_that_hears_nothing_sends_no_shard() {
    let mut pair = Pair::new(11, entrenous_ratchet::Limits::default());
    for _ in 0..5 {
        pair.alice.seal(b"unheard").unwrap();
        assert_eq!(stage(&pair.alice), COLLECTING);
        assert_eq!(record(&pair.alice.stored().session).post_quantum.as_ref().unwrap().sent_shards, 0);
    }
}
