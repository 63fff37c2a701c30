//! What is known of an account, also where its own record is damaged or lost.

use entrenous_identity::AccountId;

use crate::{
    Event, Trust,
    engine::{Name, Step, Stop},
    record::{Contact, Contacts, Lists},
};

impl Step<'_> {
    /// What is known of an account; none if nothing is. Where its record is damaged or lost, that is what its lists
    /// say, and as for what was decided, it may be that nothing was to be sent: so the user decides again.
    // spec: CLIENT-80
    pub(crate) fn contact(&mut self, account: &AccountId) -> Result<Option<Contact>, Stop> {
        match self.get_unless_damaged(Name::Contact(*account))? {
            Some(contact) => Ok(Some(contact)),
            None => self.contact_without_record(account),
        }
    }

    fn contact_without_record(&mut self, account: &AccountId) -> Result<Option<Contact>, Stop> {
        if *account == self.device.account {
            return Ok(None);
        }
        self.want([Name::Lists(*account), Name::Contacts])?;
        let lists: Option<Lists> = self.get_unless_damaged(Name::Lists(*account))?;
        let contacts = self.contacts()?;
        if lists.is_none() && !contacts.has(account) && !self.has(Name::Contact(*account))? {
            return Ok(None);
        }
        let accepted = contacts.accepted.contains(account);
        let mut contact = Contact { trust: Trust::lost(*account), accepted, ..Contact::new() };
        if let Some(Lists(known)) = lists {
            contact.set_lists(&known);
        }
        Ok(Some(contact))
    }

    /// Tells that what was decided about an account is lost, once, and whether it has just been told.
    // spec: CLIENT-80
    pub(crate) fn notice_lost_trust(&mut self, account: &AccountId) -> Result<bool, Stop> {
        let whole: Option<Contact> = self.get_unless_damaged(Name::Contact(*account))?;
        if whole.is_some() {
            return Ok(false);
        }
        let Some(contact) = self.contact_to_change(account)? else { return Ok(false) };
        self.put(Name::Contact(*account), &contact);
        Ok(true)
    }

    /// As [`Step::contact`], to be written again: it is told when what was decided about the account is lost.
    pub(crate) fn contact_to_change(&mut self, account: &AccountId) -> Result<Option<Contact>, Stop> {
        let whole: Option<Contact> = self.get_unless_damaged(Name::Contact(*account))?;
        if whole.is_some() {
            return Ok(whole);
        }
        let contact = self.contact(account)?;
        if contact.is_some() {
            self.tell(Event::TrustLost { account: *account })?;
        }
        Ok(contact)
    }

    /// Whether the lists of an account that had some are damaged or lost.
    pub(crate) fn lacks_lists(&mut self, account: &AccountId) -> Result<bool, Stop> {
        if *account == self.device.account {
            return Ok(false);
        }
        self.want([Name::Lists(*account)])?;
        let had = self.contact(account)?.is_some_and(|contact| contact.is_reachable());
        Ok(had && self.get_unless_damaged::<Lists>(Name::Lists(*account))?.is_none())
    }

    /// The accounts that there are. Where the record is damaged they come back in it one by one.
    // spec: CLIENT-80
    pub(crate) fn contacts(&mut self) -> Result<Contacts, Stop> {
        Ok(self.get_unless_damaged(Name::Contacts)?.unwrap_or_default())
    }
}
