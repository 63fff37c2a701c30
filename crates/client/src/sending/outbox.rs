//! The outbox: what the transport has not taken yet.

use crate::{
    Destination, Error, MessageId, Outgoing,
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
        let mut outbox: Queue = self.get(Name::Outbox)?.unwrap_or_default();
        let limits = &self.policy.queues;
        // spec: CLIENT-22
        if outbox.items.len() >= limits.outbox_items || outbox.bytes >= limits.outbox_bytes {
            return Err(Error::OutboxFull.into());
        }
        let number = outbox.push(bytes.len());
        self.put(Name::Outbox, &outbox);
        let envelope = EnvelopeRecord { to: to.into(), id, bytes };
        self.put(Name::Envelope(number), &envelope);
        let EnvelopeRecord { to, id, bytes } = envelope;
        Ok(Outgoing { number: Some(number), to, id, bytes })
    }
}

/// Reads what the transport has not taken yet, oldest first: to be repeated byte for byte.
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
        let outbox: Queue = step.get(Name::Outbox)?.unwrap_or_default();
        let numbers: Vec<_> =
            outbox.items.iter().filter(|number| *number >= self.from).take(self.limit).collect();
        step.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        let read = |number: u64| {
            let EnvelopeRecord { to, id, bytes } = step.expect(Name::Envelope(number))?;
            Ok(Outgoing { number: Some(number), to, id, bytes })
        };
        numbers.into_iter().map(read).collect()
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
        let mut outbox: Queue = step.get(Name::Outbox)?.unwrap_or_default();
        let numbers = outbox.present(self.numbers);
        step.want(numbers.iter().map(|number| Name::Envelope(*number)))?;
        for number in numbers {
            let envelope: EnvelopeRecord = step.expect(Name::Envelope(number))?;
            if outbox.remove(number, envelope.bytes.len()) {
                step.remove(Name::Envelope(number))?;
            }
        }
        step.put(Name::Outbox, &outbox);
        Ok(())
    }
}
