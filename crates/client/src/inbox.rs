//! The inbox: what the application has not acknowledged yet.

use crate::{
    Event, Item,
    engine::{Name, Step, Stop, sealed::Run},
    record::Queue,
};

impl Step<'_> {
    /// Enters an event into the inbox, unless it is not worth keeping.
    pub(crate) fn tell(&mut self, event: Event) -> Result<(), Stop> {
        let number = match &event {
            Event::Ephemeral(_) => None,
            _ => {
                let mut inbox: Queue = self.expect(Name::Inbox)?;
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

/// Reads what is not acknowledged yet, oldest first. A message whose time to live is over is left out. What the
/// store has damaged or lost comes as [`Event::Damaged`], to be acknowledged like any other.
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
        let inbox: Queue = step.expect(Name::Inbox)?;
        let numbers: Vec<_> =
            inbox.items.iter().filter(|number| *number >= self.from).take(self.limit).collect();
        step.want(numbers.iter().map(|number| Name::Item(*number)))?;
        let mut items = Vec::with_capacity(numbers.len());
        for number in numbers {
            // spec: CLIENT-81
            let event: Event = step.get_unless_damaged(Name::Item(number))?.unwrap_or(Event::Damaged);
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
        let mut inbox: Queue = step.expect(Name::Inbox)?;
        let numbers = inbox.present(self.numbers);
        step.want(numbers.iter().map(|number| Name::Item(*number)))?;
        for number in numbers {
            // what is damaged can be acknowledged as well: it would stay there for ever
            let event = step.get_unless_damaged::<Event>(Name::Item(number))?;
            if inbox.remove(number, event.map_or(0, |event| event.len())) {
                step.remove(Name::Item(number))?;
            }
        }
        step.put(Name::Inbox, &inbox);
        Ok(())
    }
}
