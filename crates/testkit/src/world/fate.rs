//! How bad things are.

use rand::RngExt;

use crate::{faults::Fault, rng::ScriptedRng};

/// Chances of what goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    /// Of a store that fails at one of its next operations.
    pub fault: f64,
    /// Of a crash between two operations.
    pub crash: f64,
    /// Of an envelope that the transport does not take this time.
    pub loss: f64,
    /// Of a packet that comes twice.
    pub duplicate: f64,
    /// Of a packet that comes with a bit flipped besides.
    pub tamper: f64,
    /// Of a session that is replaced for no reason.
    pub replace: f64,
    /// The longest time that passes at once, in milliseconds.
    pub pass_ms: u64,
}

impl Fate {
    /// Nothing goes wrong.
    pub const KIND: Self =
        Self { fault: 0.0, crash: 0.0, loss: 0.0, duplicate: 0.0, tamper: 0.0, replace: 0.0, pass_ms: 1 };

    /// Everything goes wrong now and then.
    pub const CRUEL: Self = Self {
        fault: 0.1,
        crash: 0.5,
        loss: 0.3,
        duplicate: 0.2,
        tamper: 0.1,
        replace: 0.2,
        pass_ms: 3_600_000,
    };

    /// A fault of the store and its occasion.
    pub(super) fn draw_fault(&self, rng: &mut ScriptedRng) -> (Fault, u64) {
        let faults = [Fault::FailLoad, Fault::FailCommit, Fault::FailAfterCommit, Fault::Conflict];
        (faults[rng.random_range(0..faults.len())], rng.random_range(0..4))
    }
}
