//! Healing against a quantum adversary: who has taken the whole state of one end once, and computes every X25519 secret
//! before and after, reads on until an epoch is over that began after the theft, and nothing from then on.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::collections::BTreeMap;

use entrenous_ratchet::{PostQuantumPolicy, SealPolicy, ShardsPerMessage};
use entrenous_testkit::{
    forge::record,
    pair::Pair,
    peer::Peer,
    quantum::{Quantum, Seen},
};

/// Two ends that have both written, with few shards a message and short pauses.
fn ends(seed: u64, shards: u8, pause_messages: u32) -> [Peer; 2] {
    let (mut alice, mut bob) = Pair::established(seed);
    let post_quantum = PostQuantumPolicy {
        shards: ShardsPerMessage::Exactly(shards),
        pause_messages,
        ..PostQuantumPolicy::default()
    };
    for end in [&mut alice, &mut bob] {
        end.policy = SealPolicy { post_quantum, ..SealPolicy::default() };
    }
    alice.read(&bob.seal(b"answer").unwrap());
    bob.read(&alice.seal(b"on").unwrap());
    [alice, bob]
}

/// One message from each end, the second half of a ping-pong's round included.
fn round(ends: &mut [Peer; 2], first: usize, mut seen: impl FnMut(&[u8], &Peer)) {
    for writer in [first, 1 - first] {
        let message = ends[writer].seal(b"content").unwrap();
        seen(&message, &ends[writer]);
        assert_eq!(ends[1 - writer].read(&message), b"content");
    }
}

/// Steals from `victim` after `messages`, and says in which stage; the adversary is locked out when it must.
fn steal_and_heal(seed: u64, victim: usize, messages: usize) -> u32 {
    let mut ends = ends(seed, 4, 6);
    for message in 0..messages {
        let writer = 1 - message % 2;
        let bytes = ends[writer].seal(b"content").unwrap();
        ends[1 - writer].read(&bytes);
    }
    let stage = record(&ends[victim].stored().session).post_quantum.as_ref().unwrap().stage;
    let mut adversary = Quantum::steals(&ends[victim]);
    // an epoch of which the theft has given a secret is burnt: the next one heals
    let heals_at = adversary.epoch() + 1 + u64::from(adversary.has_burnt_the_epoch());
    let (mut read, mut healed) = (0, 0);
    // on in turn, whoever was the last to write
    let first = 1 - messages % 2;
    for _ in 0..70 {
        round(&mut ends, first, |message, writer| {
            let seen = adversary.sees(message, writer);
            let within = writer.session.status().post_quantum.epoch < heals_at;
            assert_eq!(
                seen == Seen::Content(b"content".to_vec()),
                within,
                "stage {stage}, stolen in epoch {}, read in {:?}",
                heals_at,
                writer.session.status().post_quantum
            );
            if within { read += 1 } else { healed += 1 }
        });
        // headers heal one chain of each side later
        if healed > 4 {
            round(&mut ends, first, |message, writer| {
                assert_eq!(adversary.sees(message, writer), Seen::Nothing);
            });
        }
    }
    assert!(read > 0 && healed > 20, "{read} read, {healed} not");
    stage
}

// spec: RATCHET-70, RATCHET-71, RATCHET-73, RATCHET-74
#[test]
fn who_has_taken_a_state_reads_until_an_epoch_is_over_that_began_later() {
    let mut stages: BTreeMap<(usize, u32), u32> = BTreeMap::new();
    for victim in [0, 1] {
        for messages in 0..110 {
            let stage = steal_and_heal(1, victim, messages);
            *stages.entry((victim, stage)).or_default() += 1;
        }
    }
    // each end was robbed in each stage of both roles
    for victim in [0, 1] {
        for stage in 1..=6 {
            assert!(stages.contains_key(&(victim, stage)), "never in stage {stage}: {stages:?}");
        }
    }
}

/// Without epochs the same adversary reads for ever: it is they that lock it out, and nothing else.
#[test]
fn without_epochs_it_reads_for_ever() {
    let mut ends = ends(2, 4, 0);
    ends[1].policy.post_quantum.offers = false;
    // what the handshake's responder has begun already is not ended
    for end in &mut ends {
        end.policy.post_quantum.shards = ShardsPerMessage::Exactly(0);
    }
    let mut adversary = Quantum::steals(&ends[0]);
    for _ in 0..200 {
        round(&mut ends, 1, |message, writer| {
            assert_eq!(adversary.sees(message, writer), Seen::Content(b"content".to_vec()));
        });
    }
}
