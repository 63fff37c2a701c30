//! A queue of numbered records, and sets of numbers.

use core::ops::Range;
use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{read, write};
use crate::{Error, engine::Stored};

/// A set of numbers, kept as ranges: most of what is queued comes and goes in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().cloned().flatten()
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        self.0.iter().any(|range| range.contains(&number))
    }

    /// Adds a number above all others.
    pub(crate) fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            _ => self.0.push(number..number + 1),
        }
    }

    /// Takes a number out; tells whether it was there.
    pub(crate) fn remove(&mut self, number: u64) -> bool {
        let Some(at) = self.0.iter().position(|range| range.contains(&number)) else { return false };
        let Some(range) = self.0.get(at).cloned() else { return false };
        let around = [range.start..number, number + 1..range.end];
        self.0.splice(at..=at, around.into_iter().filter(|part| !part.is_empty()));
        true
    }

    pub(super) fn to_proto(&self) -> Vec<RangeProto> {
        self.0.iter().map(|range| RangeProto { first: range.start, count: range.end - range.start }).collect()
    }

    pub(super) fn from_proto(ranges: &[RangeProto]) -> Result<Self, Error> {
        let read = |range: &RangeProto| {
            let end = range.first.checked_add(range.count).filter(|_| range.count > 0);
            end.map(|end| range.first..end).ok_or(Error::Corrupt)
        };
        let ranges = ranges.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        match ranges.is_sorted_by(|one, next| one.end <= next.start) {
            true => Ok(Self(ranges)),
            false => Err(Error::Corrupt),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RangeProto {
    #[prost(uint64, tag = "1")]
    first: u64,
    #[prost(uint64, tag = "2")]
    count: u64,
}

/// Which numbered records there are: an inbox or outbox. A number is never given twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    next: u64,
    pub(crate) items: Ranges,
    /// Length of all their records together, in bytes.
    pub(crate) bytes: u64,
    /// Those of `items` that strangers have caused.
    pub(crate) of_strangers: Ranges,
    pub(crate) bytes_of_strangers: u64,
}

impl Queue {
    /// The number of the item that is entered next.
    pub(crate) const fn next_number(&self) -> u64 {
        self.next
    }

    /// Leaves out the numbers below `number`.
    pub(crate) fn skip_to(&mut self, number: u64) {
        self.next = self.next.max(number);
    }

    /// Enters the next item, of `bytes` bytes.
    pub(crate) fn enter(&mut self, bytes: u64, of_stranger: bool) {
        self.items.push(self.next);
        self.bytes = self.bytes.saturating_add(bytes);
        if of_stranger {
            self.of_strangers.push(self.next);
            self.bytes_of_strangers = self.bytes_of_strangers.saturating_add(bytes);
        }
        self.next += 1;
    }

    /// Those of `numbers` that are in it, each once.
    pub(crate) fn present(&self, numbers: &[u64]) -> BTreeSet<u64> {
        numbers.iter().copied().filter(|number| self.items.contains(*number)).collect()
    }

    /// An item has `bytes` bytes less than before.
    pub(crate) fn shorten(&mut self, number: u64, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        if self.of_strangers.contains(number) {
            self.bytes_of_strangers = self.bytes_of_strangers.saturating_sub(bytes);
        }
    }

    /// Takes an item of `bytes` bytes out; tells whether it was there.
    pub(crate) fn remove(&mut self, number: u64, bytes: u64) -> bool {
        let there = self.items.remove(number);
        if there {
            self.shorten(number, bytes);
            self.of_strangers.remove(number);
        }
        // the lengths of items that were lost by the store are not known
        if self.items.is_empty() {
            self.bytes = 0;
        }
        if self.of_strangers.is_empty() {
            self.bytes_of_strangers = 0;
        }
        there
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct QueueProto {
    #[prost(uint64, tag = "1")]
    next: u64,
    #[prost(message, repeated, tag = "2")]
    items: Vec<RangeProto>,
    #[prost(uint64, tag = "3")]
    bytes: u64,
    #[prost(message, repeated, tag = "4")]
    of_strangers: Vec<RangeProto>,
    #[prost(uint64, tag = "5")]
    bytes_of_strangers: u64,
}

impl Stored for Queue {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { next, items, bytes, of_strangers, bytes_of_strangers } = self;
        write(&QueueProto {
            next: *next,
            items: items.to_proto(),
            bytes: *bytes,
            of_strangers: of_strangers.to_proto(),
            bytes_of_strangers: *bytes_of_strangers,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let QueueProto { next, items, bytes, of_strangers, bytes_of_strangers } = read(bytes)?;
        let [items, of_strangers] = [Ranges::from_proto(&items)?, Ranges::from_proto(&of_strangers)?];
        Ok(Self { next, items, bytes, of_strangers, bytes_of_strangers })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_a_set(steps in proptest::collection::vec((any::<bool>(), 0..40_u64), 0..200)) {
            let (mut ranges, mut set, mut next) = (Ranges::default(), BTreeSet::new(), 0);
            for (push, number) in steps {
                if push {
                    next += 1 + number % 2;
                    ranges.push(next);
                    set.insert(next);
                } else {
                    prop_assert_eq!(ranges.remove(number), set.remove(&number));
                }
                prop_assert_eq!(ranges.contains(number), set.contains(&number));
            }
            prop_assert!(ranges.iter().eq(set.iter().copied()));
            prop_assert_eq!(ranges.len(), set.len() as u64);
            prop_assert_eq!(Ranges::from_proto(&ranges.to_proto()), Ok(ranges));
        }
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let mut queue = Queue::default();
        queue.enter(10, false);
        queue.enter(5, false);
        assert!(queue.remove(1, 5));
        assert!(!queue.remove(1, 5));
        let mut queue = Queue::from_bytes(&queue.to_bytes()).unwrap();
        assert_eq!((queue.next_number(), queue.bytes), (2, 10));
        queue.skip_to(9);
        queue.skip_to(3);
        assert_eq!(queue.next_number(), 9);
    }

    #[test]
    fn the_share_of_strangers_is_counted() {
        let mut queue = Queue::default();
        for (bytes, of_stranger) in [(10, false), (5, true), (7, true)] {
            queue.enter(bytes, of_stranger);
        }
        let mut queue = Queue::from_bytes(&queue.to_bytes()).unwrap();
        assert_eq!((queue.of_strangers.len(), queue.bytes_of_strangers, queue.bytes), (2, 12, 22));
        queue.shorten(2, 4);
        assert!(queue.remove(0, 10));
        assert_eq!((queue.of_strangers.len(), queue.bytes_of_strangers, queue.bytes), (2, 8, 8));
        assert!(queue.remove(1, 5) && queue.remove(2, 3));
        assert_eq!((queue.of_strangers.len(), queue.bytes_of_strangers, queue.bytes), (0, 0, 0));
    }
}
