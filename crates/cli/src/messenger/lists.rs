//! Which devices an account has by now: the drop folder tells it before anybody has written.

use entrenous::{AccountId, Address, Error};

use super::{Account, Messenger, Trouble, sync::put_off};
use crate::transport::Transport;

impl Messenger {
    /// Takes in the device list that the drop folder has of this account and of these contacts: an account that was
    /// recovered has nobody's session left to tell of it, and a device that was removed may have heard nothing of it. What
    /// can't be read of one of them doesn't keep the others: the first such trouble comes at the end.
    ///
    /// It is asked for all of them: reading a folder tells nobody whom one knows.
    pub(crate) fn look_for_lists(
        &mut self,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<(), Trouble> {
        let mut first = None;
        for account in [self.account.client.account_id()].into_iter().chain(accounts) {
            put_off(self.look_for_lists_of(account), &mut first)?;
        }
        first.map_or(Ok(()), Err)
    }

    /// The same before something goes to an account. What can't be read now is no reason not to begin; that this device was
    /// removed is one.
    pub(crate) fn look_before_sending(&mut self, to: AccountId) -> Result<(), Trouble> {
        match self.look_for_lists([to]) {
            Ok(()) | Err(Trouble::Transport(_)) => self.account.refuse_if_removed(),
            Err(trouble) => Err(trouble),
        }
    }

    fn look_for_lists_of(&mut self, account: AccountId) -> Result<(), Trouble> {
        let me = self.account.client.address();
        for device in self.transport.devices(&account)? {
            let device = Address { account, device };
            if device == me {
                continue;
            }
            let Some(bundle) = self.transport.look_at(&device)? else { continue };
            match self.account.client.learn_list(&account, &bundle) {
                Ok(_) => {}
                Err(error @ (Error::Store(_) | Error::Busy | Error::Random(_))) => {
                    return Err(error.into());
                }
                // anybody can put something there, and who is not known is found by his first bundle
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// The accounts that have a name.
    pub(crate) fn named_accounts(&self) -> Result<Vec<AccountId>, Trouble> {
        Ok(self.account.history.names()?.into_iter().map(|named| named.account).collect())
    }
}

impl Account {
    /// Whether this device is no longer one of its account's.
    pub(crate) fn is_removed(&mut self) -> Result<bool, Trouble> {
        Ok(self.client.devices()?.iter().all(|device| !device.this))
    }

    /// A device that was removed sends nothing more, and its history says so.
    pub(crate) fn refuse_if_removed(&mut self) -> Result<(), Trouble> {
        if !self.is_removed()? {
            return Ok(());
        }
        self.keep_inbox()?;
        self.history.give_up_all()?;
        Err(Error::RemovedFromAccount.into())
    }
}
