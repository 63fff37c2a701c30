//! The outbox: what the transport has not taken yet.

use crate::{
    Destination, Error, Event, MessageId, Outgoing,
    engine::{Name, Step, Stop, sealed::Run},
    record::{EnvelopeRecord, Queue},
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
        let mut outbox: Queue = self.expect(Name::Outbox)?;
        // spec: CLIENT-22
        if !self.has_room(&outbox) {
            return Err(Error::OutboxFull.into());
        }
        let number = outbox.push(bytes.len());
        self.put(Name::Outbox, &outbox);
        let envelope = EnvelopeRecord { to: to.into(), id, bytes };
        self.put(Name::Envelope(number), &envelope);
        let EnvelopeRecord { to, id, bytes } = envelope;
        Ok(Outgoing { number: Some(number), to, id, bytes })
    }

    pub(super) fn outbox_has_room(&mut self) -> Result<bool, Stop> {
        let outbox: Queue = self.expect(Name::Outbox)?;
        Ok(self.has_room(&outbox))
    }

    fn has_room(&self, outbox: &Queue) -> bool {
        let limits = &self.policy.queues;
        outbox.items.len() < limits.outbox_items && outbox.bytes < limits.outbox_bytes
    }

    /// Drops an envelope that can't be read any more.
    // spec: CLIENT-81
    fn drop_envelope(&mut self, number: u64) -> Result<(), Stop> {
        let mut outbox: Queue = self.expect(Name::Outbox)?;
        outbox.remove(number, 0);
        self.put(Name::Outbox, &outbox);
        self.remove(Name::Envelope(number))?;
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
        let outbox: Queue = step.expect(Name::Outbox)?;
        let numbers: Vec<_> =
            outbox.items.iter().filter(|number| *number >= self.from).take(self.limit).collect();
        step.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        let mut outgoing = Vec::with_capacity(numbers.len());
        for number in numbers {
            match step.get_unless_damaged(Name::Envelope(number))? {
                Some(EnvelopeRecord { to, id, bytes }) => {
                    outgoing.push(Outgoing { number: Some(number), to, id, bytes });
                }
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
        let mut outbox: Queue = step.expect(Name::Outbox)?;
        let numbers = outbox.present(self.numbers);
        step.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        for number in numbers {
            let envelope: Option<EnvelopeRecord> = step.get_unless_damaged(Name::Envelope(number))?;
            if outbox.remove(number, envelope.map_or(0, |envelope| envelope.bytes.len())) {
                step.remove(Name::Envelope(number))?;
            }
        }
        step.put(Name::Outbox, &outbox);
        Ok(())
    }
}
