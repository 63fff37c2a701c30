//! What the user decides about an account, and that the own devices agree on it.

use entrenous_identity::{AccountId, Timestamp};
use entrenous_wire::proto::TrustDecision;

use super::{Proof, Trust};
use crate::{
    Address, Event,
    engine::{Name, Step, Stop},
    record::{Contact, Decided, array},
    sending::check_trust,
};

/// Accounts up to which an own device may tell of new ones: a stolen one must not fill the store.
const MAX_TOLD_OF: usize = 16_384;

impl Step<'_> {
    /// The records that [`Step::decide`] reads first.
    pub(super) fn decision_names(account: AccountId) -> [Name; 6] {
        let of = [Name::Contact(account), Name::Lists(account), Name::Card(account)];
        let [contact, lists, card] = of;
        [Name::Own, Name::Contacts, Name::Outbox, contact, lists, card]
    }

    /// Enters what the user has decided here, and tells the other own devices.
    pub(crate) fn decide(&mut self, account: &AccountId, contact: Contact, trust: Trust) -> Result<(), Stop> {
        let decided = Decided { on: self.device.address().device, at: self.now };
        let contact = self.enter_decision(account, contact, trust, decided)?;
        self.tell_decision(account, &contact)
    }

    /// What the user has decided on another own device. It counts unless a later decision is known.
    // spec: CLIENT-48
    pub(crate) fn take_decision(&mut self, from: &Address, decision: &TrustDecision) -> Result<(), Stop> {
        let account = AccountId::from_bytes(array(&decision.account)?);
        let at = Timestamp::from_ms(decision.decided_ms).min(self.now);
        let trust = match (decision.trust, Proof::from_number(decision.proof)) {
            (1, _) => Some(Trust::FirstUse),
            (2, Some(by)) => Some(Trust::Verified { by, at }),
            (3, _) => Some(Trust::Changed { replaces: AccountId::from_bytes(array(&decision.replaces)?) }),
            _ => None,
        };
        let me = self.device.account;
        // spec: CLIENT-49
        let (Some(trust), true, false) = (trust, from.account == me, account == me) else {
            return self.tell(Event::Unsupported { from: *from });
        };
        self.want(Self::decision_names(account))?;
        let contacts = self.contacts()?;
        let contact = self.contact_to_change(&account)?;
        // spec: CLIENT-49
        if contact.is_none() && contacts.accepted.len() >= MAX_TOLD_OF {
            return self.tell(Event::Unsupported { from: *from });
        }
        let contact = contact.unwrap_or(Contact::new());
        if contact.decided.is_some_and(|known| known.at > at) {
            return Ok(());
        }
        self.enter_decision(&account, contact, trust, Decided { on: from.device, at })?;
        self.tell(Event::TrustDecided { account, trust, by: from.device })
    }

    /// A decision says that the user knows the account: it is no stranger. What waited for it goes out when it
    /// may.
    fn enter_decision(
        &mut self,
        account: &AccountId,
        mut contact: Contact,
        trust: Trust,
        decided: Decided,
    ) -> Result<Contact, Stop> {
        let before = check_trust(&contact, self.policy.trust);
        (contact.trust, contact.decided, contact.accepted) = (trust, Some(decided), true);
        let waited = before.is_err() && check_trust(&contact, self.policy.trust).is_ok();
        self.put(Name::Contact(*account), &contact);
        let mut contacts = self.contacts()?;
        contacts.accept(*account);
        self.put(Name::Contacts, &contacts);
        if waited {
            let devices = contact.devices.iter().map(|device| Address { account: *account, device: *device });
            let devices: Vec<Address> = devices.collect();
            self.load_active_sessions(&devices)?;
            for device in &devices {
                self.seal_again(device)?;
            }
        }
        Ok(contact)
    }

    /// What is known of an account, also if it is nothing.
    pub(super) fn contact_or_new(&mut self, account: &AccountId) -> Result<Contact, Stop> {
        Ok(self.contact_to_change(account)?.unwrap_or(Contact::new()))
    }
}

impl Trust {
    /// Verified just now.
    pub(crate) const fn verified(by: Proof, at: Timestamp) -> Self {
        Self::Verified { by, at }
    }
}
