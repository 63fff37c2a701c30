//! What accounts are called, and how far they are trusted.

use entrenous::{AccountId, Trust};

use crate::{history::Named, terminal::visible};

/// Digits of an account's id that are shown where it has no name.
const SHORT: usize = 12;

/// What the user calls an account, if anything.
pub(crate) fn name_of<'a>(names: &'a [Named], account: &AccountId) -> Option<&'a str> {
    names.iter().find(|named| named.account == *account).map(|named| named.name.as_str())
}

/// What the user calls an account, or a few digits of it.
pub(crate) fn known_as(names: &[Named], account: &AccountId) -> String {
    match name_of(names, account) {
        Some(name) => visible(name),
        None => format!("stranger {}…", account.to_string().chars().take(SHORT).collect::<String>()),
    }
}

/// What is known of an account, as a stable word.
pub(crate) fn trust_word(trust: Trust) -> &'static str {
    match trust {
        Trust::Verified { .. } => "verified",
        Trust::FirstUse => "not-verified",
        Trust::Changed { .. } => "changed",
        Trust::Own => "own",
    }
}
