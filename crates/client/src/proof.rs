//! Proofs of delivery: a device tells which messages it has, so that they need not be kept for it any longer.
//!
//! They go along with a message to the device once there are many, or after a random time within a day: the time of
//! a proof says nothing about when its user was online, and the traffic grows by little.

use entrenous_identity::Timestamp;
use entrenous_primitives::random::draw;
use entrenous_wire::{
    control::{MAX_DELIVERED, MESSAGE_ID_LEN},
    proto::{Control, Delivered},
};

use crate::{
    Address, MessageId, Outgoing,
    engine::{Name, Step, Stop},
    record::{Debts, Owed, Unproven},
};

/// A proof is due within so long after the first message that it is of: an hour to a day.
const DUE_MS: core::ops::Range<u64> = 3_600_000..86_400_000;

/// So many proofs go along with the next message: a quarter of what the other side keeps.
const MANY: usize = MAX_DELIVERED / 4;

impl Step<'_> {
    /// A message of `to` was received, and is to be proved.
    // spec: CLIENT-28
    pub(crate) fn owe_proof(&mut self, to: &Address, id: MessageId) -> Result<(), Stop> {
        let mut owed: Owed = self.get_unless_damaged(Name::Owed(*to))?.unwrap_or_default();
        if owed.0.is_empty() {
            let random = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes());
            let wait = DUE_MS.start + random % (DUE_MS.end - DUE_MS.start);
            let mut debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
            debts.0.push((Timestamp::from_ms(self.now.as_ms() + wait), *to));
            self.put(Name::Debts, &debts);
        }
        owed.0.push(id);
        // the oldest needs no proof: its sender keeps no more than that
        if owed.0.len() > MAX_DELIVERED {
            owed.0.remove(0);
        }
        self.put(Name::Owed(*to), &owed);
        Ok(())
    }

    /// Sends the proof that a device is owed, if there is one.
    pub(crate) fn send_proof(&mut self, to: &Address) -> Result<Option<Outgoing>, Stop> {
        let owed: Owed = self.get_unless_damaged(Name::Owed(*to))?.unwrap_or_default();
        if owed.0.is_empty() {
            // lost, or gone with the device: a debt that can't be paid must not hold up the others
            let mut debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
            debts.0.retain(|(_, device)| device != to);
            self.put(Name::Debts, &debts);
            return Ok(None);
        }
        let Owed(ids) = owed;
        let ids: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
        let control = Control { delivered: Some(Delivered { ids }), ..Control::default() };
        let sent = self.send_control(to, &control)?;
        match &sent {
            Some(_) => self.forget_debt(to)?,
            None => {
                // without a session there is no hurry
                let mut debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
                debts.0.retain(|(_, owed)| owed != to);
                debts.0.push((Timestamp::from_ms(self.now.as_ms() + DUE_MS.end), *to));
                self.put(Name::Debts, &debts);
            }
        }
        Ok(sent)
    }

    /// Nothing is owed to a device any more.
    pub(crate) fn forget_debt(&mut self, to: &Address) -> Result<(), Stop> {
        self.remove(Name::Owed(*to))?;
        let mut debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
        debts.0.retain(|(_, owed)| owed != to);
        self.put(Name::Debts, &debts);
        Ok(())
    }

    /// Sends the proof that a device is owed if it is of many messages.
    pub(crate) fn send_proof_of_many(&mut self, to: &Address) -> Result<Option<Outgoing>, Stop> {
        let Owed(ids) = self.get_unless_damaged(Name::Owed(*to))?.unwrap_or_default();
        if ids.len() < MANY { Ok(None) } else { self.send_proof(to) }
    }

    /// The devices to which a proof is due.
    pub(crate) fn due_proofs(&mut self) -> Result<Vec<Address>, Stop> {
        let debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
        // one that is due in more than a day is of a clock that was wrong
        // spec: CLIENT-106
        let latest = self.now.as_ms() + DUE_MS.end;
        let is_due = |due: Timestamp| due <= self.now || due.as_ms() > latest;
        Ok(debts.0.iter().filter(|(due, _)| is_due(*due)).map(|(_, to)| *to).collect())
    }

    /// `from` has the messages that it names: of what it was sent, and nothing else.
    pub(crate) fn take_proof(&mut self, from: &Address, proof: &Delivered) -> Result<(), Stop> {
        let Some(mut unproven) = self.get_unless_damaged::<Unproven>(Name::Unproven(*from))? else {
            return Ok(());
        };
        let (proved, _) = proof.ids.as_chunks::<MESSAGE_ID_LEN>();
        let is_proved = |id: &MessageId| proved.contains(id.as_bytes());
        let gone: Vec<MessageId> = unproven.0.iter().map(|kept| kept.id).filter(is_proved).collect();
        unproven.0.retain(|kept| !is_proved(&kept.id));
        self.want(gone.iter().map(|id| Name::Message(*id)))?;
        self.put(Name::Unproven(*from), &unproven);
        gone.iter().try_for_each(|id| self.proved(from, id))
    }
}
