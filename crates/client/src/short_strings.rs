//! Comparing a short string with somebody, over a call or face to face: seven emoji, or twelve digits.
//!
//! ```text
//! begin ──▶ waiting ──▶ ready ──▶ verified, or told that it was different
//! asked ──▶ join ──▶ waiting ──▶ ready
//! ```
//!
//! A user takes part in one comparison at a time, which is one try. The messages go in control frames; each next state
//! is committed together with the message that it sends.

mod receiving;
mod taking_part;
#[cfg(test)]
mod tests;

use entrenous_identity::{AccountId, ShortString, sas::Sas};

pub use taking_part::{BeginShortString, CancelShortString, DecideShortString, JoinShortString};

use crate::{
    Address, Client, Compared, Env, Error, Event, Store,
    engine::{Name, Step, Stop, sealed::Run},
    event::ShortStringEnd,
    record::{ShortStringRun, ShortStrings},
};

/// How far a comparison has come.
#[derive(Debug, PartialEq, Eq)]
pub enum ShortStringState {
    /// The other side asks: [`Client::join_short_string`] when the user agrees.
    Asked {
        /// Who, and on which device.
        with: Address,
    },
    /// It is the other side's turn.
    Waiting {
        /// Whose.
        with: Address,
    },
    /// The users compare.
    Ready(ShownString),
}

/// A short string to be shown. Only a client makes one, and for one verdict.
#[derive(Debug, PartialEq, Eq)]
pub struct ShownString {
    with: Address,
    string: ShortString,
}

impl ShownString {
    /// The device that is compared with.
    pub fn with(&self) -> Address {
        self.with
    }

    /// What to show: the same on both sides if nobody stands between.
    pub fn string(&self) -> &ShortString {
        &self.string
    }
}

/// Reads how far the comparison with an account has come; none when there is none.
#[derive(Clone, Copy, Debug)]
pub struct ReadShortString {
    /// The other account.
    pub account: AccountId,
}

impl Run for ReadShortString {
    type Output = Option<ShortStringState>;

    fn run(&self, step: &mut Step<'_>) -> Result<Option<ShortStringState>, Stop> {
        let mut all: ShortStrings = step.get_unless_damaged(Name::ShortStrings)?.unwrap_or_default();
        // what is over is told by whatever changes the record next
        all.take_over(step.now);
        if let Some(run) = all.run.filter(|run| run.with.account == self.account) {
            let with = run.with;
            return Ok(Some(match run.state {
                Sas::Comparing(state) => {
                    ShortStringState::Ready(ShownString { with, string: state.short_string() })
                }
                _ => ShortStringState::Waiting { with },
            }));
        }
        let asked = all.invited.iter().rev().find(|invited| invited.with.account == self.account);
        Ok(asked.map(|invited| ShortStringState::Asked { with: invited.with }))
    }
}

impl Step<'_> {
    /// The comparisons, without those that have lasted too long.
    fn short_strings(&mut self) -> Result<ShortStrings, Stop> {
        self.want([Name::ShortStrings, Name::Inbox])?;
        let mut all: ShortStrings = self.get_unless_damaged(Name::ShortStrings)?.unwrap_or_default();
        if let Some(ShortStringRun { with, .. }) = all.take_over(self.now) {
            self.tell(Event::ShortStringEnded { with, why: ShortStringEnd::TimedOut })?;
        }
        Ok(all)
    }

    /// Ends what has lasted too long, with its secrets.
    pub(crate) fn end_short_strings(&mut self) -> Result<(), Stop> {
        if self.get_unless_damaged::<ShortStrings>(Name::ShortStrings)?.is_none_or(|all| all.is_empty()) {
            return Ok(());
        }
        let all = self.short_strings()?;
        self.put(Name::ShortStrings, &all);
        Ok(())
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// Asks the other side to compare a short string: with the device that its user has at hand. A comparison that
    /// was going on ends.
    ///
    /// # Errors
    /// Those of [`BeginShortString`].
    pub fn begin_short_string(&mut self, with: &Address) -> Result<(), Error> {
        self.perform(&BeginShortString { with: *with })
    }

    /// The user agrees to compare what the other side has asked for. A comparison that was going on ends.
    ///
    /// # Errors
    /// Those of [`JoinShortString`].
    pub fn join_short_string(&mut self, with: &Address) -> Result<(), Error> {
        self.perform(&JoinShortString { with: *with })
    }

    /// How far the comparison with an account has come; none when there is none.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn short_string(&mut self, account: &AccountId) -> Result<Option<ShortStringState>, Error> {
        self.perform(&ReadShortString { account: *account })
    }

    /// The user has compared what was shown with the other side's, and it is the same or not.
    ///
    /// # Errors
    /// Those of [`DecideShortString`].
    pub fn decide_short_string(&mut self, shown: ShownString, same: bool) -> Result<Compared, Error> {
        self.perform(&DecideShortString { shown: &shown, same })
    }

    /// The user doesn't want to compare (any more).
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn cancel_short_string(&mut self, account: &AccountId) -> Result<(), Error> {
        self.perform(&CancelShortString { account: *account })
    }
}
