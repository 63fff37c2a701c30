//! The inbox and the outbox as one run sees them: read once, and written once at its end.

use super::{Name, Step, Stop, Stored};
use crate::record::Queue;

/// One of the two queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Inbox,
    Outbox,
}

impl Which {
    const fn name(self) -> Name {
        match self {
            Self::Inbox => Name::Inbox,
            Self::Outbox => Name::Outbox,
        }
    }

    /// The record of one of its items.
    pub(crate) const fn item(self, number: u64) -> Name {
        match self {
            Self::Inbox => Name::Item(number),
            Self::Outbox => Name::Envelope(number),
        }
    }
}

/// The queues that a run has looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Queues {
    inbox: Option<Seen>,
    outbox: Option<Seen>,
}

#[derive(Clone, Debug)]
struct Seen {
    queue: Queue,
    changed: bool,
}

impl Queues {
    fn of(&mut self, which: Which) -> &mut Option<Seen> {
        match which {
            Which::Inbox => &mut self.inbox,
            Which::Outbox => &mut self.outbox,
        }
    }
}

impl Step<'_> {
    /// A queue as this run has left it.
    pub(crate) fn queue(&mut self, which: Which) -> Result<&Queue, Stop> {
        Ok(&self.seen(which)?.queue)
    }

    /// Enters an item; gives its number.
    pub(crate) fn enter<T: Stored>(&mut self, which: Which, item: &T) -> Result<u64, Stop> {
        let (now, of_stranger) = (self.now, self.of_stranger);
        let last = *self.opened.next(which);
        let queue = self.change(which)?;
        // a queue that is older than what this client knows of it, or of which it knows nothing yet, may have given
        // out these numbers before: an older record was brought back, or the whole store
        // spec: CLIENT-118
        if last.is_none_or(|last| queue.next_number() < last) {
            queue.skip_to(last.unwrap_or(0).max(now.as_ms() << NUMBERS_A_MS_LOG2));
        }
        let number = queue.next_number();
        let name = which.item(number);
        self.put(name, item);
        let length = self.length_of(name)?;
        self.change(which)?.enter(length, of_stranger);
        Ok(number)
    }

    /// Replaces an item by a shorter one.
    pub(crate) fn shorten<T: Stored>(&mut self, which: Which, number: u64, item: &T) -> Result<(), Stop> {
        let name = which.item(number);
        let before = self.length_of(name)?;
        self.put(name, item);
        let after = self.length_of(name)?;
        self.change(which)?.shorten(number, before.saturating_sub(after));
        Ok(())
    }

    /// Takes an item out, if it is there.
    pub(crate) fn leave(&mut self, which: Which, number: u64) -> Result<(), Stop> {
        let length = self.length_of(which.item(number))?;
        if self.change(which)?.remove(number, length) {
            self.remove(which.item(number))?;
        }
        Ok(())
    }

    /// Writes the queues that have changed.
    pub(super) fn put_queues(&mut self) {
        for which in [Which::Inbox, Which::Outbox] {
            if let Some(Seen { queue, changed: true }) = self.queues.of(which).take() {
                self.put(which.name(), &queue);
                *self.opened.next(which) = Some(queue.next_number());
            }
        }
    }

    fn change(&mut self, which: Which) -> Result<&mut Queue, Stop> {
        let seen = self.seen(which)?;
        seen.changed = true;
        Ok(&mut seen.queue)
    }

    fn seen(&mut self, which: Which) -> Result<&mut Seen, Stop> {
        let seen = match self.queues.of(which).take() {
            Some(seen) => seen,
            None => Seen { queue: self.expect(which.name())?, changed: false },
        };
        Ok(self.queues.of(which).insert(seen))
    }
}

/// As many numbers as can't be used up in a millisecond: 2^10 of them.
const NUMBERS_A_MS_LOG2: u32 = 10;
