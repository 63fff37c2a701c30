//! Nonce salts: what keeps two sealings from one restored state apart.

use core::fmt;

use rand_core::TryCryptoRng;

use crate::random::{RandomError, draw};

/// The source of nonce salts of one opened client: a random base that is never stored, and a count of
/// attempts that is raised before each use, for sealings that are dropped as well.
///
/// A message key seals one message; but a state restored from a snapshot, a step dropped before it was
/// stored, or a second process that opened the same store may seal again under the same key. With a salt that
/// no other run shares the nonce differs all the same. The handle can't be cloned and isn't kept in any record.
/// A process that forks copies it all the same: whoever holds it checks for that before each sealing.
pub struct NonceSalt {
    base: u64,
    attempts: u64,
}

impl fmt::Debug for NonceSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base: _, attempts } = self;
        write!(f, "NonceSalt({attempts} attempts)")
    }
}

impl NonceSalt {
    /// Bytes of a salt.
    pub const LEN: usize = 8;

    /// Draws the base.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn new(rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<Self, RandomError> {
        let base = draw::<8>(rng)?;
        Ok(Self { base: u64::from_be_bytes(*base.as_bytes()), attempts: 0 })
    }

    /// The next salt: base + attempt modulo 2^64, big-endian.
    pub fn next_salt(&mut self) -> [u8; Self::LEN] {
        self.attempts = self.attempts.wrapping_add(1);
        self.base.wrapping_add(self.attempts).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn the_base_is_not_printed() {
        assert_eq!(format!("{:?}", NonceSalt { base: 171, attempts: 2 }), "NonceSalt(2 attempts)");
    }

    #[test]
    fn salts_count_up_from_the_base() {
        let mut salt = NonceSalt { base: u64::MAX - 1, attempts: 0 };
        let salts = [(); 3].map(|()| u64::from_be_bytes(salt.next_salt()));
        assert_eq!(salts, [u64::MAX, 0, 1]);
    }
}
