//! How soon a session heals against a quantum adversary, and what that costs: measured with the real sessions and the
//! adversary of [`entrenous_testkit::quantum`].
//!
//! ```sh
//! cargo run --release -p entrenous-testkit --example heal
//! ```
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "it ends where an assumption is broken")]

use entrenous_ratchet::{PostQuantumPolicy, SealPolicy, ShardsPerMessage};
use entrenous_testkit::{
    pair::Pair,
    peer::{Peer, frame},
    quantum::{Quantum, Seen},
    rng::ScriptedRng,
};
use rand::RngExt;

/// Who writes how many messages in a row.
const PATTERNS: [(&str, [u32; 2]); 3] = [("1 : 1", [1, 1]), ("5 : 5", [5, 5]), ("10 : 1", [10, 1])];

const SIZES: [usize; 3] = [32, 1024, 5120];

/// Per cent of messages that never arrive.
const LOSSES: [u32; 3] = [0, 10, 30];

/// Thefts, each in a conversation of its own.
const THEFTS: u64 = 60;

/// Messages before the theft, at random up to that many.
const BEFORE: u32 = 400;

/// What a message has besides its frame: version, type, header and tag.
const ENVELOPE: usize = 83;

fn main() {
    println!(
        "From the theft of one end's whole state to the last message that the thief reads, of both ends together;"
    );
    println!(
        "median and worst of {THEFTS} thefts at random moments. Bytes: what the shards have added, padding included.\n"
    );
    let two = PostQuantumPolicy { shards: ShardsPerMessage::Exactly(2), ..PostQuantumPolicy::default() };
    println!(
        "Two shards a message, no pause between epochs (the Braid, modelled so: 87 messages and 3.0 KB an epoch):\n"
    );
    table(PostQuantumPolicy { pause_messages: 0, ..two }, &SIZES[..1]);
    println!("\nAs many shards as by default, no pause between epochs:\n");
    table(PostQuantumPolicy { pause_messages: 0, ..PostQuantumPolicy::default() }, &SIZES);
    println!("\nThe defaults: an epoch begins 100 messages after the last:\n");
    table(PostQuantumPolicy::default(), &SIZES);
}

fn table(policy: PostQuantumPolicy, sizes: &[usize]) {
    println!("| size | turns | loss | epoch: messages | epoch: bytes | to heal: median | worst |");
    println!("|---|---|---|---|---|---|---|");
    for size in sizes {
        for (turns, burst) in PATTERNS {
            for loss in LOSSES {
                let talk = Talk { policy, size: *size, burst, loss };
                let mut healings: Vec<u32> = (0..THEFTS).map(|seed| talk.theft(seed)).collect();
                healings.sort_unstable();
                let [messages, bytes] = talk.an_epoch();
                let (median, worst) = (healings[healings.len() / 2], healings[healings.len() - 1]);
                println!("| {size} | {turns} | {loss} % | {messages} | {bytes} | {median} | {worst} |");
            }
        }
    }
}

/// What a conversation is like.
struct Talk {
    policy: PostQuantumPolicy,
    size: usize,
    burst: [u32; 2],
    loss: u32,
}

impl Talk {
    fn begin(&self, seed: u64) -> Going {
        let (mut alice, mut bob) = Pair::established(seed);
        for end in [&mut alice, &mut bob] {
            end.policy = SealPolicy { post_quantum: self.policy, ..SealPolicy::default() };
        }
        let mut going =
            Going { ends: [alice, bob], rng: ScriptedRng::new(seed), writer: 1, left: self.burst[1] };
        // the adversary's account begins where both have written
        for _ in 0..2 * (self.burst[0] + self.burst[1]) {
            going.message(self, |_, _| {});
        }
        going
    }

    /// Messages from a theft to the last that is read.
    fn theft(&self, seed: u64) -> u32 {
        let mut going = self.begin(seed);
        for _ in 0..going.rng.random_range(0..BEFORE) {
            going.message(self, |_, _| {});
        }
        let victim = going.rng.random_range(0..2_usize);
        let mut adversary = Quantum::steals(&going.ends[victim]);
        let (mut sent, mut last_read, mut unread) = (0, 0, 0);
        // nothing is read again once ten messages in a row weren't
        while unread < 10 {
            going.message(self, |bytes, writer| {
                sent += 1;
                if let Seen::Content(_) = adversary.sees(bytes, writer) {
                    (last_read, unread) = (sent, 0);
                } else {
                    unread += 1;
                }
            });
        }
        last_read
    }

    /// Messages and added bytes of an epoch, the pause before it included: the mean of ten.
    fn an_epoch(&self) -> [usize; 2] {
        const EPOCHS: u64 = 10;
        let mut going = self.begin(1_000);
        let epoch = |going: &Going| going.ends[0].session.status().post_quantum.epoch;
        let first = epoch(&going);
        while epoch(&going) == first {
            going.message(self, |_, _| {});
        }
        let plain = frame(&vec![7; self.size]).encoded_len(SealPolicy::default().padding) + ENVELOPE;
        let (mut messages, mut bytes) = (0, 0);
        while epoch(&going) < first + 1 + EPOCHS {
            going.message(self, |message, _| {
                messages += 1;
                bytes += message.len() - plain;
            });
        }
        [messages, bytes].map(|sum| (sum + 5) / 10)
    }
}

/// A conversation under way.
struct Going {
    ends: [Peer; 2],
    rng: ScriptedRng,
    writer: usize,
    /// Messages until the other one writes.
    left: u32,
}

impl Going {
    fn message(&mut self, talk: &Talk, mut seen: impl FnMut(&[u8], &Peer)) {
        let writer = self.writer;
        let message = self.ends[writer].seal(&vec![7; talk.size]).expect("sealed");
        seen(&message, &self.ends[writer]);
        if self.rng.random_range(0..100) >= talk.loss {
            self.ends[1 - writer].open(&message).expect("genuine");
        }
        self.left -= 1;
        if self.left == 0 {
            self.writer = 1 - writer;
            self.left = talk.burst[self.writer];
        }
    }
}
