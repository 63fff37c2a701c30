//! A new own list is pushed to all own devices and accepted contacts, some in each step.

use entrenous_identity::AccountId;

use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop},
    record::Walk,
    trust::Trust,
};

/// Contacts that are visited in one step, of at most 16 devices each.
const CONTACTS_A_STEP: usize = 8;

impl Step<'_> {
    /// The next `count` accepted contacts of a walk, by ascending id.
    pub(crate) fn walk_on(&mut self, walk: Walk, count: usize) -> Result<Vec<AccountId>, Stop> {
        let mut accounts = self.contacts()?.accepted;
        accounts.retain(|account| walk.0.is_none_or(|visited| *account > visited));
        accounts.sort_unstable();
        accounts.truncate(count);
        Ok(accounts)
    }

    /// Pushes the newest own list to those who have their turn, if it was not pushed to everybody; tells whether
    /// there are more.
    // spec: CLIENT-64
    pub(crate) fn announce_list(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<bool, Stop> {
        if !self.has(Name::Announcement)? {
            return Ok(false);
        }
        // who was told already is skipped
        let walk: Walk = self.get_unless_damaged(Name::Announcement)?.unwrap_or_default();
        let accounts = self.walk_on(walk, CONTACTS_A_STEP)?;
        self.want(accounts.iter().map(|account| Name::Contact(*account)))?;
        let mut devices = match walk.0 {
            None => self.other_own_devices()?,
            Some(_) => Vec::new(),
        };
        for account in &accounts {
            let contact = self.contact(account)?;
            let contact = contact.filter(|contact| !matches!(contact.trust, Trust::Changed { .. }));
            let ids = contact.map(|contact| contact.devices).unwrap_or_default();
            devices.extend(ids.into_iter().map(|device| Address { account: *account, device }));
        }
        self.load_active_sessions(&devices)?;
        for device in &devices {
            match self.attempt(|step| step.push_list(device))? {
                Ok(pushed) => outgoing.extend(pushed),
                // those who have not got it get it the next time
                Err(Error::OutboxFull) => return Ok(false),
                // with the next message, if at all
                Err(_) => {}
            }
        }
        match accounts.last() {
            Some(last) if accounts.len() == CONTACTS_A_STEP => {
                self.put(Name::Announcement, &Walk(Some(*last)));
                Ok(true)
            }
            _ => {
                self.remove(Name::Announcement)?;
                Ok(false)
            }
        }
    }

    /// The own devices that messages go to, but this one.
    pub(crate) fn other_own_devices(&mut self) -> Result<Vec<Address>, Stop> {
        let me = self.device.address();
        let devices = self.own()?.devices.into_iter();
        let address = |device| Address { account: me.account, device };
        Ok(devices.map(address).filter(|device| *device != me).collect())
    }
}
