//! Decisions that an own device could not be told of when they were made: it is owed them.

use entrenous_identity::{AccountId, DeviceId};
use entrenous_wire::proto::{Control, TrustDecision};

use super::Trust;
use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop},
    record::{Contact, Decided, DecisionDebts, Own, Pair},
};

/// Decisions that are told in one step.
const DECISIONS_A_STEP: usize = 32;

impl Step<'_> {
    /// Tells the other own devices what was decided about an account here, as far as they can be told now.
    // spec: CLIENT-48, CLIENT-131
    pub(super) fn tell_decision(&mut self, account: &AccountId, contact: &Contact) -> Result<(), Stop> {
        let Some(decided) = contact.decided else { return Ok(()) };
        let own: Own = self.expect(Name::Own)?;
        let me = self.device.address();
        let others = own.devices.into_iter().filter(|device| *device != me.device);
        let others: Vec<Address> = others.map(|device| Address { account: me.account, device }).collect();
        self.load_active_sessions(&others)?;
        let control = decision(account, &contact.trust, decided);
        for to in &others {
            if !self.send_or_wait(to, &control, &mut Vec::new())? {
                self.owe_decision(to.device, account)?;
            }
        }
        Ok(())
    }

    /// Tells whether it was sent: there may be no session, or no room.
    fn send_or_wait(
        &mut self,
        to: &Address,
        control: &Control,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<bool, Stop> {
        match self.attempt(|step| step.send_control(to, control))? {
            Ok(sent) => {
                let told = sent.is_some();
                outgoing.extend(sent);
                Ok(told)
            }
            Err(Error::Random(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    fn owe_decision(&mut self, device: DeviceId, account: &AccountId) -> Result<(), Stop> {
        self.want([Name::DecisionDebts])?;
        let mut debts: DecisionDebts = self.get_unless_damaged(Name::DecisionDebts)?.unwrap_or_default();
        debts.add(device, *account);
        self.put(Name::DecisionDebts, &debts);
        Ok(())
    }

    /// Tells own devices with which there is a session now what they are owed; tells whether there is more to do.
    // spec: CLIENT-131
    pub(crate) fn pay_decisions(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<bool, Stop> {
        let Some(DecisionDebts(debts)) = self.get_unless_damaged(Name::DecisionDebts)? else {
            return Ok(false);
        };
        let others = self.other_own_devices()?;
        self.load_active_sessions(&others)?;
        let mut reached = Vec::new();
        for device in &others {
            if self.can_be_told(device)? {
                reached.push(device.device);
            }
        }
        // a device that was removed is owed nothing
        let (due, mut left): (Vec<_>, Vec<_>) = debts
            .into_iter()
            .filter(|(device, _)| others.iter().any(|other| other.device == *device))
            .partition(|(device, _)| reached.contains(device));
        let in_turn = due.get(..DECISIONS_A_STEP).unwrap_or(&due);
        self.want(in_turn.iter().map(|(_, account)| Name::Contact(*account)))?;
        let (mut more, mut stuck) = (due.len() > in_turn.len(), false);
        for (device, account) in in_turn {
            // one that is lost can't be told
            let contact: Option<Contact> = self.get_unless_damaged(Name::Contact(*account))?;
            let decided = contact.and_then(|contact| contact.decided.map(|decided| (contact.trust, decided)));
            // what was decided on another device since, that one tells
            let own = decided.filter(|(_, decided)| decided.on == self.device.keys.public().id);
            let Some((trust, decided)) = own else { continue };
            let to = Address { account: self.device.account, device: *device };
            if stuck || !self.send_or_wait(&to, &decision(account, &trust, decided), outgoing)? {
                left.push((*device, *account));
                stuck = true;
            }
        }
        left.extend(due.get(in_turn.len()..).unwrap_or_default());
        more &= !stuck;
        match left.is_empty() {
            true => self.remove(Name::DecisionDebts)?,
            false => self.put(Name::DecisionDebts, &DecisionDebts(left)),
        }
        Ok(more)
    }

    /// Whether there is a session with a device in which something can be sealed.
    pub(crate) fn can_be_told(&mut self, device: &Address) -> Result<bool, Stop> {
        let pair: Pair = self.get_unless_damaged(Name::Pair(*device))?.unwrap_or_default();
        let restored = self.restorals()?;
        match pair.to_seal_in(restored).copied() {
            Some(active) => self.can_seal(&active),
            None => Ok(false),
        }
    }
}

fn decision(account: &AccountId, trust: &Trust, decided: Decided) -> Control {
    let decision = TrustDecision {
        account: account.as_bytes().to_vec(),
        trust: trust.number(),
        proof: match trust {
            Trust::Verified { by, .. } => by.number(),
            _ => 0,
        },
        decided_ms: decided.at.as_ms().max(1),
        replaces: match trust {
            Trust::Changed { replaces } => replaces.as_bytes().to_vec(),
            _ => Vec::new(),
        },
    };
    Control { trust: Some(decision), ..Control::default() }
}
