//! The inbox: what the application has not acknowledged yet.

use crate::{
    Event, Item,
    engine::{Name, Step, Stop, Which, sealed::Run},
    record::Due,
};

impl Step<'_> {
    /// Enters an event into the inbox, unless it is not worth keeping.
    pub(crate) fn tell(&mut self, event: Event) -> Result<(), Stop> {
        let number = match &event {
            Event::Ephemeral(_) => None,
            _ => Some(self.enter(Which::Inbox, &event)?),
        };
        if let (Some(number), Some((expires, _))) = (number, event.expiring()) {
            self.note_expiry(Due::Item(number), expires)?;
        }
        self.told.push(Item { number, event });
        Ok(())
    }

    /// What this run has told.
    pub(crate) fn told(&mut self) -> Vec<Item> {
        core::mem::take(&mut self.told)
    }
}

/// Reads what is not acknowledged yet, oldest first. A message whose time to live is over is erased, and comes as
/// [`Event::Expired`]; what the store has damaged or lost comes as [`Event::Damaged`]. Both are to be acknowledged like
/// any other.
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
        let inbox = step.queue(Which::Inbox)?;
        let numbers: Vec<_> =
            inbox.items.iter().filter(|number| *number >= self.from).take(self.limit).collect();
        step.want(numbers.iter().map(|number| Name::Item(*number)))?;
        let mut items = Vec::with_capacity(numbers.len());
        for number in numbers {
            // spec: CLIENT-81
            let event: Event = step.get_unless_damaged(Name::Item(number))?.unwrap_or(Event::Damaged);
            let event = match event.expiring() {
                // spec: CLIENT-25
                Some((expires, expired)) if expires <= step.now => {
                    step.shorten(Which::Inbox, number, &expired)?;
                    expired
                }
                _ => event,
            };
            items.push(Item { number: Some(number), event });
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
        let numbers = step.queue(Which::Inbox)?.present(self.numbers);
        step.want(numbers.iter().map(|number| Name::Item(*number)))?;
        // not opened: what is damaged can be acknowledged as well, and would stay there for ever
        numbers.into_iter().try_for_each(|number| step.leave(Which::Inbox, number))
    }
}
