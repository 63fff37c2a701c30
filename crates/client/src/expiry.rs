//! What has a time to live is erased when that is over, though nobody reads it or sends it again.
//!
//! It is noted by the hour in which it is due. What is due long from now is noted for a week ahead and looked at again
//! then, so that what was acknowledged or proved meanwhile leaves no note for long.

use entrenous_identity::Timestamp;

use crate::{
    Event,
    engine::{Name, Step, Stop, Which},
    record::{Due, Expiries, Expiring, MessageRecord, Unproven},
};

/// Notes that are looked at in one step.
const A_STEP: usize = 64;

impl Step<'_> {
    /// Notes that something is over at a time.
    // spec: CLIENT-132
    pub(crate) fn note_expiry(&mut self, due: Due, at: Timestamp) -> Result<(), Stop> {
        self.want([Name::Expiries])?;
        let mut expiries = self.expiries()?;
        let hour = Expiries::hour_for(at, self.now);
        let mut expiring: Expiring = self.get_unless_damaged(Name::Expiring(hour))?.unwrap_or_default();
        if expiring.add(due) {
            self.put(Name::Expiring(hour), &expiring);
        }
        if expiries.add(hour) {
            self.put(Name::Expiries, &expiries);
        }
        Ok(())
    }

    /// The hours for which there are notes. Where that is damaged all are looked at that there can be.
    // spec: CLIENT-80
    fn expiries(&mut self) -> Result<Expiries, Stop> {
        match self.get_unless_damaged(Name::Expiries)? {
            Some(expiries) => Ok(expiries),
            None if self.has(Name::Expiries)? => Ok(Expiries::around(self.now)),
            None => Ok(Expiries::default()),
        }
    }

    /// Erases what is over, some in each step; tells whether there is more.
    // spec: CLIENT-132
    pub(crate) fn erase_expired(&mut self) -> Result<bool, Stop> {
        let mut expiries = self.expiries()?;
        let Some(hour) = expiries.due(self.now) else { return Ok(false) };
        let mut expiring: Expiring = self.get_unless_damaged(Name::Expiring(hour))?.unwrap_or_default();
        let in_turn = expiring.0.split_off(expiring.0.len().saturating_sub(A_STEP));
        self.want(in_turn.iter().map(|due| match due {
            Due::Message(id) => Name::Message(*id),
            Due::Item(number) => Name::Item(*number),
        }))?;
        match expiring.0.is_empty() {
            true => {
                self.remove(Name::Expiring(hour))?;
                expiries.remove(hour);
                match expiries.is_empty() {
                    true => self.remove(Name::Expiries)?,
                    false => self.put(Name::Expiries, &expiries),
                }
            }
            false => self.put(Name::Expiring(hour), &expiring),
        }
        for due in in_turn {
            match due {
                Due::Message(_) => self.expire_message(due)?,
                Due::Item(number) => self.expire_item(due, number)?,
            }
        }
        Ok(self.expiries()?.due(self.now).is_some())
    }

    /// A message that was sent is kept for nobody any more.
    fn expire_message(&mut self, due: Due) -> Result<(), Stop> {
        let Due::Message(id) = due else { return Ok(()) };
        // gone since, or damaged
        let Some(message) = self.get_unless_damaged::<MessageRecord>(Name::Message(id))? else {
            return Ok(());
        };
        if !message.is_over(self.now) {
            return message.end().map_or(Ok(()), |end| self.note_expiry(due, end));
        }
        self.want(message.waiting.iter().map(|device| Name::Unproven(*device)))?;
        for device in &message.waiting {
            let unproven: Option<Unproven> = self.get_unless_damaged(Name::Unproven(*device))?;
            if let Some(mut unproven) = unproven {
                unproven.remove(&id);
                self.put(Name::Unproven(*device), &unproven);
            }
        }
        self.remove(Name::Message(id))
    }

    fn expire_item(&mut self, due: Due, number: u64) -> Result<(), Stop> {
        if !self.queue(Which::Inbox)?.items.contains(number) {
            return Ok(());
        }
        match self.get_unless_damaged(Name::Item(number))? {
            Some(event) => match Event::expiring(&event) {
                Some((expires, _)) if expires > self.now => self.note_expiry(due, expires),
                Some((_, expired)) => self.shorten(Which::Inbox, number, &expired),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }
}
