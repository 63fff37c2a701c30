//! Randomness and time, given once.

use std::time::{SystemTime, UNIX_EPOCH};

use entrenous_identity::Timestamp;
use entrenous_primitives::random::RandomError;
use rand::rngs::SysRng;
use rand_core::{TryCryptoRng, TryRng};

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

/// The generator of an environment, whatever its type: operations need not be generic over it.
pub(crate) struct Entropy<'a>(&'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomError>);

impl<'a> Entropy<'a> {
    pub(crate) fn new(fill: &'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomError>) -> Self {
        Self(fill)
    }
}

impl TryRng for Entropy<'_> {
    type Error = RandomError;

    fn try_next_u32(&mut self) -> Result<u32, RandomError> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomError> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        (self.0)(bytes)
    }
}
impl TryCryptoRng for Entropy<'_> {}
