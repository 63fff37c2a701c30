//! Randomness and time, given once.

use std::time::{SystemTime, UNIX_EPOCH};

use entrenous_identity::Timestamp;
use rand::rngs::SysRng;
use rand_core::TryCryptoRng;

/// Where a client gets randomness and time from. The library never looks for either elsewhere.
pub trait Env {
    /// A cryptographically secure generator; its failures end the operation with an error.
    type Rng: TryCryptoRng;

    /// The generator.
    fn rng(&mut self) -> &mut Self::Rng;

    /// The time now. It may jump both ways.
    fn now(&self) -> Timestamp;
}

/// The operating system's generator and clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct System {
    rng: SysRng,
}

impl System {
    /// The one there is.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Env for System {
    type Rng = SysRng;

    fn rng(&mut self) -> &mut SysRng {
        &mut self.rng
    }

    fn now(&self) -> Timestamp {
        // a clock before 1970 counts as 1970: dates in the future are then refused, and the error says so
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}
