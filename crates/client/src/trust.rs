//! Whether an account is who the user takes it for.

pub(crate) mod cards;
pub(crate) mod change;
mod decision;
pub(crate) mod number;
mod owed;
#[cfg(test)]
mod tests;

use entrenous_identity::{AccountId, Timestamp};

/// What is known of an account. It is verified by comparing something, never by setting a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Taken as it came, and nothing compared: whoever handed out the first bundle could have been in between.
    FirstUse,
    /// The two people have compared.
    Verified {
        /// What they compared.
        by: Proof,
        /// When, by the clock of the device on which they did.
        at: Timestamp,
    },
    /// The own account, of whose messages to others own devices get copies: its key has listed the device.
    Own,
    /// The application says that this account has come in the place of another one, which the user knew; or what was
    /// decided about it is lost ([`Event::TrustLost`](crate::Event::TrustLost)). Nothing is sent to it until the user
    /// has accepted it or compared.
    Changed {
        /// The account that was there before; the same one if what was decided is lost.
        replaces: AccountId,
    },
}

/// What two people have compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The 60 digits of the safety number.
    SafetyNumber,
    /// A card that one scanned from the other's screen.
    Card,
    /// A short string, over a voice or video call.
    ShortString,
}

impl Trust {
    /// The number in records.
    pub(crate) const fn number(&self) -> u32 {
        match self {
            Self::FirstUse => 1,
            Self::Verified { .. } => 2,
            Self::Changed { .. } => 3,
            Self::Own => 4,
        }
    }

    /// What was decided about `account` is lost: it may have been a change.
    // spec: CLIENT-20, CLIENT-80
    pub(crate) const fn lost(account: AccountId) -> Self {
        Self::Changed { replaces: account }
    }

    pub(crate) const fn is_changed(&self) -> bool {
        matches!(self, Self::Changed { .. })
    }
}

impl Proof {
    /// The number in records.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::SafetyNumber => 1,
            Self::Card => 2,
            Self::ShortString => 3,
        }
    }

    pub(crate) const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::SafetyNumber),
            2 => Some(Self::Card),
            3 => Some(Self::ShortString),
            _ => None,
        }
    }
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Same` has verified the account"]
pub enum Compared {
    /// It was the same: the account is verified.
    Same,
    /// It was not: told by [`Event::ComparisonFailed`](crate::Event::ComparisonFailed), and nothing has changed.
    Different,
    /// What was compared is not what is known any more: device lists or the session have changed meanwhile.
    Outdated,
}
