//! Lists that the application finds in the directory, without a session.

use entrenous_agreement::AgreementError;
use entrenous_identity::{AccountId, IdentityError};

use crate::{
    Address, Client, Env, Error, Store,
    engine::{Name, Step, Stop, sealed::Run},
    record::{DebtKind, Lists},
    recovery::list_of_account,
};

/// Takes in the device list that a directory has of an account, a known one or the own one, and tells whether that has
/// changed anything. It uses no prekey. A device that was removed, or has come, while its account had no session left that
/// could have told is noticed so. An older list says nothing.
///
/// # Errors
/// [`Error::NoSession`] when the account is not known; [`Error::IdentityMismatch`] for another account's list;
/// [`Error::Malformed`] and [`Error::Untrusted`] when it is none, or doesn't hold.
#[derive(Clone, Copy, Debug)]
pub struct LearnList<'a> {
    /// Whose.
    pub account: AccountId,
    /// A bundle of any of its devices, or the list itself.
    pub list: &'a [u8],
}

impl Run for LearnList<'_> {
    type Output = bool;

    // spec: CLIENT-80, CLIENT-145
    fn run(&self, step: &mut Step<'_>) -> Result<bool, Stop> {
        let account = self.account;
        step.want(Step::list_names(account))?;
        // nobody becomes a stranger by being looked for
        if account != step.device.account && step.contact(&account)?.is_none() {
            return Err(Error::NoSession.into());
        }
        step.notice_lost_trust(&account)?;
        let list = list_of_account(&account, self.list, step.today())?;
        let before = step.known_lists(&account)?;
        match step.learn_list(&list, None) {
            Err(Stop::Failed(Error::Untrusted(AgreementError::Identity(IdentityError::Superseded)))) => {
                return Ok(false);
            }
            learned => learned?,
        }
        let Lists(known) = step.expect(Name::Lists(account))?;
        let same = |Lists(before): Lists| {
            let branches = |known: &entrenous_identity::KnownLists| known.other_branches().len();
            before.in_force().name() == known.in_force().name() && branches(&before) == branches(&known)
        };
        if before.is_some_and(same) {
            return Ok(false);
        }
        // spec: CLIENT-66
        if known.unproven_since().is_some() {
            let devices = known.recipients().map(|device| Address { account, device });
            let me = step.device.address();
            for device in devices.filter(|device| *device != me).collect::<Vec<_>>() {
                if step.is_close(&device)? {
                    step.owe_list(&device, DebtKind::ask(known.in_force().epoch()))?;
                }
            }
        }
        Ok(true)
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// Takes in the device list in a bundle, or the list itself, that a directory has of a known account or the own one;
    /// tells whether that has changed anything.
    ///
    /// # Errors
    /// Those of [`LearnList`], and as for [`Client::perform`].
    pub fn learn_list(&mut self, account: &AccountId, list: &[u8]) -> Result<bool, Error> {
        self.perform(&LearnList { account: *account, list })
    }
}
