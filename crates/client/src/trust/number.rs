//! Comparing by the safety number: 60 digits that one user reads to the other.

use core::fmt;

use entrenous_identity::{AccountId, SafetyNumber};
use entrenous_primitives::secret::SecretBytes;

use super::{Compared, Proof, Trust};
use crate::{
    Client, Env, Error, Event, Store,
    engine::{Name, Step, Stop, sealed::Run},
    record::Lists,
};

/// The number of two accounts, to be shown. Only a client makes one, and for one verdict: it names both accounts, so
/// that what the user says of it can't be taken for another one.
#[derive(Debug, PartialEq, Eq)]
pub struct Comparison {
    own: AccountId,
    account: AccountId,
    number: SafetyNumber,
}

impl Comparison {
    /// The account that is compared with.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The 60 digits, the same on both sides if nobody stands between.
    pub fn number(&self) -> &SafetyNumber {
        &self.number
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

/// The number that two people compare, over another channel, to know that nobody stands between them.
#[derive(Clone, Copy, Debug)]
pub struct SafetyNumberWith {
    /// The other account.
    pub account: AccountId,
}

impl Run for SafetyNumberWith {
    type Output = Comparison;

    fn run(&self, step: &mut Step<'_>) -> Result<Comparison, Stop> {
        Ok(Comparison {
            own: step.device.account,
            account: self.account,
            number: step.safety_number(&self.account)?,
        })
    }
}

/// What the user has found of the two numbers.
#[derive(Clone, Copy, Debug)]
pub struct VerifyByNumber<'a> {
    /// What was shown.
    pub comparison: &'a Comparison,
    /// Whether it was the same on both sides.
    pub same: bool,
}

impl Run for VerifyByNumber<'_> {
    type Output = Compared;

    fn run(&self, step: &mut Step<'_>) -> Result<Compared, Stop> {
        let Comparison { own, account, number } = self.comparison;
        if *own != step.device.account {
            return Err(Error::ApiMisuse("a comparison of another client's").into());
        }
        // spec: CLIENT-43
        match step.safety_number(account)? == *number {
            true => step.conclude(account, Proof::SafetyNumber, self.same),
            false => Ok(Compared::Outdated),
        }
    }
}

/// The number that the other side's screen shows, as the user has typed it.
#[derive(Clone, Copy)]
pub struct VerifyByDigits<'a> {
    /// The other account.
    pub account: AccountId,
    /// 60 digits; spaces and hyphens don't matter.
    pub digits: &'a str,
}

impl fmt::Debug for VerifyByDigits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, digits: _ } = self;
        write!(f, "VerifyByDigits({account})")
    }
}

impl Run for VerifyByDigits<'_> {
    type Output = Compared;

    fn run(&self, step: &mut Step<'_>) -> Result<Compared, Stop> {
        let typed = SafetyNumber::parse(self.digits)?;
        let number = step.safety_number(&self.account)?;
        let [typed, number] = [typed, number].map(|number| SecretBytes::from_bytes(number.digits()));
        // spec: CLIENT-43
        step.conclude(&self.account, Proof::SafetyNumber, typed.ct_eq(&number))
    }
}

impl Step<'_> {
    fn safety_number(&mut self, with: &AccountId) -> Result<SafetyNumber, Stop> {
        let Lists(known) = self.get_unless_damaged(Name::Lists(*with))?.ok_or(Error::NoSession)?;
        Ok(SafetyNumber::of(&self.device.account_key, known.in_force().account_key()))
    }

    /// Two people have compared.
    pub(crate) fn conclude(&mut self, account: &AccountId, by: Proof, same: bool) -> Result<Compared, Stop> {
        if *account == self.device.account {
            return Err(Error::ApiMisuse("comparing with the own account").into());
        }
        self.want(Self::decision_names(*account).into_iter().chain([Name::Inbox]))?;
        self.notice_lost_trust(account)?;
        let contact = self.contact(account)?.ok_or(Error::NoSession)?;
        // spec: CLIENT-42
        if !same {
            self.tell(Event::ComparisonFailed { account: *account, by })?;
            return Ok(Compared::Different);
        }
        self.decide(account, contact, Trust::verified(by, self.now))?;
        Ok(Compared::Same)
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// The number that the two compare, over another channel, to know that nobody stands between them.
    ///
    /// # Errors
    /// [`Error::NoSession`] when no device list of the account is known.
    pub fn safety_number(&mut self, with: &AccountId) -> Result<Comparison, Error> {
        self.perform(&SafetyNumberWith { account: *with })
    }

    /// The user has compared the number that was shown with the other side's, and it is the same or not.
    ///
    /// # Errors
    /// [`Error::NoSession`] when the account was forgotten since; as for [`Client::perform`].
    pub fn verify_by_number(&mut self, shown: Comparison, same: bool) -> Result<Compared, Error> {
        self.perform(&VerifyByNumber { comparison: &shown, same })
    }

    /// The user has typed the digits that the other side shows or reads out.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but 60 digits; [`Error::NoSession`] when no device list of the account is
    /// known; as for [`Client::perform`].
    pub fn verify_by_digits(&mut self, account: &AccountId, digits: &str) -> Result<Compared, Error> {
        self.perform(&VerifyByDigits { account: *account, digits })
    }
}
