//! Device lists: what is learned of the own account's and of others', and what follows for their sessions.

mod announce;
#[cfg(test)]
mod forks;
mod found;
mod owed;
mod push;
#[cfg(test)]
mod tests;
mod upkeep;

use entrenous_identity::{
    AccountId, DeviceId, DeviceList, DevicePublic, IdentityError, KnownLists, ListProof,
    known_lists::ListEvent,
};

pub use found::LearnList;

use crate::{
    Address, Error, Event,
    engine::{Name, Step, Stop},
    record::{Contact, DebtKind, Lists, Own, OwnHistory, RemovedDevices, Walk},
};

impl Step<'_> {
    /// The records that [`Step::learn_list`] reads.
    pub(crate) fn list_names(account: AccountId) -> [Name; 6] {
        let of = [Name::Lists(account), Name::Contact(account), Name::Card(account)];
        let [lists, contact, card] = of;
        [Name::Own, lists, contact, card, Name::Contacts, Name::Inbox]
    }

    /// Takes in a verified list of an account, this one's included, with what proves its place in the chain.
    ///
    /// # Errors
    /// What [`KnownLists::consider`] finds; [`Error::TooManyStrangers`] when the account is not known yet.
    pub(crate) fn learn_list(&mut self, list: &DeviceList, proof: Option<&ListProof>) -> Result<(), Stop> {
        let account = list.account_id();
        self.want(Self::list_names(account))?;
        let Some(Lists(known)) = self.known_lists(&account)? else {
            return self.meet(list);
        };
        let change = known.consider(list, proof, self.today())?;
        let Some(next) = change.next else { return Ok(()) };
        for event in &change.events {
            self.tell_list_event(&account, event)?;
        }
        match account == self.device.account {
            true => self.change_own(known.in_force(), &next)?,
            false => self.change_contact(known.in_force(), &next)?,
        }
        self.put(Name::Lists(account), &Lists(next));
        self.check_card(list)
    }

    /// As [`Step::learn_list`], for a list that a device has brought along to prove itself: an older one than the
    /// list in force will do as long as that has the device as well.
    pub(crate) fn learn_list_of(&mut self, list: &DeviceList, device: &DevicePublic) -> Result<(), Stop> {
        let account = list.account_id();
        match self.learn_list(list, None) {
            Err(Stop::Failed(Error::Untrusted(_))) if self.is_listed(&account, device)? => Ok(()),
            outcome => outcome,
        }?;
        // spec: CLIENT-10, RATCHET-45
        if !self.is_listed(&account, device)? {
            return Err(IdentityError::UnknownDevice.into());
        }
        let Lists(known) = self.expect(Name::Lists(account))?;
        let device = Address { account, device: device.id };
        match known.unproven_since().is_some() && self.is_close(&device)? {
            true => self.owe_list(&device, DebtKind::ask(known.in_force().epoch())),
            false => Ok(()),
        }
    }

    /// The lists of an account. Another one's that are damaged are learned anew; without the own ones nothing goes.
    // spec: CLIENT-80
    fn known_lists(&mut self, account: &AccountId) -> Result<Option<Lists>, Stop> {
        match *account == self.device.account {
            true => self.get(Name::Lists(*account)),
            false => self.get_unless_damaged(Name::Lists(*account)),
        }
    }

    fn is_listed(&mut self, account: &AccountId, device: &DevicePublic) -> Result<bool, Stop> {
        let lists = self.known_lists(account)?;
        Ok(lists.is_some_and(|Lists(known)| {
            known.in_force().has(device) && known.recipients().any(|id| id == device.id)
        }))
    }

    /// The first list of an account that nobody has heard of.
    fn meet(&mut self, list: &DeviceList) -> Result<(), Stop> {
        let account = list.account_id();
        // a card, or an own device, may have told of the account before
        let mut contact = match self.contact_to_change(&account)? {
            // lists that are damaged take with them what they were compared with, but not how new they were
            // spec: CLIENT-80
            Some(contact) if contact.list_epoch > list.epoch() => {
                return Err(IdentityError::Superseded.into());
            }
            Some(contact) => {
                if contact.accepted && contact.is_reachable() {
                    self.hand_over_again()?;
                }
                contact
            }
            None => {
                let mut contacts = self.contacts()?;
                // spec: CLIENT-105
                let forgotten = contacts.add_stranger(account, self.today())?;
                self.put(Name::Contacts, &contacts);
                if let Some(forgotten) = forgotten {
                    self.forget(forgotten)?;
                }
                Contact::new()
            }
        };
        let known = KnownLists::first(list.clone());
        let before = core::mem::take(&mut contact.devices);
        contact.set_lists(&known);
        self.put(Name::Contact(account), &contact);
        self.put(Name::Lists(account), &Lists(known));
        self.compare_devices(list, &before)?;
        self.check_card(list)
    }

    /// What follows from a list where the ones before are damaged, and only the devices are known that there were.
    // spec: CLIENT-11, CLIENT-80
    fn compare_devices(&mut self, list: &DeviceList, before: &[DeviceId]) -> Result<(), Stop> {
        let account = list.account_id();
        let now: Vec<DeviceId> = list.device_ids().collect();
        for device in before.iter().filter(|device| !now.contains(device)) {
            let device = Address { account, device: *device };
            self.tell(Event::DeviceRemoved { device })?;
            self.part_from(&device)?;
        }
        let added = now.into_iter().filter(|device| !before.is_empty() && !before.contains(device));
        added
            .into_iter()
            .try_for_each(|device| self.tell(Event::DeviceAdded { device: Address { account, device } }))
    }

    fn change_contact(&mut self, before: &DeviceList, next: &KnownLists) -> Result<(), Stop> {
        let account = next.account_id();
        let mut contact = self.contact_to_change(&account)?.ok_or(Error::Corrupt)?;
        contact.set_lists(next);
        self.put(Name::Contact(account), &contact);
        self.part_from_devices(before, next.in_force())
    }

    pub(crate) fn change_own(&mut self, before: &DeviceList, next: &KnownLists) -> Result<(), Stop> {
        let mut own: Own = self.expect(Name::Own)?;
        let was_listed = own.listed;
        own.list_epoch = next.in_force().epoch();
        own.devices = next.recipients().collect();
        own.listed = next.in_force().has(self.device.keys.public());
        self.put(Name::Own, &own);
        // another branch changes who messages go to, and not the list in force
        if before.hash() != next.in_force().hash() {
            let mut history: OwnHistory = self.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
            history.add(before);
            self.put(Name::OwnHistory, &history);
            // spec: CLIENT-64
            self.note(Name::Announcement)?;
            self.put(Name::Announcement, &Walk::default());
            self.keep_removed(before, next.in_force())?;
            self.part_from_devices(before, next.in_force())?;
            self.upload_again()?;
        }
        // spec: CLIENT-8
        match was_listed && !own.listed {
            true => self.tell(Event::RemovedFromAccount),
            false => Ok(()),
        }
    }

    /// Remembers the own devices that a list no longer has: their ids never come back.
    // spec: CLIENT-61
    fn keep_removed(&mut self, before: &DeviceList, now: &DeviceList) -> Result<(), Stop> {
        let gone = before.device_ids().filter(|id| now.device_ids().all(|listed| listed != *id));
        let gone: Vec<DeviceId> = gone.collect();
        if gone.is_empty() {
            return Ok(());
        }
        let mut removed: RemovedDevices = self.get_unless_damaged(Name::RemovedDevices)?.unwrap_or_default();
        removed.0.extend(gone);
        self.put(Name::RemovedDevices, &removed);
        Ok(())
    }

    /// Ends the sessions with the devices of the list in force before that the one `now` lacks, disputed ones
    /// included, with what waits for them.
    // spec: CLIENT-11, RATCHET-45
    fn part_from_devices(&mut self, before: &DeviceList, now: &DeviceList) -> Result<(), Stop> {
        let me = self.device.address();
        let gone = before.device_ids().filter(|id| now.device_ids().all(|listed| listed != *id));
        let gone = gone.map(|device| Address { account: now.account_id(), device });
        let gone: Vec<Address> = gone.filter(|gone| *gone != me).collect();
        gone.iter().try_for_each(|device| self.part_from(device).map(drop))
    }

    fn tell_list_event(&mut self, account: &AccountId, event: &ListEvent) -> Result<(), Stop> {
        let own = *account == self.device.account;
        let of = |id: &DeviceId| Address { account: *account, device: *id };
        let event = match event {
            ListEvent::DeviceAdded(id) if own => Event::OwnDeviceAdded { device: *id },
            ListEvent::DeviceRemoved(id) if own => Event::OwnDeviceRemoved { device: *id },
            ListEvent::DeviceAdded(id) => Event::DeviceAdded { device: of(id) },
            ListEvent::DeviceRemoved(id) => Event::DeviceRemoved { device: of(id) },
            ListEvent::Forked(_) => Event::DeviceListForked { account: *account },
            ListEvent::Stale => Event::DeviceListStale { account: *account },
            // told by the status of the contact, and nothing that a user could act on
            _ => return Ok(()),
        };
        self.tell(event)
    }
}
