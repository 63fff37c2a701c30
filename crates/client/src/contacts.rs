//! Contacts: the accounts that the user writes to, and the strangers who have written.

mod forget;
mod known;
mod status;
#[cfg(test)]
mod tests;

use entrenous_identity::AccountId;

pub use forget::Forget;
pub use status::{ContactStatus, DeviceStatus, ReadContact, SessionStatus};

use crate::{
    Client, Env, Error, Store, Trust,
    engine::{Name, Step, Stop, sealed::Run},
};

/// Contacts that are read at once.
const PAGE: usize = 256;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKind {
    /// Those whom the user writes to, or has chosen to know.
    Accepted,
    /// Those who have written, and nothing more: at most 1,024. For a further one the one who was silent longest is
    /// forgotten, after 30 days at the earliest; what is in the inbox of him stays.
    Strangers,
}

/// A contact in a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactEntry {
    /// Who.
    pub account: AccountId,
    /// Whether it is who the user takes it for.
    pub trust: Trust,
}

/// Reads contacts, ascending by account id.
#[derive(Clone, Copy, Debug)]
pub struct ReadContacts {
    /// Which.
    pub kind: ContactKind,
    /// The last one that was read before; none to begin.
    pub after: Option<AccountId>,
    /// At most this many.
    pub limit: usize,
}

impl Run for ReadContacts {
    type Output = Vec<ContactEntry>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<ContactEntry>, Stop> {
        let contacts = step.contacts()?;
        let mut accounts = match self.kind {
            ContactKind::Accepted => contacts.accepted,
            ContactKind::Strangers => contacts.strangers().collect(),
        };
        accounts.retain(|account| self.after.is_none_or(|after| *account > after));
        accounts.sort_unstable();
        accounts.truncate(self.limit);
        step.want(accounts.iter().map(|account| Name::Contact(*account)))?;
        let entry = |account: AccountId| {
            let trust = step.contact(&account)?.map_or(Trust::FirstUse, |contact| contact.trust);
            Ok(ContactEntry { account, trust })
        };
        accounts.into_iter().map(entry).collect()
    }
}

/// The user chooses to know a stranger. (Writing to one does the same.)
///
/// # Errors
/// [`Error::NoSession`] when the account is not known.
#[derive(Clone, Copy, Debug)]
pub struct Accept {
    /// Who.
    pub account: AccountId,
}

impl Run for Accept {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        step.want([Name::Contact(self.account), Name::Contacts])?;
        step.contact(&self.account)?.ok_or(Error::NoSession)?;
        step.choose_contact(&self.account)
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// Contacts, ascending by account id, at most 256 after `after`.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn contacts(
        &mut self,
        kind: ContactKind,
        after: Option<&AccountId>,
    ) -> Result<Vec<ContactEntry>, Error> {
        self.perform(&ReadContacts { kind, after: after.copied(), limit: PAGE })
    }

    /// All that is known of an account.
    ///
    /// # Errors
    /// [`Error::NoSession`] when the account is not known.
    pub fn contact(&mut self, account: &AccountId) -> Result<ContactStatus, Error> {
        self.perform(&ReadContact { account: *account })
    }

    /// The user chooses to know a stranger.
    ///
    /// # Errors
    /// Those of [`Accept`].
    pub fn accept(&mut self, account: &AccountId) -> Result<(), Error> {
        self.perform(&Accept { account: *account })
    }

    /// Forgets an account: its sessions, lists, trust, and what waits for it.
    ///
    /// # Errors
    /// Those of [`Forget`].
    pub fn forget(&mut self, account: &AccountId) -> Result<(), Error> {
        self.perform(&Forget { account: *account })
    }
}
