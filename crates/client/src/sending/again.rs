//! Sealing again what a device may never get: what waits for a session with it, and what it has not proved to have of a
//! session that it has lost or never had.
//!
//! It goes in the order in which it was sent, some in each step and as far as the outbox has room. What is left goes
//! before the next message to the device, or in [`Maintain`](crate::operation::Maintain). So neither receiving nor
//! starting a session can fail because of it.

use entrenous_identity::AccountId;

use super::check_trust;
use crate::{
    Address, Error, Event, MessageId, Outgoing,
    engine::{Name, Step, Stop},
    record::{Backlog, MessageRecord, Pair, SessionEntry, SessionTag, Unproven},
};

/// Messages that are sealed again in one step: as much as is loaded at once.
const A_STEP: usize = 32;
/// Devices that have their turn in one step of maintenance.
const DEVICES_A_STEP: usize = 8;

/// What is left for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Nothing,
    /// It can go when there is room.
    Later,
    /// It can't go before something happens with the device: an answer, another session, or the user's word.
    Stuck,
}

impl Step<'_> {
    /// Seals for a device what it may never get, or a part of it.
    // spec: CLIENT-26, CLIENT-110
    pub(crate) fn seal_again(&mut self, to: &Address) -> Result<Vec<Outgoing>, Stop> {
        let pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        let restored = self.restorals()?;
        let Some(active) = pair.to_seal_in(restored).copied() else { return Ok(Vec::new()) };
        let mut unproven: Unproven = self.get_unless_damaged(Name::Unproven(*to))?.unwrap_or_default();
        let lost = lost(&pair, &active, &unproven);
        let mut outgoing = Vec::new();
        let rest = match lost.is_empty() {
            true => Rest::Nothing,
            false if !self.can_seal(&active)? || !self.is_trusted(&to.account)? => Rest::Stuck,
            false => {
                let rest = self.seal_part(to, &active, &lost, &mut unproven, &mut outgoing)?;
                self.put(Name::Unproven(*to), &unproven);
                rest
            }
        };
        self.note_rest(to, rest)?;
        if !outgoing.is_empty() {
            self.ask(to)?;
        }
        Ok(outgoing)
    }

    /// Notes since when a device has been written to without a word of it.
    // spec: CLIENT-143
    pub(super) fn ask(&mut self, to: &Address) -> Result<(), Stop> {
        let mut pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        if pair.ask(self.today()) {
            self.put(Name::Pair(*to), &pair);
        }
        Ok(())
    }

    fn seal_part(
        &mut self,
        to: &Address,
        active: &SessionEntry,
        lost: &[MessageId],
        unproven: &mut Unproven,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<Rest, Stop> {
        let part = lost.get(..A_STEP).unwrap_or(lost);
        self.want(part.iter().map(|id| Name::Message(*id)).chain([Name::Outbox]))?;
        for id in part {
            let message = self.get_unless_damaged::<MessageRecord>(Name::Message(*id))?;
            match message {
                Some(message) if message.is_over(self.now) => {
                    unproven.remove(id);
                    self.proved(to, id)?;
                }
                Some(message) => {
                    if !self.outbox_has_room()? {
                        return Ok(Rest::Later);
                    }
                    let sealed = match self.attempt(|step| step.seal_copy(&message, to))? {
                        Err(Error::Random(error)) => return Err(error.into()),
                        outcome => outcome.ok().flatten(),
                    };
                    let Some((_, bytes)) = sealed else { return Ok(Rest::Stuck) };
                    unproven.sealed(id, SessionTag::of(&active.hash));
                    outgoing.push(self.enter_outbox(*to, Some(*id), bytes)?);
                }
                // spec: CLIENT-80
                None => {
                    unproven.remove(id);
                    self.proved(to, id)?;
                    self.tell(Event::NotSent { to: *to, id: *id })?;
                }
            }
        }
        Ok(if part.len() < lost.len() { Rest::Later } else { Rest::Nothing })
    }

    /// Whether the session's chain has room.
    pub(crate) fn can_seal(&mut self, active: &SessionEntry) -> Result<bool, Stop> {
        let session = self.session(&active.hash)?;
        Ok(session.is_some_and(|session| session.status().sent < self.policy.limits.chain_messages))
    }

    /// Whether the user and the policy let messages go to an account.
    // spec: CLIENT-20, CLIENT-111
    fn is_trusted(&mut self, account: &AccountId) -> Result<bool, Stop> {
        if *account == self.device.account {
            return Ok(true);
        }
        let contact = self.contact(account)?;
        Ok(contact.is_none_or(|contact| check_trust(&contact, self.policy.trust).is_ok()))
    }

    /// Remembers whether something is left, and when it has its next turn.
    pub(super) fn note_behind(&mut self, to: &Address) -> Result<(), Stop> {
        self.note_rest(to, Rest::Stuck)
    }

    fn note_rest(&mut self, to: &Address, rest: Rest) -> Result<(), Stop> {
        let mut pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        let was_behind = core::mem::replace(&mut pair.behind, rest != Rest::Nothing);
        if was_behind != pair.behind {
            self.put(Name::Pair(*to), &pair);
        }
        if !was_behind && rest != Rest::Later {
            return Ok(());
        }
        let mut backlog: Backlog = self.get_unless_damaged(Name::Backlog)?.unwrap_or_default();
        let before = backlog.clone();
        backlog.0.retain(|device| device != to);
        if rest == Rest::Later {
            backlog.0.push(*to);
        }
        if backlog != before {
            self.put(Name::Backlog, &backlog);
        }
        Ok(())
    }

    /// Goes on with the devices for which something is left, each in its turn; tells whether there is more that can go now.
    pub(crate) fn work_off_backlog(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<bool, Stop> {
        let Backlog(mut now) = self.get_unless_damaged(Name::Backlog)?.unwrap_or_default();
        if now.is_empty() {
            return Ok(false);
        }
        let later = now.split_off(now.len().min(DEVICES_A_STEP));
        self.put(Name::Backlog, &Backlog(later));
        let names = |to: &Address| [Name::Pair(*to), Name::Unproven(*to), Name::Contact(to.account)];
        self.want(now.iter().flat_map(names))?;
        for device in &now {
            // what is wrong with one device is not to hold up the others
            outgoing.extend(self.attempt(|step| step.seal_again(device))?.unwrap_or_default());
        }
        let Backlog(left) = self.get_unless_damaged(Name::Backlog)?.unwrap_or_default();
        Ok(!left.is_empty() && self.outbox_has_room()?)
    }
}

/// What the device may never get, in the order in which it was sent.
fn lost(pair: &Pair, active: &SessionEntry, unproven: &Unproven) -> Vec<MessageId> {
    let reaches = |sealed_in: SessionTag| {
        let mut sessions = pair.sessions.iter().filter(|entry| SessionTag::of(&entry.hash) == sealed_in);
        sealed_in == SessionTag::of(&active.hash)
            || (!active.starts_anew() && sessions.any(|entry| entry.answered && !entry.lapsed))
    };
    let lost = unproven.0.iter().filter(|message| !message.sealed_in.is_some_and(reaches));
    lost.map(|message| message.id).collect()
}
