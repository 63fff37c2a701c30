//! An account that has come in the place of another one: somebody has lost the old one, or is not who he was.

use entrenous_identity::AccountId;

use super::Trust;
use crate::{
    Client, Env, Error, Event, Store,
    engine::{Name, Step, Stop, sealed::Run},
};

/// The application says that the name under which the user knows `old` now belongs to `new`. Nothing is sent to `new`
/// until the user has accepted it or compared; that `old` was verified counts no more.
///
/// # Errors
/// [`Error::NoSession`] when `old` is not known; [`Error::ApiMisuse`] for one account twice, or the own.
#[derive(Clone, Copy, Debug)]
pub struct ReplaceContact {
    /// The account that the user knows.
    pub old: AccountId,
    /// The one in its place.
    pub new: AccountId,
}

impl Run for ReplaceContact {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let Self { old, new } = *self;
        if old == new || [old, new].contains(&step.device.account) {
            return Err(Error::ApiMisuse("a contact replaced by itself or with the own account").into());
        }
        let names = [old, new].map(Step::decision_names);
        step.want(names.into_iter().flatten().chain([Name::Inbox]))?;
        let before = step.contact_to_change(&old)?.ok_or(Error::NoSession)?;
        let after = step.contact_or_new(&new)?;
        // spec: CLIENT-46
        if after.trust == (Trust::Changed { replaces: old }) {
            return Ok(());
        }
        if matches!(before.trust, Trust::Verified { .. }) {
            step.decide(&old, before, Trust::FirstUse)?;
        }
        step.decide(&new, after, Trust::Changed { replaces: old })?;
        step.tell(Event::IdentityChanged { from: old, to: new })
    }
}

/// A change that the user has to accept, to be shown. Only a client makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct IdentityChange {
    own: AccountId,
    replaces: AccountId,
    account: AccountId,
}

impl IdentityChange {
    /// The account that the user knew; the same one if what was decided about it is lost.
    pub fn replaces(&self) -> AccountId {
        self.replaces
    }

    /// The one in its place.
    pub fn account(&self) -> AccountId {
        self.account
    }
}

/// Reads what the user would accept of an account; none when there is nothing to accept.
#[derive(Clone, Copy, Debug)]
pub struct ReadChange {
    /// The account that has come in the place of another one.
    pub account: AccountId,
}

impl Run for ReadChange {
    type Output = Option<IdentityChange>;

    fn run(&self, step: &mut Step<'_>) -> Result<Option<IdentityChange>, Stop> {
        let (own, account) = (step.device.account, self.account);
        let contact = step.contact(&account)?.ok_or(Error::NoSession)?;
        Ok(match contact.trust {
            Trust::Changed { replaces } => Some(IdentityChange { own, replaces, account }),
            _ => None,
        })
    }
}

/// The user accepts a change: the account is one that nobody has compared, as at a first contact.
///
/// # Errors
/// [`Error::IdentityChanged`] when it is not this change any more that would be accepted.
#[derive(Clone, Copy, Debug)]
pub struct AcceptChange<'a> {
    /// What was shown.
    pub change: &'a IdentityChange,
}

impl Run for AcceptChange<'_> {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let IdentityChange { own, replaces, account } = *self.change;
        if own != step.device.account {
            return Err(Error::ApiMisuse("a change of another client's").into());
        }
        step.want(Step::decision_names(account))?;
        let contact = step.contact_to_change(&account)?.ok_or(Error::NoSession)?;
        // spec: CLIENT-47
        match contact.trust {
            Trust::Changed { replaces: now } if now == replaces => {
                step.decide(&account, contact, Trust::FirstUse)
            }
            Trust::Changed { .. } => Err(Error::IdentityChanged.into()),
            // accepted or verified meanwhile
            Trust::FirstUse | Trust::Verified { .. } | Trust::Own => Ok(()),
        }
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// The name under which the user knows `old` now belongs to `new`.
    ///
    /// # Errors
    /// Those of [`ReplaceContact`].
    pub fn replace_contact(&mut self, old: &AccountId, new: &AccountId) -> Result<(), Error> {
        self.perform(&ReplaceContact { old: *old, new: *new })
    }

    /// What the user would accept of an account; none when there is nothing to accept.
    ///
    /// # Errors
    /// [`Error::NoSession`] when the account is not known.
    pub fn identity_change(&mut self, account: &AccountId) -> Result<Option<IdentityChange>, Error> {
        self.perform(&ReadChange { account: *account })
    }

    /// The user has seen the change and accepts it. What waited for the account goes out.
    ///
    /// # Errors
    /// Those of [`AcceptChange`].
    pub fn accept_change(&mut self, change: IdentityChange) -> Result<(), Error> {
        self.perform(&AcceptChange { change: &change })
    }
}
