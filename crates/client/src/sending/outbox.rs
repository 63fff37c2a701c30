//! The outbox: what the transport has not taken yet.

use crate::{
    Destination, Error, Event, MessageId, Outgoing,
    engine::{Name, Step, Stop, Which, sealed::Run},
    record::EnvelopeRecord,
};

impl Step<'_> {
    /// Enters an envelope.
    ///
    /// # Errors
    /// [`Error::OutboxFull`].
    pub(crate) fn enter_outbox(
        &mut self,
        to: impl Into<Destination>,
        id: Option<MessageId>,
        bytes: Vec<u8>,
    ) -> Result<Outgoing, Stop> {
        // spec: CLIENT-22
        if !self.outbox_has_room()? {
            return Err(Error::OutboxFull.into());
        }
        let envelope = EnvelopeRecord { to: to.into(), id, bytes };
        let number = self.enter(Which::Outbox, &envelope)?;
        Ok(envelope.outgoing(number))
    }

    pub(super) fn outbox_has_room(&mut self) -> Result<bool, Stop> {
        let limits = self.policy.queues;
        let outbox = self.queue(Which::Outbox)?;
        Ok(outbox.items.len() < limits.outbox_items && outbox.bytes < limits.outbox_bytes)
    }

    /// Drops an envelope that can't be read any more.
    // spec: CLIENT-81
    fn drop_envelope(&mut self, number: u64) -> Result<(), Stop> {
        self.leave(Which::Outbox, number)?;
        self.tell(Event::EnvelopeDamaged)
    }
}

/// Reads what the transport has not taken yet, oldest first: to be repeated byte for byte. What the store has
/// damaged or lost is dropped, and [`Event::EnvelopeDamaged`](crate::Event) is in the inbox for each.
#[derive(Clone, Copy, Debug)]
pub struct Outbox {
    /// The first number to read: 0, or one above the last that was read.
    pub from: u64,
    /// At most this many.
    pub limit: usize,
}

impl Run for Outbox {
    type Output = Vec<Outgoing>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Outgoing>, Stop> {
        let outbox = step.queue(Which::Outbox)?;
        let numbers: Vec<_> =
            outbox.items.iter().filter(|number| *number >= self.from).take(self.limit).collect();
        step.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        let mut outgoing = Vec::with_capacity(numbers.len());
        for number in numbers {
            match step.get_unless_damaged::<EnvelopeRecord>(Name::Envelope(number))? {
                Some(envelope) => outgoing.push(envelope.outgoing(number)),
                None => step.drop_envelope(number)?,
            }
        }
        Ok(outgoing)
    }
}

/// The transport has taken these envelopes: they leave the outbox. A number that is not there is ignored.
#[derive(Clone, Copy, Debug)]
pub struct HandedOver<'a> {
    /// Numbers of [`Outgoing`].
    pub numbers: &'a [u64],
}

impl Run for HandedOver<'_> {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let numbers = step.queue(Which::Outbox)?.present(self.numbers);
        step.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        numbers.into_iter().try_for_each(|number| step.leave(Which::Outbox, number))
    }
}
