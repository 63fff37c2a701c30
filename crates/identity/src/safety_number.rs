//! The safety number: what two people compare to know that nobody stands between them.

use core::fmt;

use entrenous_primitives::hash::sha256;
use entrenous_wire::label;

use crate::{AccountId, AccountPublicKey};

/// Rounds of hashing for each half: makes the search for a key with a similar number expensive.
pub const ROUNDS: usize = 5_200;

/// Sixty digits over both accounts' ids and keys: the same on both sides, and stable while devices come
/// and go.
///
/// `Display` prints twelve groups of five digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SafetyNumber([u8; 60]);

impl SafetyNumber {
    /// The number of the pair, in either order.
    pub fn of(one: &AccountPublicKey, other: &AccountPublicKey) -> Self {
        let mut halves = [(AccountId::of(one), one), (AccountId::of(other), other)];
        // spec: IDENTITY-10
        halves.sort_by_key(|(id, _)| *id);
        let mut digits = [0; 60];
        for (half, (id, key)) in digits.chunks_exact_mut(30).zip(halves) {
            write_digits(&fingerprint(&id, key), half);
        }
        Self(digits)
    }

    /// The 60 digits as numbers from 0 to 9.
    pub fn digits(&self) -> &[u8; 60] {
        &self.0
    }
}

fn fingerprint(id: &AccountId, key: &AccountPublicKey) -> [u8; 32] {
    // spec: IDENTITY-9
    let first = sha256(&[label::SAFETY_NUMBER, id.as_bytes(), key.as_bytes()]);
    (0..ROUNDS).fold(first, |hash, _| sha256(&[&hash, key.as_bytes()]))
}

/// Each 5 bytes of the first 30, as a big-endian number modulo 100,000, are 5 digits.
fn write_digits(fingerprint: &[u8; 32], digits: &mut [u8]) {
    // spec: IDENTITY-11
    for (group, bytes) in digits.chunks_exact_mut(5).zip(fingerprint.chunks_exact(5)) {
        let number = bytes.iter().fold(0u64, |number, b| number << 8 | u64::from(*b));
        let mut rest = number % 100_000;
        for digit in group.iter_mut().rev() {
            *digit = (rest % 10).to_le_bytes()[0];
            rest /= 10;
        }
    }
}

impl fmt::Display for SafetyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, group) in self.0.chunks_exact(5).enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            group.iter().try_for_each(|digit| write!(f, "{digit}"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for SafetyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafetyNumber({self})")
    }
}
