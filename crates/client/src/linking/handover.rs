//! What a linked device is told over its first session: the contacts, some in each step. The account key never is.

use entrenous_identity::{AccountId, DeviceList, ReceivedDeviceList, Timestamp};
use entrenous_wire::{
    linked_contacts::MAX_CONTACTS,
    proto::{Control, LinkedContact, LinkedContacts},
};

use crate::{
    Address, Error, Event, Outgoing, Proof, Trust,
    engine::{Name, Step, Stop},
    record::{Handovers, Lists, Own, Walk},
};

/// Messages in one step.
const MESSAGES_A_STEP: usize = 2;

impl Step<'_> {
    /// Tells a linked device of more contacts; tells whether there is more to do. One with which there is no session
    /// at the moment has its turn when there is.
    // spec: CLIENT-73, CLIENT-131
    pub(crate) fn hand_over(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<bool, Stop> {
        let Some(mut handovers) = self.get_unless_damaged::<Handovers>(Name::Handovers)? else {
            return Ok(false);
        };
        let others = self.other_own_devices()?;
        self.load_active_sessions(&others)?;
        // a device that was removed is told nothing
        handovers.0.retain(|(device, _)| others.iter().any(|other| other.device == *device));
        if let Some((at, to, walk)) = self.next_handover(&handovers)? {
            handovers.0.remove(at);
            if let Some(walk) = self.hand_over_to(&to, walk, outgoing)? {
                handovers.0.insert(at, (to.device, walk));
            }
        }
        match handovers.0.is_empty() {
            true => self.remove(Name::Handovers)?,
            false => self.put(Name::Handovers, &handovers),
        }
        Ok(self.next_handover(&handovers)?.is_some())
    }

    /// The first device that can be told something.
    fn next_handover(&mut self, handovers: &Handovers) -> Result<Option<(usize, Address, Walk)>, Stop> {
        for (at, (device, walk)) in handovers.0.iter().enumerate() {
            let to = Address { account: self.device.account, device: *device };
            if self.can_be_told(&to)? {
                return Ok(Some((at, to, *walk)));
            }
        }
        Ok(None)
    }

    /// Tells a device of some contacts; gives how far it has come, if that is not the end.
    fn hand_over_to(
        &mut self,
        to: &Address,
        mut walk: Walk,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<Option<Walk>, Stop> {
        let a_message = MAX_CONTACTS as usize;
        let accounts = self.walk_on(walk, MESSAGES_A_STEP * a_message)?;
        self.want(accounts.iter().flat_map(|account| [Name::Contact(*account), Name::Lists(*account)]))?;
        // the first message comes even if there is nobody in it: it says which device is the primary
        let none: &[AccountId] = &[];
        let empty = accounts.is_empty() && walk.0.is_none();
        for some in accounts.chunks(a_message).chain(empty.then_some(none)) {
            let mut contacts = Vec::with_capacity(some.len());
            for account in some {
                // one that is damaged is left out, and the others come
                contacts.extend(self.attempt(|step| step.linked_contact(account))?.ok());
            }
            let control =
                Control { linked_contacts: Some(LinkedContacts { contacts }), ..Control::default() };
            let Some(sent) = self.send_control(to, &control)? else { return Ok(Some(walk)) };
            outgoing.push(sent);
            walk = some.last().map_or(walk, |last| Walk(Some(*last)));
        }
        Ok((accounts.len() == MESSAGES_A_STEP * a_message).then_some(walk))
    }

    /// The lists of a contact were damaged, and are learned anew: linked devices may have been told nothing of it. They are
    /// told of all contacts again; those that they know stay as they are.
    // spec: CLIENT-73, CLIENT-80
    pub(crate) fn hand_over_again(&mut self) -> Result<(), Stop> {
        let Some(own) = self.get::<Own>(Name::Own)?.filter(|own| own.primary && own.listed) else {
            return Ok(());
        };
        let me = self.device.address().device;
        let walks =
            own.devices.iter().filter(|device| **device != me).map(|device| (*device, Walk::default()));
        let again = Handovers(walks.collect());
        self.note(Name::Handovers)?;
        if !again.0.is_empty() {
            self.put(Name::Handovers, &again);
        }
        Ok(())
    }

    fn linked_contact(&mut self, account: &AccountId) -> Result<LinkedContact, Stop> {
        let contact = self.contact(account)?.ok_or(Error::Corrupt)?;
        let Lists(known) = self.expect(Name::Lists(*account))?;
        let lists = core::iter::once(known.in_force()).chain(known.other_branches());
        let mut linked = LinkedContact {
            lists: lists.map(|list| list.signed().clone()).collect(),
            trust: contact.trust.number(),
            ..LinkedContact::default()
        };
        match contact.trust {
            Trust::FirstUse | Trust::Own => {}
            Trust::Verified { by, at } => (linked.proof, linked.proved_ms) = (by.number(), at.as_ms()),
            Trust::Changed { replaces } => linked.replaces = replaces.as_bytes().to_vec(),
        }
        Ok(linked)
    }

    /// Takes the contacts that the primary tells. A primary is told nothing, and what is known already stays.
    // spec: CLIENT-74
    pub(crate) fn receive_contacts(&mut self, from: &Address, told: LinkedContacts) -> Result<(), Stop> {
        let mut own: Own = self.expect(Name::Own)?;
        if from.account != self.device.account || own.primary {
            return self.tell(Event::Unsupported { from: *from });
        }
        if own.primary_device.is_none() {
            own.primary_device = Some(from.device);
            self.put(Name::Own, &own);
        }
        let today = self.today();
        let verified = told.contacts.into_iter().filter_map(|contact| {
            let lists = contact.lists.iter().map(|list| {
                ReceivedDeviceList::parse(list.clone())
                    .map_err(Error::from)?
                    .verify(today)
                    .map_err(Error::from)
            });
            let lists = lists.collect::<Result<Vec<DeviceList>, Error>>().ok()?;
            Some((lists, trust(&contact)?))
        });
        let verified: Vec<(Vec<DeviceList>, Trust)> = verified.collect();
        let accounts = verified.iter().flat_map(|(lists, _)| lists.first().map(DeviceList::account_id));
        self.want(accounts.flat_map(|account| [Name::Contact(account), Name::Lists(account)]))?;
        let mut count = 0;
        for (lists, trust) in verified {
            count += u32::from(self.take_contact(&lists, trust)?);
        }
        match count {
            0 => Ok(()),
            count => self.tell(Event::ContactsReceived { from: from.device, count }),
        }
    }

    /// Tells whether the contact is new here.
    fn take_contact(&mut self, lists: &[DeviceList], trust: Trust) -> Result<bool, Stop> {
        let Some(account) = lists.first().map(DeviceList::account_id) else { return Ok(false) };
        let known = self.contact(&account)?;
        let of_another = lists.iter().any(|list| list.account_id() != account);
        if account == self.device.account || of_another || known.is_some_and(|known| known.accepted) {
            return Ok(false);
        }
        for list in lists {
            // whom the user knows on another device is no stranger, of whom there may be too many
            let learned = self.attempt(|step| {
                step.accept_contact(&account)?;
                step.learn_list(list, None)
            });
            match learned? {
                // an old list of somebody who is known here by a newer one, or one that contradicts it
                Err(Error::Untrusted(_) | Error::Malformed(_)) => {}
                outcome => outcome?,
            }
        }
        let Some(mut contact) = self.contact_to_change(&account)? else { return Ok(false) };
        contact.trust = trust;
        self.put(Name::Contact(account), &contact);
        self.accept_contact(&account)?;
        Ok(true)
    }
}

fn trust(contact: &LinkedContact) -> Option<Trust> {
    match contact.trust {
        1 => Some(Trust::FirstUse),
        2 => Some(Trust::Verified {
            by: Proof::from_number(contact.proof)?,
            at: Timestamp::from_ms(contact.proved_ms),
        }),
        3 => Some(Trust::Changed {
            replaces: AccountId::from_bytes(contact.replaces.as_slice().try_into().ok()?),
        }),
        _ => None,
    }
}
