//! The safety number: what two people compare to know that nobody stands between them.

use core::fmt;

use entrenous_primitives::hash::sha256;
use entrenous_wire::{Malformed, Reason, label};

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

    /// The number that somebody has typed: 60 digits, with spaces and hyphens wherever they are.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut digits = [0; 60];
        let mut slots = digits.iter_mut();
        let malformed = |reason| Malformed::new("safety number", reason);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let digit = c.to_digit(10).ok_or(malformed(Reason::Invalid))?;
            let slot = slots.next().ok_or(malformed(Reason::Length))?;
            *slot = digit.to_le_bytes()[0];
        }
        match slots.next() {
            None => Ok(Self(digits)),
            Some(_) => Err(malformed(Reason::Length)),
        }
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
        let mut rest = number;
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

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;
    use crate::testing::account;

    #[test]
    fn a_number_that_was_typed_is_read_again() {
        let ((_, _, one), (_, _, other)) = (account(1), account(2));
        let number = SafetyNumber::of(one.account_key(), other.account_key());
        let text = number.to_string();
        assert_eq!(SafetyNumber::parse(&text), Ok(number));
        assert_eq!(format!("{number:?}"), format!("SafetyNumber({text})"));
        assert_eq!(SafetyNumber::parse(&text.replace(' ', "-")), Ok(number));
        let bad = [format!("{text}0"), text[..text.len() - 1].into(), text.replace('0', "O"), "".into()];
        for bad in bad.iter().filter(|bad| **bad != text) {
            assert!(SafetyNumber::parse(bad).is_err(), "{bad}");
        }
    }
}
