//! Whether an account is who the user takes it for.

use entrenous_identity::{AccountId, SafetyNumber, Timestamp};

use crate::{
    Error,
    engine::{Name, Step, Stop, sealed::Run},
    record::Lists,
};

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
    /// The application says that this account has come in the place of another one, which the user knew. Nothing is
    /// sent to it until the user has accepted it or compared.
    Changed {
        /// The account that was there before.
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
        }
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

/// The number that two people compare, over another channel, to know that nobody stands between them.
#[derive(Clone, Copy, Debug)]
pub struct SafetyNumberWith {
    /// The other account.
    pub account: AccountId,
}

impl Run for SafetyNumberWith {
    type Output = SafetyNumber;

    fn run(&self, step: &mut Step<'_>) -> Result<SafetyNumber, Stop> {
        let Lists(known) = step.get(Name::Lists(self.account))?.ok_or(Error::NoSession)?;
        Ok(SafetyNumber::of(&step.device.account_key, known.in_force().account_key()))
    }
}
