//! What a story is like: drawn once, so that stories differ more than their events do.

use entrenous_ratchet::{Limits, PostQuantumPolicy, SealPolicy, ShardsPerMessage};
use rand::{RngExt, seq::IndexedRandom};

use crate::{network::Conduct, rng::ScriptedRng};

/// The character of one story. Chances are from 0 to 1.
#[derive(Debug)]
pub(super) struct Character {
    pub(super) limits: Limits,
    pub(super) conduct: Conduct,
    /// Chance that a step is dropped before it is stored.
    pub(super) crash: f64,
    /// Chance that a message is preceded by a forgery made of it.
    pub(super) forge: f64,
    /// Most messages at a time.
    pub(super) burst: u32,
    pub(super) snapshots: Snapshots,
    /// Fewest and most shards of a message.
    pub(super) shards: [u8; 2],
    /// Messages between two epochs.
    pub(super) pause: u32,
}

/// Which snapshots an end may go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Snapshots {
    Never,
    /// Only one that the peer can still follow: no chain begun since has left the device.
    Followed,
    /// Any, so that the ends may lose each other.
    Any,
}

impl Character {
    pub(super) fn draw(rng: &mut ScriptedRng) -> Self {
        Self {
            limits: limits(rng),
            conduct: Conduct {
                loss: one_of(rng, &[0.0, 0.0, 0.1, 0.3, 0.7]),
                duplicates: one_of(rng, &[0.0, 0.1, 0.4]),
                late: one_of(rng, &[0.0, 0.1, 0.5]),
                window: one_of(rng, &[1, 3, 10, 1000]),
            },
            crash: one_of(rng, &[0.0, 0.1]),
            forge: one_of(rng, &[0.0, 0.15]),
            burst: one_of(rng, &[1, 3, 10, 25]),
            snapshots: match rng.random_range(0..100) {
                0..20 => Snapshots::Followed,
                20..30 => Snapshots::Any,
                _ => Snapshots::Never,
            },
            shards: one_of(rng, &[[0, 1], [0, 5], [0, 18], [0, 37], [37, 37], [37, 37]]),
            pause: one_of(rng, &[0, 0, 0, 20]),
        }
    }

    /// The choices for one message.
    pub(super) fn policy(&self, rng: &mut ScriptedRng) -> SealPolicy {
        let [least, most] = self.shards;
        let post_quantum = PostQuantumPolicy {
            shards: ShardsPerMessage::Exactly(rng.random_range(least..=most)),
            pause_messages: self.pause,
            pause_days: u32::MAX,
            offers: true,
        };
        SealPolicy { post_quantum, ..SealPolicy::default() }
    }
}

/// Small limits in three stories of ten.
fn limits(rng: &mut ScriptedRng) -> Limits {
    let old_chains = one_of(rng, &[5, 32]);
    let usual = Limits { old_chains, ..Limits::default() };
    if !rng.random_bool(0.3) {
        return usual;
    }
    Limits {
        steps_per_message: one_of(rng, &[8, 20, 200]),
        skipped_keys: one_of(rng, &[0, 5, 12, 100]),
        old_chains: one_of(rng, &[1, 2, 5]),
        chain_messages: one_of(rng, &[15, 100, usual.chain_messages]),
        ..usual
    }
}

fn one_of<T: Copy>(rng: &mut ScriptedRng, choices: &[T]) -> T {
    *choices.choose(rng).expect("there are choices")
}
