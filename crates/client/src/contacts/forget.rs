//! Forgetting an account.

use std::collections::BTreeSet;

use entrenous_identity::{AccountId, DeviceId, DeviceList};

use crate::{
    Address, Destination, Error,
    engine::{Name, Step, Stop, Which, sealed::Run},
    record::{EnvelopeRecord, Forgotten, Lists, Pair, ShortStrings},
};

/// Forgets an account, with everything that was kept for it: sessions, lists, trust, what waits for it and what it is
/// owed. What is in the inbox of it stays until it is acknowledged, and so do copies of sent messages that own
/// devices have not got. When it writes again it is a stranger.
///
/// # Errors
/// [`Error::NoSession`] when the account is not known; [`Error::ApiMisuse`] for the own.
#[derive(Clone, Copy, Debug)]
pub struct Forget {
    /// Who.
    pub account: AccountId,
}

impl Run for Forget {
    type Output = ();

    // spec: CLIENT-40
    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let account = self.account;
        if account == step.device.account {
            return Err(Error::ApiMisuse("forgetting the own account").into());
        }
        step.want([Name::Forgotten])?;
        let highest = step.forget(account)?;
        let Forgotten { highest_counter } = step.get_unless_damaged(Name::Forgotten)?.unwrap_or_default();
        // spec: CLIENT-41
        step.put(Name::Forgotten, &Forgotten { highest_counter: highest_counter.max(highest) });
        let mut contacts = step.contacts()?;
        contacts.remove(&account);
        step.put(Name::Contacts, &contacts);
        Ok(())
    }
}

/// New sessions begin so far above what was forgotten at most: half of what a peer takes that knows nothing of us. A
/// stranger must not be able to drive the counters beyond that.
const MAX_START: u64 = 1 << 15;

impl Step<'_> {
    /// Removes everything that was kept for an account but its place among the contacts; gives the highest session
    /// counter that there was with a device of it.
    pub(crate) fn forget(&mut self, account: AccountId) -> Result<u64, Stop> {
        let records = [Name::Contact(account), Name::Lists(account), Name::Card(account)];
        let shared = [Name::Contacts, Name::ShortStrings, Name::Outbox];
        self.want(records.into_iter().chain(shared))?;
        // what is damaged can be forgotten like the rest
        // spec: CLIENT-80
        let known = self.has(Name::Contact(account))? || self.has(Name::Lists(account))?;
        if !known && !self.contacts()?.has(&account) {
            return Err(Error::NoSession.into());
        }
        let devices = self.devices_ever_known(account)?;
        let names = |device: &Address| [Name::Pair(*device), Name::Unproven(*device), Name::Owed(*device)];
        self.want(devices.iter().flat_map(names))?;

        let mut highest_counter = 0;
        for device in &devices {
            highest_counter = self.part_from(device)?.max(highest_counter);
        }
        self.clear_outbox(&account)?;
        for name in records {
            self.remove(name)?;
        }
        if let Some(mut comparisons) = self.get_unless_damaged::<ShortStrings>(Name::ShortStrings)? {
            comparisons.forget(&account);
            self.put(Name::ShortStrings, &comparisons);
        }
        Ok(highest_counter)
    }

    /// The devices of all lists that are kept of an account: with no other one there can be anything.
    pub(crate) fn devices_ever_known(&mut self, account: AccountId) -> Result<Vec<Address>, Stop> {
        let contact = self.contact(&account)?;
        let mut devices: BTreeSet<DeviceId> =
            contact.into_iter().flat_map(|contact| contact.devices).collect();
        if let Some(Lists(known)) = self.get_unless_damaged(Name::Lists(account))? {
            devices.extend(known.in_force().device_ids());
            devices.extend(known.other_branches().iter().flat_map(DeviceList::device_ids));
        }
        Ok(devices.into_iter().map(|device| Address { account, device }).collect())
    }

    /// Takes what is for `account` out of the outbox.
    fn clear_outbox(&mut self, account: &AccountId) -> Result<(), Stop> {
        let numbers: Vec<u64> = self.queue(Which::Outbox)?.items.iter().collect();
        self.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        for number in numbers {
            // one that is damaged may be of anybody: it goes, and is told, when the outbox is read
            let envelope: Option<EnvelopeRecord> = self.get_unless_damaged(Name::Envelope(number))?;
            let to = envelope.map(|envelope| envelope.to);
            if matches!(to, Some(Destination::Device(to)) if to.account == *account) {
                self.leave(Which::Outbox, number)?;
            }
        }
        Ok(())
    }

    /// The sessions with a device. One that may have been forgotten begins above the counters that it remembers.
    // spec: CLIENT-41
    pub(crate) fn pair_or_new(&mut self, with: &Address) -> Result<Pair, Stop> {
        if let Some(pair) = self.get_unless_damaged(Name::Pair(*with))? {
            return Ok(pair);
        }
        let Forgotten { highest_counter } = self.get_unless_damaged(Name::Forgotten)?.unwrap_or_default();
        Ok(Pair::after(highest_counter.min(MAX_START)))
    }
}
