//! The inbox: what the application has not acknowledged yet.

use crate::{
    Error, Event, Item,
    engine::{Name, Step, Stop, sealed::Run},
    record::Queue,
};

impl Step<'_> {
    /// Enters an event into the inbox, unless it is not worth keeping.
    pub(crate) fn tell(&mut self, event: Event) -> Result<(), Stop> {
        let number = match &event {
            Event::Ephemeral(_) => None,
            _ => {
                let mut inbox: Queue = self.get(Name::Inbox)?.unwrap_or_default();
                let number = inbox.push(event.len());
                self.put(Name::Inbox, &inbox);
                self.put(Name::Item(number), &event);
                Some(number)
            }
        };
        self.told.push(Item { number, event });
        Ok(())
    }

    /// What this run has told.
    pub(crate) fn told(&mut self) -> Vec<Item> {
        core::mem::take(&mut self.told)
    }
}

impl Event {
    /// Bytes of the application's that it holds.
    fn len(&self) -> usize {
        match self {
            Self::Message(message) | Self::Ephemeral(message) => message.content.len(),
            _ => 0,
        }
    }
}

/// Reads what is not acknowledged yet, oldest first. A message whose time to live is over is left out.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    /// The first number to read: 0, or one above the last that was read.
    pub from: u64,
    /// At most this many.
    pub limit: usize,
}

impl Run for Inbox {
    type Output = Vec<Item>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Item>, Stop> {
        let inbox: Queue = step.get(Name::Inbox)?.unwrap_or_default();
        let numbers: Vec<_> =
            inbox.items.iter().filter(|number| *number >= self.from).take(self.limit).collect();
        step.want(numbers.iter().map(|number| Name::Item(*number)))?;
        let mut items = Vec::with_capacity(numbers.len());
        for number in numbers {
            let event: Event = step.expect(Name::Item(number))?;
            let over = match &event {
                Event::Message(message) => message.expires.is_some_and(|expires| expires <= step.now),
                _ => false,
            };
            if !over {
                items.push(Item { number: Some(number), event });
            }
        }
        Ok(items)
    }
}

/// The application has stored these items: they leave the inbox. A number that is not there is ignored.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledge<'a> {
    /// Numbers of [`Item`].
    pub numbers: &'a [u64],
}

impl Run for Acknowledge<'_> {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let mut inbox: Queue = step.get(Name::Inbox)?.unwrap_or_default();
        let numbers = inbox.present(self.numbers);
        step.want(numbers.iter().map(|number| Name::Item(*number)))?;
        for number in numbers {
            let len = match step.expect::<Event>(Name::Item(number)) {
                Ok(event) => event.len(),
                // what is damaged can be acknowledged as well: it would stay there for ever
                Err(Stop::Failed(Error::Corrupt)) => 0,
                Err(stop) => return Err(stop),
            };
            if inbox.remove(number, len) {
                step.remove(Name::Item(number))?;
            }
        }
        step.put(Name::Inbox, &inbox);
        Ok(())
    }
}
