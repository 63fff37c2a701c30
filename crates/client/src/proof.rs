//! Proofs of delivery: a device tells which messages it has, so that they need not be kept for it any longer.
//!
//! They go along with a message to the device once there are many, or after a random time within a day: the time of
//! a proof says nothing about when its user was online, and the traffic grows by little. Strangers get none.

use entrenous_identity::Timestamp;
use entrenous_primitives::random::draw;
use entrenous_wire::{
    control::{MAX_DELIVERED, MESSAGE_ID_LEN},
    proto::{Control, Delivered},
};

use crate::{
    Address, Error, MessageId, Outgoing,
    engine::{Name, Step, Stop},
    record::{Debts, Owed, Unproven},
};

/// A proof is due within so long after the first message that it is of: an hour to a day.
const DUE_MS: core::ops::Range<u64> = 3_600_000..86_400_000;

/// A proof that is overdue by so long is put off: the device was not online when it was due, and must not tell by all
/// that is due that it is now. (An application that is running does what is due once an hour.)
const TARDY_MS: u64 = 2 * 3_600_000;

/// Devices that are served in one step.
const DEVICES_A_STEP: usize = 32;

/// So many proofs go along with the next message: a quarter of what the other side keeps.
const MANY: usize = MAX_DELIVERED / 4;

impl Step<'_> {
    /// A message of `to` was received, and is to be proved: not to a stranger, who would learn that the device was
    /// online.
    // spec: CLIENT-28
    pub(crate) fn owe_proof(&mut self, to: &Address, id: MessageId) -> Result<(), Stop> {
        if !self.is_close(to)? {
            return Ok(());
        }
        let mut owed: Owed = self.get_unless_damaged(Name::Owed(*to))?.unwrap_or_default();
        if owed.0.is_empty() {
            let due = self.draw_due()?;
            let mut debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
            debts.0.push((due, *to));
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
            // without a session there is no hurry
            None => self.put_off(|_, owed| owed == to)?,
        }
        Ok(sent)
    }

    /// When a proof is due.
    fn draw_due(&mut self) -> Result<Timestamp, Stop> {
        let random = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes());
        let wait = DUE_MS.start + random % (DUE_MS.end - DUE_MS.start);
        Ok(Timestamp::from_ms(self.now.as_ms() + wait))
    }

    /// Draws the times of some debts again.
    fn put_off(&mut self, which: impl Fn(&Timestamp, &Address) -> bool) -> Result<(), Stop> {
        let mut debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
        let mut changed = false;
        for (due, to) in &mut debts.0 {
            if which(due, to) {
                *due = self.draw_due()?;
                changed = true;
            }
        }
        if changed {
            self.put(Name::Debts, &debts);
        }
        Ok(())
    }

    /// Sends the proofs that are due, some in each step; tells whether there are more.
    pub(crate) fn pay_proofs(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<bool, Stop> {
        let now = self.now.as_ms();
        // spec: CLIENT-106
        let is_wrong = |due: u64| due.saturating_add(TARDY_MS) <= now || due > now.saturating_add(DUE_MS.end);
        self.put_off(|due, _| is_wrong(due.as_ms()))?;
        let due = self.due_proofs()?;
        let in_turn = due.get(..DEVICES_A_STEP).unwrap_or(&due);
        self.load_active_sessions(in_turn)?;
        for device in in_turn {
            match self.attempt(|step| step.send_proof(device))? {
                Ok(sent) => outgoing.extend(sent),
                Err(Error::OutboxFull) => return Ok(false),
                // what is wrong with one device is not to hold up the others
                Err(_) => self.put_off(|_, owed| owed == device)?,
            }
        }
        Ok(due.len() > in_turn.len())
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
    fn due_proofs(&mut self) -> Result<Vec<Address>, Stop> {
        let debts: Debts = self.get_unless_damaged(Name::Debts)?.unwrap_or_default();
        Ok(debts.0.iter().filter(|(due, _)| *due <= self.now).map(|(_, to)| *to).collect())
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
