//! The text form of everything that people copy or scan.
//!
//! ```text
//! EN1 <kind>-XXXX-XXXX-…      Base32 of payload ‖ first 4 bytes of H(label ‖ kind 1 ‖ payload)
//! ```
//!
//! All of it is in the alphabet of a QR code's alphanumeric mode. Writing gives one form; reading forgives case,
//! spaces, hyphens, and the letters O, I and L for digits.

mod base32;

use alloc::{string::String, vec::Vec};

use entrenous_primitives::{hash::sha256, secret::SecretBytes};
use entrenous_wire::label;
use thiserror::Error;
use zeroize::Zeroizing;

/// Begins every text: the project and the version.
const PREFIX: &str = "EN1";
/// Bytes of the check: a typo passes it once in 2^32 times.
const CHECK_LEN: usize = 4;
/// Symbols in a group.
const GROUP: usize = 4;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A [`Card`](crate::Card): public.
    Card,
    /// A [`LinkCode`](crate::linking::LinkCode): secret for minutes.
    Link,
    /// A [`RecoveryCode`](crate::RecoveryCode): secret for ever.
    Recovery,
}

impl Kind {
    /// The letter that stands in the text, of the Base32 alphabet.
    fn letter(self) -> u8 {
        match self {
            Self::Card => b'C',
            Self::Link => b'D',
            Self::Recovery => b'R',
        }
    }

    fn of(letter: char) -> Option<Self> {
        [Self::Card, Self::Link, Self::Recovery].into_iter().find(|kind| char::from(kind.letter()) == letter)
    }
}

/// A text that is not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no {expected:?} text: {problem}")]
pub struct TextError {
    /// What was expected.
    pub expected: Kind,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is none of ours.
    #[error("no text of this protocol")]
    Foreign,
    /// It is of another version.
    #[error("another version")]
    Version,
    /// It is something else of ours.
    #[error("it is a {0:?} text")]
    OtherKind(Kind),
    /// It has a character that never stands in it.
    #[error("a character that it can't have")]
    Character,
    /// Characters are missing or too many.
    #[error("too short or too long")]
    Length,
    /// The check fails: a typo.
    #[error("a typo")]
    Typo,
    /// It was written so, and yet isn't acceptable: a key that is no key, an epoch of zero.
    #[error("not acceptable")]
    Invalid,
}

/// Writes `payload` as a text of `kind`. Wiped when dropped: some payloads are secret.
pub(crate) fn encode(kind: Kind, payload: &[u8]) -> Zeroizing<String> {
    let check = check(kind, payload);
    let symbols = base32::len(payload.len() + CHECK_LEN);
    // at full length at once: a string that grows leaves copies
    let mut text =
        Zeroizing::new(String::with_capacity(PREFIX.len() + 1 + symbols + symbols.div_ceil(GROUP)));
    text.push_str(PREFIX);
    text.push(char::from(kind.letter()));
    for (i, symbol) in base32::symbols(payload.iter().chain(&check).copied()).enumerate() {
        // spec: IDENTITY-60
        if i % GROUP == 0 {
            text.push('-');
        }
        text.push(symbol);
    }
    text
}

/// Reads a text of `expected` with a payload of `N` bytes.
pub(crate) fn decode<const N: usize>(expected: Kind, text: &str) -> Result<SecretBytes<N>, TextError> {
    let error = |problem| TextError { expected, problem };
    // spec: IDENTITY-62
    let mut symbols = text.chars().filter(|c| !is_separator(*c)).map(base32::normalized);
    check_prefix(expected, &mut symbols).map_err(error)?;

    let mut bytes = Zeroizing::new(Vec::with_capacity(N + CHECK_LEN));
    let mut bits = base32::Bits::default();
    for _ in 0..base32::len(N + CHECK_LEN) {
        let symbol = symbols.next().ok_or(error(Problem::Length))?;
        let value = base32::value(symbol).ok_or(error(Problem::Character))?;
        bytes.extend(bits.take(value));
    }
    if symbols.next().is_some() {
        return Err(error(Problem::Length));
    }
    let (payload, found) = bytes.split_first_chunk::<N>().ok_or(error(Problem::Length))?;
    // spec: IDENTITY-61
    let wanted = SecretBytes::from_bytes(&check(expected, payload));
    let found = found.try_into().map(SecretBytes::<CHECK_LEN>::from_bytes);
    match found.is_ok_and(|found| found.ct_eq(&wanted)) && bits.rest_is_zero() {
        true => Ok(SecretBytes::from_bytes(payload)),
        false => Err(error(Problem::Typo)),
    }
}

// spec: IDENTITY-63
fn check_prefix(expected: Kind, symbols: &mut impl Iterator<Item = char>) -> Result<(), Problem> {
    let mut wanted = PREFIX.chars();
    let version = wanted.next_back();
    if !wanted.all(|c| symbols.next() == Some(c)) {
        return Err(Problem::Foreign);
    }
    if symbols.next() != version {
        return Err(Problem::Version);
    }
    match symbols.next().and_then(Kind::of) {
        Some(kind) if kind == expected => Ok(()),
        Some(other) => Err(Problem::OtherKind(other)),
        None => Err(Problem::Foreign),
    }
}

/// Spaces of every kind, and the hyphens and dashes that programs put in their place.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || c == '-' || ('\u{2010}'..='\u{2015}').contains(&c)
}

fn check(kind: Kind, payload: &[u8]) -> [u8; CHECK_LEN] {
    // spec: IDENTITY-61
    let [a, b, c, d, ..] = sha256(&[label::TEXT_CHECK, &[kind.letter()], payload]);
    [a, b, c, d]
}

#[cfg(test)]
mod tests;
