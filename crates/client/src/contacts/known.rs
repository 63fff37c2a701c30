//! What is known of an account, also where its own record is damaged or lost.

use entrenous_identity::AccountId;

use crate::{
    Event,
    engine::{Name, Step, Stop},
    record::{Contact, Contacts, Lists},
};

impl Step<'_> {
    /// What is known of an account; none if nothing is. Where its record is damaged or lost, that is what its lists
    /// say: who may be written to, and nothing that anybody has decided.
    // spec: CLIENT-80
    pub(crate) fn contact(&mut self, account: &AccountId) -> Result<Option<Contact>, Stop> {
        match self.get_unless_damaged(Name::Contact(*account))? {
            Some(contact) => Ok(Some(contact)),
            None => self.contact_of_lists(account),
        }
    }

    fn contact_of_lists(&mut self, account: &AccountId) -> Result<Option<Contact>, Stop> {
        if *account == self.device.account {
            return Ok(None);
        }
        self.want([Name::Lists(*account), Name::Contacts])?;
        let Some(Lists(known)) = self.get_unless_damaged(Name::Lists(*account))? else { return Ok(None) };
        let accepted = self.contacts()?.accepted.contains(account);
        let mut contact = Contact { accepted, ..Contact::new() };
        contact.set_lists(&known);
        Ok(Some(contact))
    }

    /// As [`Step::contact`], to be written again: it is told when what was decided about the account is lost.
    pub(crate) fn contact_to_change(&mut self, account: &AccountId) -> Result<Option<Contact>, Stop> {
        let whole: Option<Contact> = self.get_unless_damaged(Name::Contact(*account))?;
        if whole.is_some() {
            return Ok(whole);
        }
        let contact = self.contact(account)?;
        if contact.is_some() || self.has(Name::Contact(*account))? {
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
